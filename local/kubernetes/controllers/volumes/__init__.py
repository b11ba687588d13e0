"""Claims get volumes, volumes get to nodes: the PersistentVolume controller, a provisioner, attach and detach."""
