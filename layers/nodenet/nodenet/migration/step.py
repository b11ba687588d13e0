"""What every step is, and how it is taken: check, then act; safe to take twice; forward, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nodenet.errors import Cancelled, Overdue, Superseded, Waiting
from nodenet.migration.run import Notes, Record, Run, Way


class Step(Protocol):
    """`name` is that of the step's function, of its state and of its part of the record.

    `forward` and `back` look first, do what is still to be done, and say in a sentence what they did. Both may be cut
    off after any call and taken again. Waiting: what was begun goes on by itself, look again later. Other exceptions
    hold the run. `back` undoes what this run did and nothing else, by what `notes` kept; nothing kept, nothing done.
    """

    @property
    def name(self) -> str: ...

    def limit(self, run: Run) -> int:
        """Seconds until a step that still waits is held."""

    def forward(self, run: Run, notes: Notes) -> str: ...

    def back(self, run: Run, notes: Notes) -> str: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """`said`: what was done. `seconds`: since this attempt began."""

    step: str
    said: str
    seconds: float


def take(step: Step, event: Mapping[str, Any], record: Record, now: float) -> Taken:
    """Takes one step of a run: `event` is `{"run": id, "way": "forward" or "back", "attempt": n}`, whose attempt grows
    when a held step is resumed, so that it has its time anew.

    Waiting while it goes on, Overdue when that takes too long, Cancelled before a step forward of a run that somebody
    wants back, Superseded for a step forward of a run that has turned, and what the step raises.
    """
    run = record.run(event["run"])
    way = Way(event.get("way", Way.FORWARD))
    check_way(run, way)
    notes = run.notes(step.name)
    mark = f"{way}.began.{event.get('attempt', 0)}"
    notes.keep(**{mark: now, f"{way}.began": now})
    try:
        said = step.forward(run, notes) if way is Way.FORWARD else step.back(run, notes)
    except Waiting as waiting:
        waited = now - notes[mark]
        notes.note(progress=str(waiting))
        if waited > step.limit(run):
            raise Overdue(f"{waiting}; that for {waited:.0f} s, and {step.limit(run)} s were given") from waiting
        raise
    notes.note(**{f"{way}.ended": now, f"{way}.said": said, "progress": None})
    return Taken(step.name, said, now - notes[mark])


def check_way(run: Run, way: Way) -> None:
    """Cancelled or Superseded where nothing is to be done this way."""
    if way is Way.FORWARD and run.way is not Way.FORWARD:
        raise Superseded(f"run {run.id} goes {run.way}: nothing is done forward any more")
    if way is Way.FORWARD and run.cancelled:
        raise Cancelled(f"run {run.id} was cancelled")
    if way is Way.BACK and run.way is Way.ENDED:
        raise Superseded(f"run {run.id} has ended")
