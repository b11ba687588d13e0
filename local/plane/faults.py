"""Faults on demand: calls that fail, fail although they were done, or take longer."""

import itertools
import threading
from dataclasses import dataclass, field
from typing import Literal

from local.plane.calls import Caller

When = Literal["before", "after"]


@dataclass
class Fault:
    """An order to make matching calls fail.

    The first `skip` matching calls pass, the next `times` get the error. `when="after"` does the call and then
    reports the error, so that the caller does not learn of the success. Without a `code` the call is only delayed by
    `delay` simulated seconds. `service`, `operation` and `function` left out match any.
    """

    service: str | None = None
    operation: str | None = None
    function: str | None = None
    code: str | None = None
    message: str = "a fault that was asked for"
    status: int = 400
    when: When = "before"
    skip: int = 0
    times: int = 1
    delay: float = 0.0
    id: int = 0
    seen: int = 0
    hits: int = field(default=0)

    def matches(self, service: str, operation: str, caller: Caller) -> bool:
        return (
            self.service in (None, service)
            and self.operation in (None, operation)
            and self.function in (None, caller.function)
        )


class Faults:
    """All orders; the first that matches and is due takes the call."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return fault

    def take(self, service: str, operation: str, caller: Caller) -> Fault | None:
        """The fault that this call has to suffer. Every matching order counts the call, whichever takes it."""
        taken = None
        with self._lock:
            for fault in self._faults:
                if not fault.matches(service, operation, caller):
                    continue
                fault.seen += 1
                if taken is None and fault.seen > fault.skip and fault.hits < fault.times:
                    fault.hits += 1
                    taken = fault
        return taken

    def all(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
