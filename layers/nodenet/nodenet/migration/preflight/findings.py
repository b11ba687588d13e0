"""What a preflight says: a finding is one matter, with how grave it is, what it is about, and what to do.

Each family of findings declares its kinds beside the code that looks for them; `catalogue` has them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """BLOCKER: the run does not begin. WARNING: it begins, and somebody should know. NOTE: what is worth knowing."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about`: the objects, by their names or ids. `said`: one sentence with the numbers. `todo`: what to do.
    `accepted`: a blocker that the request lets be."""

    id: str
    severity: Severity
    said: str
    todo: str
    about: tuple[str, ...] = ()
    accepted: bool = False

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKER and not self.accepted


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. `means`: what it is and why it matters, for the reference. `acceptable`: whether a request
    may let it be (`accept`), which is said of blockers."""

    id: str
    severity: Severity
    means: str
    todo: str
    acceptable: bool = True

    def __call__(self, said: str, *about: str) -> Finding:
        """The finding: a sentence, and what it is about."""
        return Finding(self.id, self.severity, said, self.todo, about)


def blocker(id_: str, means: str, todo: str, *, acceptable: bool = True) -> Kind:
    return Kind(id_, Severity.BLOCKER, means, todo, acceptable)


def warning(id_: str, means: str, todo: str) -> Kind:
    return Kind(id_, Severity.WARNING, means, todo)


def note(id_: str, means: str, todo: str) -> Kind:
    return Kind(id_, Severity.NOTE, means, todo)


_MOST: Final = 5


def some(names: Sequence[str], most: int = _MOST) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def count(number: int, one: str, more: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
