"""What handling a node needs of the world. Each protocol lists the calls that are made, like the IAM policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.events import LifecycleAction
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome


class End(StrEnum):
    """How a node's launch has ended, so that a late delivery knows."""

    READY = "ready"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Claim:
    """The attempt that is under way, which goes into client tokens, and how an earlier delivery has ended."""

    attempt: int
    end: End | None = None


class AutoScaling(Protocol):
    def complete(self, action: LifecycleAction, result: Literal["CONTINUE", "ABANDON"]) -> bool:
        """Ends the wait. False if it had ended before."""

    def heartbeat(self, action: LifecycleAction) -> bool:
        """Keeps the wait alive. False if it has ended."""


class Queue(Protocol):
    def defer(self, message: Message, seconds: int, *, touched: bool = False) -> None:
        """Sends the message anew, to come after `seconds` (at most 900); `touched` if something may have been made."""

    def send(self, body: str, seconds: int) -> None:
        """Sends a message of nodenet's own."""


class Store(Protocol):
    """What EC2 cannot hold."""

    def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> Claim | None:
        """Claims the node for the message `owner` until `until` (seconds since the epoch); None if a twin has it.

        Claims of the messages `ended` are over.
        """

    def release(self, instance_id: str, end: End | None) -> None:
        """Ends the claim; with an `end`, remembers how the node's launch ended."""

    def next_attempt(self, instance_id: str, attempt: int) -> None:
        """Raises the attempt, once for each `attempt`, so that the next client tokens are new."""

    def failures(self, group: str, zone: str) -> int:
        """How many nodes in a row of a node group could not be wired in a zone."""

    def count_failure(self, group: str, zone: str) -> None: ...
    def clear_failures(self, group: str, zone: str) -> None: ...

    def record(self, outcome: Outcome) -> None:
        """Writes the node's record, for people."""


class Bus(Protocol):
    def publish(self, detail_type: str, outcome: Outcome) -> None: ...


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration:
        """The cluster's configuration; ConfigurationError with every mistake if it is wrong or missing."""
