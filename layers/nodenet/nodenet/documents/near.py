"""Names that a wrong one may have been meant for."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from nodenet.documents.paths import quoted

FEW: Final = 8
"""Names that a sentence still may list."""


def hint(name: str, known: Iterable[str], *, most: int = 2) -> str:
    """`did you mean "a" or "b"?`; without near names which are known where these are few, else empty."""
    names = list(dict.fromkeys(known))
    if near := get_close_matches(name, names, n=most):
        return f"did you mean {' or '.join(map(quoted, near))}?"
    if len(names) > FEW:
        return ""
    return f"known are {', '.join(map(quoted, names))}" if names else "none is known"


class Hints:
    """The same for many wrong names, of which only the first `most` are looked for.

    To look through hundreds of names takes milliseconds, and a document that is wrong throughout is to be told as
    quickly as any other.
    """

    def __init__(self, known: Iterable[str], *, most: int = 25) -> None:
        self._known = list(known)
        self._left = most
        self._found: dict[str, str] = {}

    def of(self, name: str) -> str:
        if name not in self._found and self._left:
            self._left -= 1
            self._found[name] = hint(name, self._known)
        return self._found.get(name, "")
