"""The record of one run, which outlives the state machine's execution: what was asked, how far it is, and of each step
what was there before. Whoever continues a run, or undoes it, knows nothing but this and what AWS and Kubernetes show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from nodenet.migration.request import Request

type Values = dict[str, Any]
"""Plain JSON by name."""


class Way(StrEnum):
    """FORWARD until somebody turns the run BACK; ENDED when its lock is free again. It never turns forward again."""

    FORWARD = "forward"
    BACK = "back"
    ENDED = "ended"


class Record(Protocol):
    """Where runs are kept: DynamoDB. Raises the exceptions of nodenet.errors."""

    def begin(self, run: str, request: Request, asked: Values, execution: str, now: float) -> None:
        """Enters the run and locks its cluster, in one transaction; nothing where this run has done so before.

        ClusterBusy names the run that has the lock. A dry run locks nothing. `asked`: the input as it was given;
        `execution`: the state machine's, by ARN; `now`: seconds since the epoch.
        """

    def run(self, run: str) -> "Run":
        """HeldError where there is no such run."""

    def part(self, run: str, name: str) -> Values:
        """All that is kept and noted under `name`; empty where nothing is."""

    def parts(self, run: str, prefix: str) -> dict[str, Values]:
        """The parts whose names begin so, by name: `step#`, `node#`, `hold#`."""

    def keep(self, run: str, name: str, values: Values) -> Values:
        """Writes each of `values` that the part does not have yet, and gives the part as it is then: the first write
        wins, so that a step which comes again cannot take what it changed for what was before."""

    def note(self, run: str, name: str, values: Values) -> None:
        """Writes `values`, over what was there; None takes a name away."""

    def turn(self, run: str, way: Way) -> Way:
        """Turns the run, never forward, and frees the lock at the end; gives the way that it has then."""

    def cancel(self, run: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """`asked`: the input as it was given. `cancelled`: somebody wants it to turn back at the next step."""

    id: str
    request: Request
    execution: str
    began: float
    way: Way
    record: Record
    cancelled: bool = False
    asked: Values = field(default_factory=dict)

    def notes(self, step: str) -> "Notes":
        """What the step has kept and noted."""
        return Notes(self, f"step#{step}", self.record.part(self.id, f"step#{step}"))

    def part(self, name: str) -> "Notes":
        """Any part: `preflight`, `node#<name>` …"""
        return Notes(self, name, self.record.part(self.id, name))


@dataclass(slots=True)
class Notes:
    """One part of a run's record; `values` is what it holds."""

    run: Run
    name: str
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def keep(self, **values: Any) -> None:
        """What was before, or what was made: written once, before anything is changed. Call it first, then act."""
        self.values = self.run.record.keep(self.run.id, self.name, values)

    def note(self, **values: Any) -> None:
        """How far it is: written over what was noted."""
        self.run.record.note(self.run.id, self.name, values)
        kept = {key: value for key, value in {**self.values, **values}.items() if value is not None}
        self.values = kept
