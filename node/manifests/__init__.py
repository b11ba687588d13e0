"""What brings nodenet to nodes and pods: user data, DaemonSets, network attachment definitions, samples.

Pure functions from a resolved configuration to Kubernetes documents (plain dicts), JSON or text. `writing` makes YAML
of them; `samples` and scripts/manifests.py show all of it for one small cluster.
"""
