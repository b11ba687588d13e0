"""The instance metadata service (IMDSv2) of one instance, answered from a file that describes a VPC.

`snapshot` writes the file from EC2's own answers, `metadata` reads one instance off it, `service` answers HTTP.
Serving needs the standard library only: it also runs inside a small machine, beside the instance that it stands for.
"""
