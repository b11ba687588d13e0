"""Objects of the API as JSON has them, and how they are copied."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

type Thing = dict[str, Any]
type Mutate = Callable[[Thing], None]


def copied[T](value: T) -> T:
    """A copy that shares nothing with what it is of: JSON's types only, which is ten times as fast as deepcopy."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [copied(each) for each in value]  # type: ignore[return-value]
    return value


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as metav1.Time writes them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> float:
    """The seconds since the epoch of a metav1.Time."""
    return datetime.fromisoformat(text).timestamp()


def found(thing: Any, *path: str) -> Any:
    """What is there, None where the way to it ends."""
    for step in path:
        if not isinstance(thing, dict):
            return None
        thing = thing.get(step)
    return thing
