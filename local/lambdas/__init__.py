"""Lambda: runs deployed code and layers as processes of the real runtime client."""
