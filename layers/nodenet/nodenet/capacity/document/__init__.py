"""The plan's document: what is to be planned for, as a file of YAML or JSON.

`read` takes the text to a `PlanDocument`, `resolve` takes that to the fleet that is planned for, and `write` back to a
text. `notes` says what is right and yet does not do what it may seem to.
"""

from nodenet.capacity.document.model import PlanDocument
from nodenet.capacity.document.reading import read
from nodenet.capacity.document.resolution import notes, resolve
from nodenet.capacity.document.writing import write

__all__ = ["PlanDocument", "notes", "read", "resolve", "write"]
