"""Room in the VPC for the pods: blocks, subnets, their route tables, reservations for prefixes."""
