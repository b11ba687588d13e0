"""An execution: what DescribeExecution tells of it, and the lines of states that run in it."""

import contextvars
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.steps.errors import RUNTIME, Halted, StepError
from local.steps.halts import Halt
from local.steps.history import History, HistoryFull
from local.steps.limits import limits
from local.steps.moments import now
from local.steps.position import Data, Position

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
_order = itertools.count(1)


@dataclass(frozen=True)
class Machine:
    """The state machine as an execution runs it, whatever becomes of it later.

    `definition` is Amazon States Language; `region` and `account` are those of its ARN.
    """

    arn: str
    name: str
    role: str
    definition: Mapping[str, Any]
    kind: str = "STANDARD"
    version: str | None = None
    alias: str | None = None

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def language(self) -> str:
        return str(self.definition.get("QueryLanguage", "JSONPath"))


@dataclass
class Execution:
    """Moments are seconds of the region's clock; `input` and `output` are JSON texts.

    `lock` guards `status`: who ends an execution is who finds it running.
    """

    arn: str
    name: str
    machine: Machine
    input: str
    position: Position
    map_run: str | None = None
    status: str = RUNNING
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    started: float = field(default_factory=now)
    stopped: float | None = None
    redrives: int = 0
    redriven: float | None = None
    history: History = field(default_factory=History)
    halt: Halt = field(default_factory=Halt)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    # Called once when the execution has ended.
    on_end: list[Callable[[], None]] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_order))
    # What scopes ministack's stores to the account and region: threads do not inherit it.
    scope: contextvars.Context = field(default_factory=contextvars.copy_context)

    def thread(self, action: Callable[[], None], name: str = "execution") -> threading.Thread:
        """A thread that runs `action` in the execution's scope, started."""
        thread = threading.Thread(target=self.scope.copy().run, args=(action,), name=name, daemon=True)
        thread.start()
        return thread


@dataclass
class Line:
    """States that run one after the other: an execution's own, a branch's or an iteration's.

    `last` is the id of its latest event, which the next one names as its predecessor. `entered` are the kinds of the
    states that were entered and not left, the outer first.
    """

    execution: Execution
    halt: Halt
    last: int = 0
    item: Mapping[str, Any] | None = None
    entered: list[str] = field(default_factory=list)

    def record(self, kind: str, details: Mapping[str, Any] | None = None, *, advance: bool = True) -> int:
        """Adds an event after the line's last one. Raises Halted where the line is to stop."""
        execution = self.execution
        with execution.lock:
            if self.halt.halted or execution.status != RUNNING:
                raise Halted
            try:
                number = execution.history.add(kind, self.last, details)
            except HistoryFull:
                events = limits.history_events
                raise StepError(
                    RUNTIME, f"The execution reached the maximum number of history events ({events})."
                ) from None
        if advance:
            self.last = number
        return number

    def branch(self, halt: Halt, item: Mapping[str, Any] | None = None) -> "Line":
        """A line below this one."""
        return Line(self.execution, halt, self.last, item or self.item)


def text(data: Data) -> str:
    """JSON as Step Functions writes it."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def shown(name: str, data: Data) -> dict[str, Any]:
    """An input or output in an event's details."""
    return {name: text(data), f"{name}Details": {"truncated": False}}
