"""What the nodes' kubelets do with the pods that are bound to them, without any container: give them addresses, make
them ready, end them."""
