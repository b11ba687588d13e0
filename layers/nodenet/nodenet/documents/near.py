"""Names that a wrong one may have been meant for."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from nodenet.documents.paths import quoted

FEW: Final = 8
"""Names that a sentence still may list."""


def near(name: str, known: Iterable[str], *, most: int = 2) -> list[str]:
    """The nearest first. Names that differ only in case are the same to whoever types them."""
    meant = {each.lower(): each for each in known}
    return [meant[each] for each in get_close_matches(name.lower(), meant, n=most)]


def hint(name: str, known: Iterable[str], *, most: int = 2) -> str:
    """`did you mean "a" or "b"?`; without near names which are known where these are few, else empty."""
    names = list(dict.fromkeys(known))
    if meant := near(name, names, most=most):
        return f"did you mean {' or '.join(map(quoted, meant))}?"
    if len(names) > FEW:
        return ""
    return f"known are {', '.join(map(quoted, names))}" if names else "none is known"


class Hints:
    """The same for many wrong names, of which only the first are looked for: 25 among a thousand, fewer among more.

    To look through hundreds of names takes milliseconds, and a document that is wrong throughout is to be told as
    quickly as any other.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(known)
        self._left = 1 + 24_000 // max(len(self._known), 1000)
        self._found: dict[str, str] = {}

    def of(self, name: str) -> str:
        if name not in self._found and self._left:
            self._left -= 1
            self._found[name] = hint(name, self._known)
        return self._found.get(name, "")
