"""Lines side by side: the first that fails stops the others."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.steps.errors import RUNTIME, Halted, StepError
from local.steps.execution import Line
from local.steps.halts import Halt
from local.steps.languages import State
from local.steps.position import Data, Done, Position
from local.steps.visit import Visit

# The kinds of states that have an event for being aborted.
_ABORTABLE = ("Task", "Wait", "Map", "Parallel")


@dataclass
class Part:
    """A branch, or the iteration for `item`, of `states`; `position` is Done where an earlier attempt ended it."""

    index: int
    states: Mapping[str, State]
    position: Position | Done
    item: Mapping[str, Any] | None = None
    line: Line | None = None


@dataclass
class Group:
    """Runs the parts of a visit, `limit` at a time."""

    visit: Visit
    parts: Sequence[Part]
    limit: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: int = 0
    _failed: tuple[Part, StepError] | None = None

    def run(self) -> list[Data]:
        """What each part gave, in their order. Raises the error of the first that failed, and Halted."""
        visit = self.visit
        halt = Halt(visit.line.halt)
        waiting = deque(part for part in self.parts if isinstance(part.position, Position))
        self._busy = min(self.limit, len(waiting))
        for _ in range(self._busy):
            visit.line.execution.thread(lambda: self._work(waiting, halt), "branch")
        visit.line.halt.wait(lambda: self._busy == 0)
        if self._failed:
            self._record_ends(*self._failed)
            raise self._failed[1]
        visit.line.last = max((part.line.last for part in self.parts if part.line), default=visit.line.last)
        return [_output(part) for part in self.parts]

    def _work(self, waiting: deque[Part], halt: Halt) -> None:
        try:
            while not halt.halted:
                with self._lock:
                    if not waiting:
                        return
                    part = waiting.popleft()
                self._run(part, halt)
        except Halted:
            return
        finally:
            with self._lock:
                self._busy -= 1
            halt.notify()

    def _run(self, part: Part, halt: Halt) -> None:
        visit = self.visit
        part.line = line = visit.line.branch(halt, part.item)
        position = part.position
        assert isinstance(position, Position)
        try:
            self._record(part, "Started" if not position.resumed else "")
            output = visit.runner.run(line, part.states, position, visit.query_language)
            self._record(part, "Succeeded")
        except StepError as error:
            self._fail(part, error, halt)
        except Halted:
            raise
        except Exception as fault:  # noqa: BLE001 - a fault of the region must not leave the others waiting
            self._fail(part, StepError(RUNTIME, f"{type(fault).__name__}: {fault}"), halt)
        else:
            part.position = visit.position.parts[part.index] = Done(output)

    def _fail(self, part: Part, error: StepError, halt: Halt) -> None:
        with self._lock:
            if self._failed is None:
                self._failed = (part, error)
        halt.halt()

    def _record(self, part: Part, what: str) -> None:
        """The event of an iteration; branches have none."""
        if part.item is not None and part.line and what:
            part.line.record(f"MapIteration{what}", {"name": self.visit.name, "index": part.index})

    def _record_ends(self, failed: Part, error: StepError) -> None:
        """What became of each part that was under way: its iteration, and the state that it was in."""
        line = self.visit.line
        assert failed.line
        line.last = failed.line.last
        for part in sorted(self.parts, key=lambda one: one is not failed):
            if part.line is None or isinstance(part.position, Done):
                continue
            if part.item is not None:
                kind = "MapIterationFailed" if part is failed else "MapIterationAborted"
                line.record(kind, {"name": self.visit.name, "index": part.index}, advance=False)
            if part.line.entered and part.line.entered[-1] in _ABORTABLE:
                line.record(f"{part.line.entered[-1]}StateAborted", advance=False)


def _output(part: Part) -> Data:
    assert isinstance(part.position, Done)
    return part.position.output
