"""What came of a node: a value that is logged, counted, recorded and tested."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from nodenet.interfaces.attach import Wired


class State(StrEnum):
    """`waiting` and `held` come again; all others are ends, and `ignored` was none of ours."""

    READY = "ready"
    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"
    GIVEN_UP = "given up"
    GONE = "gone"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds` is the time from the event to this outcome; `news` is false where it changed nothing: a duplicate.
    `warns`: it is an end, and not the one that people asked for."""

    state: State
    reason: str
    instance_id: str = ""
    group: str = ""
    zone: str = ""
    interfaces: tuple[Wired, ...] = ()
    seconds: float = 0.0
    tokens: tuple[str, ...] = ()
    news: bool = True
    warns: bool = False

    def at(self, group: str, zone: str) -> Self:
        """The same, of a node of this group in this zone."""
        return replace(self, group=group, zone=zone)
