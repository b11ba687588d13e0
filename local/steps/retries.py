"""Retry and Catch.

Amazon States Language, "Errors"; developer guide, "Handling errors in Step Functions workflows".
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from local.steps.errors import StepError

_INTERVAL, _ATTEMPTS, _RATE = 1, 3, 2.0


class Retries:
    """The retriers of one visit to a state: each counts its own attempts, and a new visit begins anew."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self._retriers: Sequence[Mapping[str, Any]] = state.get("Retry") or ()
        self._used = [0] * len(self._retriers)

    @property
    def count(self) -> int:
        """The context object's State.RetryCount."""
        return sum(self._used)

    def delay(self, error: StepError) -> float | None:
        """After how many seconds to try again; None where the first retrier that matches is used up, or none does."""
        for index, retrier in enumerate(self._retriers):
            if error.matches(retrier["ErrorEquals"]):
                if self._used[index] >= retrier.get("MaxAttempts", _ATTEMPTS):
                    return None
                self._used[index] += 1
                return wait_before(retrier, self._used[index])
        return None


def wait_before(retrier: Mapping[str, Any], attempt: int) -> float:
    """Seconds before the n-th retry.

    IntervalSeconds grows by BackoffRate up to MaxDelaySeconds; JitterStrategy FULL takes any time from 0 to that.
    """
    delay = retrier.get("IntervalSeconds", _INTERVAL) * retrier.get("BackoffRate", _RATE) ** (attempt - 1)
    if "MaxDelaySeconds" in retrier:
        delay = min(delay, retrier["MaxDelaySeconds"])
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else float(delay)  # noqa: S311 - no secret


def catcher_of(state: Mapping[str, Any], error: StepError) -> Mapping[str, Any] | None:
    """The first catcher that matches."""
    for catcher in state.get("Catch") or ():
        if error.matches(catcher["ErrorEquals"]):
            return dict(catcher)
    return None
