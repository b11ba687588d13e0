"""Patterns with the wildcards of EC2's filters: `*` for any text, `?` for one character."""

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Final

# Stand for the wildcards of one pattern while another is laid over it: private-use characters, which no tag has.
_ANY_TEXT: Final = "\ue000"
_ANY_CHARACTER: Final = "\ue001"


def matches(pattern: str, value: str) -> bool:
    """Whether the pattern matches the whole value, upper and lower case told apart."""
    return _compiled(pattern).match(value) is not None


def selects(patterns: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    """Whether every pattern matches the tag of its key."""
    return all(key in tags and matches(pattern, tags[key]) for key, pattern in patterns.items())


def covers(wide: Mapping[str, str], narrow: Mapping[str, str]) -> bool:
    """Whether `wide` certainly selects all that `narrow` selects. May miss a case, but is never wrong about one."""
    return all(key in narrow and _covers(pattern, narrow[key]) for key, pattern in wide.items())


def may_meet(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether both could select the same tags, by the keys that both name. False where they have no key in common."""
    shared = one.keys() & other.keys()
    return bool(shared) and all(_meet(one[key], other[key]) for key in shared)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """fnmatch's translation, which does not backtrack, without its third wildcard `[`.

    `?` must not match what stands for another pattern's `*`: that may be no character, or many.
    """
    return re.compile(translate(pattern.replace("[", "[[]").replace("?", f"[!{_ANY_TEXT}]")))


def _covers(wide: str, narrow: str) -> bool:
    return matches(wide, narrow.replace("*", _ANY_TEXT).replace("?", _ANY_CHARACTER))


def _meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns.

    `row[j]` says whether what is left of `one` meets what is left of `other` from j on; the rest of `one` grows.
    """
    row = [False] * len(other) + [True]
    for left in ("", *reversed(one)):
        below, row = row, [*row]
        row[-1] = below[-1] and left in ("", "*")
        for j in reversed(range(len(other))):
            right = other[j]
            if not left:
                row[j] = right == "*" and row[j + 1]
            elif "*" in (left, right):
                row[j] = below[j] or row[j + 1]
            else:
                row[j] = (left == right or "?" in (left, right)) and below[j + 1]
    return row[0]


def written(patterns: Mapping[str, str]) -> str:
    """The selector in a line, such as `eks:nodegroup-name=upf-*,role=upf`: the same however it was ordered."""
    return ",".join(f"{key}={value}" for key, value in sorted(patterns.items()))
