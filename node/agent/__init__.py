"""The agent on the node: it makes a node's extra interfaces into networks for pods. Standard library of Python 3.9."""
