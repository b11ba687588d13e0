"""How a list of what is wrong becomes one sentence."""

from collections.abc import Sequence
from typing import Final

_MOST: Final = 5


def few(sentences: Sequence[str]) -> str:
    """The first five, and how many more there are."""
    return "; ".join(sentences[:_MOST]) + (f"; and {len(sentences) - _MOST} more" if len(sentences) > _MOST else "")
