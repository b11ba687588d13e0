"""The life of a node's extra interfaces: what to make (plan), making it (attach), undoing it (release)."""
