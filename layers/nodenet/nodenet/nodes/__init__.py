"""What happens to a node: a batch of events in, each node wired or cleaned up, each action answered."""
