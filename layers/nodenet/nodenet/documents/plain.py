"""Reads parts of the plain document, passing over what is malformed: the model tells of that."""

from collections.abc import Mapping, Sequence
from typing import Any

type Plain = Mapping[str, Any]
type Numbered = Sequence[tuple[int, Plain]]


def parts(document: Plain, key: str) -> Numbered:
    """The mappings in a list, with their places."""
    return [(index, part) for index, part in enumerate(listed(document.get(key))) if isinstance(part, dict)]


def part(document: Plain, key: str) -> Plain:
    """The mapping under a key; an empty one where there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def texts(value: Any) -> list[str]:
    return [item for item in listed(value) if isinstance(item, str)]


def patterns(value: Any) -> dict[str, str]:
    """A selector, or an empty one where any part of it is malformed: half a selector would match too much."""
    good = isinstance(value, dict) and all(isinstance(part, str) for part in (*value, *value.values()))
    return value if good else {}
