"""Sees that the pods have all that they had: `verify` the step, `addresses` and `targets` what is looked at."""
