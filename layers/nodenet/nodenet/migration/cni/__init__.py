"""The VPC CNI's custom networking: which subnet pods get their addresses from, and the switch itself."""
