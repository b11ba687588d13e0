"""The beginning of the way back: who undoes a run, and whether there is anything to undo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nodenet.errors import HeldError
from nodenet.migration.question import forward_only
from nodenet.migration.run import Record, Run, Way


class Executions(Protocol):
    def running(self, execution: str) -> bool:
        """Whether an execution, by ARN, is under way. False where there is none."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """`proceed`: undo now. `said`: why, or why not. `changed`: the run has got so far that something may be undone."""

    proceed: bool
    said: str
    hold: int = 86400


def take_over(event: Mapping[str, Any], record: Record, executions: Executions) -> TakenOver:
    """Turns the run back, for the execution that asks. `event`: `{"run", "execution", "watching": true or absent}`.

    `watching`: nobody asked for it, the run's execution has ended by itself; somebody may have started it again
    meanwhile (redrive). Twice is once: whoever comes second while the first is at work stands down.
    """
    known = record.part(event["run"], "run")
    if not known:
        return TakenOver(False, "the run ended before it began anything")
    run = record.run(event["run"])
    if run.way is Way.ENDED or run.request.dry_run:
        return TakenOver(False, f"run {run.id} has ended, with nothing left to undo")
    if forward_only(run):
        raise HeldError(f"run {run.id} has begun to delete an old node group: it can only be finished")
    if event.get("watching") and executions.running(run.execution):
        return TakenOver(False, f"run {run.id} goes on: its execution was started again")
    if (other := known.get("undoing")) and other != event["execution"] and executions.running(other):
        return TakenOver(False, f"run {run.id} is being undone by {other}")
    record.note(run.id, "run", {"undoing": event["execution"]})
    record.turn(run.id, Way.BACK)
    return TakenOver(True, _said(run), run.request.hold)


def _said(run: Run) -> str:
    return f"run {run.id} goes back"
