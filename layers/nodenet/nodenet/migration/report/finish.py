"""The end of a run: its report is written and announced, and its cluster is free for the next."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from nodenet.migration.run import Record, Run, Way

type Outcome = Literal["moved", "rolled back"]


class Reports(Protocol):
    def put(self, run: str, report: Mapping[str, Any]) -> str:
        """Keeps the report in all its forms; gives the place of the one for people."""


class Bus(Protocol):
    def tell(self, detail_type: str, detail: Mapping[str, Any]) -> None: ...


def finish(
    event: Mapping[str, Any],
    record: Record,
    compose: Callable[[Run, Outcome, float], Mapping[str, Any]],
    reports: Reports,
    bus: Bus,
    now: float,
) -> str:
    """Ends a run. `event`: `{"run", "outcome": "moved" or "rolled back"}`. Gives the place of its report.

    The lock is freed last: whoever is cut off before writes the report again, and tells of it again.
    """
    run = record.run(event["run"])
    if run.way is Way.ENDED:
        return str(run.part("run").get("report", ""))
    outcome: Outcome = event["outcome"]
    record.note(run.id, "run", {"outcome": outcome, "ended": now})
    place = reports.put(run.id, compose(run, outcome, now))
    record.note(run.id, "run", {"report": place})
    detail = {
        "run": run.id,
        "cluster": run.request.cluster,
        "outcome": outcome,
        "report": place,
        "seconds": now - run.began,
    }
    bus.tell("Migration Ended", detail)
    record.turn(run.id, Way.ENDED)
    return place
