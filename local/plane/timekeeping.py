"""Simulated time for ministack's services: their module `time` becomes the region's clock."""

import importlib
import threading
import time
from types import ModuleType
from typing import Any

from local.plane import private
from local.world import world

# The modules that look at the clock for what users wait for: delays, visibility, schedules, retries, waits, TTL.
_SERVICES = ("sqs", "sns", "eventbridge", "scheduler", "lambda_svc", "stepfunctions", "dynamodb", "cloudwatch")
# ministack waits this long before an execution's first state, for no reason of AWS's.
_STEP_FUNCTIONS_START = 0.15


class _SimulatedTime:
    """The module `time`, with `time()` and `sleep()` on the region's clock; `monotonic()` stays the machine's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    @staticmethod
    def time() -> float:
        return world.clock.now()

    @staticmethod
    def sleep(seconds: float) -> None:
        if seconds != _STEP_FUNCTIONS_START:
            world.clock.sleep(seconds)


def install() -> None:
    """Puts the simulated clock into each service, and wakes the event sources often enough for it.

    Raises MinistackChangedError where a service no longer looks at the module `time`.
    """
    for name in _SERVICES:
        module: Any = importlib.import_module(f"ministack.services.{name}")
        if not isinstance(getattr(module, "time", None), ModuleType | _SimulatedTime):
            raise private.MinistackChangedError(f"services.{name} does not read the clock by `time` any more")
        module.time = _SimulatedTime()
    threading.Thread(target=_wake_event_sources, name="event-source-wake", daemon=True).start()


def _wake_event_sources() -> None:
    """ministack looks for messages once a real second: at a high speed of time that is minutes late."""
    wake, sources = private.get("core.concurrency.esm_wake"), private.get("services.lambda_svc._esms")
    while True:
        time.sleep(max(0.05, min(1.0, 0.5 / world.clock.speed)))
        if sources.has_any():
            wake.set()
