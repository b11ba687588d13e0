"""The lifecycle hooks that make Auto Scaling wait for nodenet."""
