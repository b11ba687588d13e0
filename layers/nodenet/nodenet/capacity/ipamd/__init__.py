"""What the VPC CNI's daemon does on one node: its store, its passes, pods that come and go, and where it settles."""
