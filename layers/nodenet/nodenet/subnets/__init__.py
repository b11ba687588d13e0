"""The subnets' side: keeping ranges free for nodenet, and the ways out of IPv6 subnets."""
