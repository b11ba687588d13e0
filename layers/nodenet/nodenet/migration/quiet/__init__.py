"""Nobody else adds or removes nodes, or puts pods on old ones, while node groups move."""
