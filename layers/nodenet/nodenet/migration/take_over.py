"""The beginning of the way back: who undoes a run, and whether there is anything to undo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nodenet.errors import HeldError
from nodenet.migration.question import forward_only
from nodenet.migration.run import Record, Way


class Executions(Protocol):
    def running(self, execution: str) -> bool:
        """Whether an execution, by ARN, is under way. False where there is none."""

    def given(self, execution: str) -> Mapping[str, Any]:
        """The input that an execution, by ARN, was started with."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """`proceed`: undo `run` now. `said`: why, or why not. `hold`: seconds for the answer to a held step."""

    run: str
    proceed: bool
    said: str
    hold: int = 86400


def take_over(event: Mapping[str, Any], record: Record, executions: Executions) -> TakenOver:
    """Turns a run back, for the execution that asks. `event`: `{"run" or "again", "execution", "watching"}`; `again` is
    an earlier execution of the way back, by ARN, which was for the same run.

    `watching`: nobody asked for it, the run's execution has ended by itself; somebody may have started it again
    meanwhile (redrive). Twice is once: whoever comes second while the first is at work stands down.
    """
    name = _run_of(event, executions)
    known = record.part(name, "run")
    if not known:
        return TakenOver(name, False, "the run ended before it began anything")
    run = record.run(name)
    if run.way is Way.ENDED or run.request.dry_run:
        return TakenOver(name, False, f"run {run.id} has ended, with nothing left to undo")
    if forward_only(run):
        raise HeldError(f"run {run.id} has begun to delete an old node group: it can only be finished")
    if event.get("watching") and executions.running(run.execution):
        return TakenOver(name, False, f"run {run.id} goes on: its execution was started again")
    if (other := known.get("undoing")) and other != event["execution"] and executions.running(other):
        return TakenOver(name, False, f"run {run.id} is being undone by {other}")
    record.note(run.id, "run", {"undoing": event["execution"]})
    record.turn(run.id, Way.BACK)
    return TakenOver(name, True, f"run {run.id} goes back", run.request.hold)


def _run_of(event: Mapping[str, Any], executions: Executions) -> str:
    given = event
    while "again" in given:
        given = executions.given(given["again"])
    return str(given["run"])
