"""Floating addresses: pods claim them, and they move to the interface of the pod's node."""
