"""What came of a node: a value that is logged, counted, recorded and tested."""

from dataclasses import dataclass
from enum import StrEnum

from nodenet.interfaces.attach import Wired


class State(StrEnum):
    """`ready`, `failed` and `gone` are ends; `waiting` and `held` come again; `ignored` was none of ours."""

    READY = "ready"
    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"
    GONE = "gone"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds` is the time from the event to this outcome; `news` is false where it changed nothing: a duplicate."""

    state: State
    reason: str
    instance_id: str = ""
    group: str = ""
    zone: str = ""
    interfaces: tuple[Wired, ...] = ()
    seconds: float = 0.0
    tokens: tuple[str, ...] = ()
    news: bool = True
