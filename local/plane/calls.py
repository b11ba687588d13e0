"""The call log: every call that reached the region, who made it and how it ended."""

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# A run of thousands of nodes stays below this; older calls fall off so that a region left running does not grow.
LIMIT = 100_000

_ID = re.compile(r"\b[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{17}|[0-9a-f]{8})\b")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a call: the ARN that GetCallerIdentity would give, and the function's name where it is one."""

    arn: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `time` is simulated seconds since the epoch, `duration` real seconds, `error` the code or None.

    `resources` are the ids of EC2's resources that the request names, each once.
    """

    number: int
    time: float
    service: str
    operation: str
    caller: str
    function: str | None
    duration: float
    status: int
    error: str | None
    resources: tuple[str, ...] = ()


def resources_in(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids such as i-0123456789abcdef0 in a request's parameters ("Resource IDs", Amazon EC2 User Guide)."""
    values = (each for value in params.values() for each in (value if isinstance(value, list) else [value]))
    return tuple(dict.fromkeys(found for value in values for found in _ID.findall(str(value))))


class CallLog:
    """Calls in the order in which they were answered."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=LIMIT)
        self._lock = threading.Lock()
        self._last = 0

    def add(
        self,
        time: float,
        service: str,
        operation: str,
        caller: Caller,
        duration: float,
        status: int,
        error: str | None,
        resources: tuple[str, ...] = (),
    ) -> None:
        with self._lock:
            self._last += 1
            self._calls.append(
                Call(
                    self._last,
                    time,
                    service,
                    operation,
                    caller.arn,
                    caller.function,
                    round(duration, 6),
                    status,
                    error,
                    resources,
                )
            )

    def select(
        self, service: str | None = None, operation: str | None = None, function: str | None = None, after: int = 0
    ) -> list[Call]:
        """The calls that match everything given; `after` leaves out numbers up to and including it."""
        with self._lock:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if call.number > after
            and service in (None, call.service)
            and operation in (None, call.operation)
            and function in (None, call.function)
        ]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
