"""An execution's events (API reference, HistoryEvent)."""

import copy
import re
import threading
from collections.abc import Mapping
from typing import Any

from local.steps.limits import limits
from local.world import world

_ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
_DETAILS = re.compile(r".*(StateEntered|StateExited)$")
# What GetExecutionHistory leaves out without includeExecutionData.
_DATA = ("input", "inputDetails", "output", "outputDetails")


class HistoryFull(Exception):
    """The next event must be the last one, and is not an end."""


class History:
    """Events with ids from 1."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._events)

    def add(self, kind: str, previous: int, details: Mapping[str, Any] | None = None) -> int:
        """The id of the new event.

        Raises HistoryFull: with all events but one used, only an end may follow (developer guide, "Starting new
        executions to avoid reaching the history quota").
        """
        with self._lock:
            if len(self._events) >= limits.history_events - 1 and kind not in _ENDS:
                raise HistoryFull
            event: dict[str, Any] = {
                "timestamp": world.clock.now(),
                "type": kind,
                "id": len(self._events) + 1,
                "previousEventId": previous,
            }
            if details is not None:
                event[_details_name(kind)] = dict(details)
            self._events.append(event)
            return int(event["id"])

    def events(self, count: int | None = None, data: bool = True) -> list[dict[str, Any]]:
        """The first `count` events, or all; without what states took and gave where `data` is False."""
        with self._lock:
            chosen = self._events[:count]
        if data:
            return chosen
        chosen = copy.deepcopy(chosen)
        for event in chosen:
            for name in [name for name in event if name.endswith("EventDetails")]:
                event[name] = {key: value for key, value in event[name].items() if key not in _DATA}
        return chosen


def _details_name(kind: str) -> str:
    if match := _DETAILS.fullmatch(kind):
        kind = match[1]
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
