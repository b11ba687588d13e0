"""Families of findings. Each module declares its kinds, and looks for them in a case: `findings(case)`."""
