"""What follows from the state of nodes: taints, evictions by them, the end of pods whose node is gone."""
