"""Controllers that make pods: ReplicaSets, Deployments, StatefulSets, DaemonSets, Jobs."""
