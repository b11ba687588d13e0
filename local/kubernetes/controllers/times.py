"""The region's time, as objects hold it."""

from functools import lru_cache

from local.kubernetes.things import moment, timestamp
from local.world import world

seconds = lru_cache(maxsize=4096)(moment)
"""Simulated seconds since the epoch of a time in an object."""


def now() -> float:
    """Simulated seconds since the epoch."""
    return world.clock.now()


def stamp() -> str:
    """The present as objects hold it."""
    return timestamp(now())
