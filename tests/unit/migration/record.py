"""A run's record in memory, with the rules of the real one: the first write of what is kept wins, no run turns forward
again, one run has a cluster's lock. What is written has passed through JSON, as it does on the way to DynamoDB.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from nodenet.errors import ClusterBusy, HeldError
from nodenet.migration.request import GroupWish, Request
from nodenet.migration.run import Notes, Run, Values, Way


class CutOff(BaseException):
    """The function ended here: killed, or out of time. No except clause of the code under test sees it."""


@dataclass
class Cut:
    """Ends the function right after its n-th call, which was done; fakes call `count()` once for each call."""

    after: int | None = None
    calls: int = 0

    def count(self) -> None:
        self.calls += 1
        if self.after is not None and self.calls > self.after:
            raise CutOff


@dataclass
class MemoryRecord:
    """The Record of nodenet.migration.run."""

    kept: dict[tuple[str, str], Values] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    cut: Cut = field(default_factory=Cut)

    def begin(self, run: str, request: Request, asked: Values, execution: str, now: float) -> None:
        if known := self.kept.get((run, "run")):
            if known["execution"] == execution:
                return
            raise HeldError(f"there has been a run {run} before: start this one under another name")
        if not request.dry_run:
            if holder := self.locks.get(request.cluster):
                raise ClusterBusy(request.cluster, holder)
            self.locks[request.cluster] = run
        about = {"request": request, "asked": asked, "execution": execution, "began": now, "way": Way.FORWARD}
        self.kept[run, "run"] = about

    def run(self, run: str) -> Run:
        if (run, "run") not in self.kept:
            raise HeldError(f"there is no run {run}: the state machine's executions are the runs")
        values = self.kept[run, "run"]
        return Run(
            run,
            values["request"],
            values["execution"],
            values["began"],
            values["way"],
            self,
            values.get("cancelled", False),
            values["asked"],
        )

    def part(self, run: str, name: str) -> Values:
        return dict(self.kept.get((run, name), {}))

    def parts(self, run: str, prefix: str) -> dict[str, Values]:
        return {
            part: dict(values)
            for (each, part), values in self.kept.items()
            if each == run and part[: len(prefix)] == prefix
        }

    def keep(self, run: str, name: str, values: Values) -> Values:
        part = self.kept.setdefault((run, name), {})
        self.kept[run, name] = {**_json({key: value for key, value in values.items() if value is not None}), **part}
        return dict(self.kept[run, name])

    def note(self, run: str, name: str, values: Values) -> None:
        part = {**self.kept.get((run, name), {}), **values}
        known = {key: value for key, value in part.items() if value is not None}
        self.kept[run, name] = known if name == "run" else _json(known)

    def turn(self, run: str, way: Way) -> Way:
        order = list(Way)
        values = self.kept[run, "run"]
        if order.index(way) > order.index(values["way"]):
            values["way"] = way
        if values["way"] is Way.ENDED and self.locks.get(values["request"].cluster) == run:
            del self.locks[values["request"].cluster]
        return Way(values["way"])

    def cancel(self, run: str) -> None:
        self.note(run, "run", {"cancelled": True})


def started(request: Request | None = None, **parts: Values) -> Run:
    """A run "r1" that has begun, with these parts in its record: `step_extend_vpc={…}` is part `step#extend_vpc`."""
    record = MemoryRecord()
    asked = request or Request("prod", (GroupWish("web"),))
    record.begin("r1", asked, {}, "arn:aws:states:eu-west-1:111122223333:execution:migrate:r1", 1000.0)
    for name, values in parts.items():
        record.keep("r1", name.replace("step_", "step#", 1), values)
    return record.run("r1")


def notes(run: Run, step: str) -> Notes:
    """A step's notes as they are now."""
    return run.notes(step)


def _json(values: Any) -> Any:
    return json.loads(json.dumps(values))
