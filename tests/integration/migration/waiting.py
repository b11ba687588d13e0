"""Waiting for what comes by itself."""

import time
from typing import Any


def until(condition: Any, what: str, seconds: float = 60.0, tell: Any = None) -> None:
    """Real seconds, after which the condition must have come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in {seconds} s: {what}" + (f"\n{tell()}" if tell else "")
        time.sleep(0.1)
