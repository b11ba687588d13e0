"""Trying again what EC2 does not show or allow yet, within the function's own time."""

import random
import time
from collections.abc import Callable
from typing import Final

_FIRST_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 2.0


def until(deadline: float, call: Callable[[], object], again: type[Exception] | tuple[type[Exception], ...]) -> None:
    """Calls until it does not raise one of `again`, or `deadline` (of time.monotonic) would pass: then it is raised.

    Waits with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """
    longest = _FIRST_SECONDS
    while True:
        try:
            call()
        except again:
            pause = random.uniform(0, longest)  # noqa: S311 - jitter is no secret
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            longest = min(longest * 2, _LONGEST_SECONDS)
        else:
            return
