"""Moments of the region's clock, in seconds since the epoch."""

from datetime import UTC, datetime

from local.world import world


def now() -> float:
    return world.clock.now()


def iso(moment: float) -> str:
    """A moment as Step Functions writes it, with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
