"""The data plane of a VPC on this machine: frames between ENIs go where EC2 says, and nowhere else.

`rules` decides what becomes of a frame by nothing but EC2's own answers, `frames` reads and writes them, `fabric`
carries them between `namespaces`, of which each is a machine. Linux, as root, with `ip` and `unshare`; the standard
library only, so that it runs inside a small machine too.
"""
