"""The input of a run, as people write it: checked, with every mistake at once, and made into a Request."""

from nodenet.migration.input.parsing import parse

__all__ = ["parse"]
