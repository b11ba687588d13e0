"""Which subnet gives what: one node's demand, nodes dealt out to subnets, and what is taken and left of each."""
