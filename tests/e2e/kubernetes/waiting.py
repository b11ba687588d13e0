"""What comes to be is waited for."""

import time
from collections.abc import Callable
from typing import Final

_PATIENCE: Final = 30.0


def until[T](found: Callable[[], T], seconds: float = _PATIENCE) -> T:
    """What `found` answers once that is true; AssertionError where it does not get so."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"not so in {seconds:.0f} s"
        time.sleep(0.1)
    return answer
