"""Reads values that may be malformed: None where they are, for the model tells of that."""

from collections.abc import Callable, Iterable
from typing import Any

from nodenet.documents.paths import Path
from nodenet.documents.plain import Plain, listed

type Placed[T] = tuple[Path, T]
"""A value with its place in the document."""


def named(plain: Plain, key: str, path: Path) -> list[Placed[str]]:
    """The texts in the list under a key."""
    return [((*path, key, place), name) for place, name in enumerate(listed(plain.get(key))) if isinstance(name, str)]


def readable[T](reader: Callable[[Any], T], value: Any, path: Path) -> list[Placed[T]]:
    """What the reader makes of each item of a list that stands at the path, of those that it can read."""
    read = ((place, tried(reader, each)) for place, each in enumerate(listed(value)))
    return [((*path, place), each) for place, each in read if each is not None]


def tried[T](reader: Callable[[Any], T], value: Any) -> T | None:
    """What the reader makes of a value."""
    try:
        return reader(value) if value is not None else None
    except ValueError:
        return None


def said(plain: Plain) -> frozenset[str]:
    """The keys that have a value, right or wrong."""
    return frozenset(key for key, value in plain.items() if value is not None)


def text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def whole(value: Any) -> int | None:
    """A whole number from 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def sum_of(counts: Iterable[Any]) -> int | None:
    """The sum of whole numbers; None where one of them is none."""
    read = [whole(count) for count in counts]
    return sum(count for count in read if count is not None) if None not in read else None
