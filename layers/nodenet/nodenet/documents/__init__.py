"""What all documents that people write for nodenet share: how they are read, and how their mistakes are told.

`reading` YAML to plain values · `lines` where each stands · `part` the model's parts · `sentences` the model's errors
in words · `plain` parts of a document that may be malformed · `paths` places in it · `near` names that were meant.
"""
