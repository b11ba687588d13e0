"""Event-driven networking for Amazon EKS nodes."""
