"""What handling a node needs of the world. Each protocol lists the calls that are made, like the IAM policy."""

from collections.abc import Sequence
from typing import Literal, Protocol

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.events import LifecycleAction
from nodenet.interfaces import attach, release
from nodenet.networks import Instance
from nodenet.nodes import decide
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome


class Ec2(attach.Ec2, release.Ec2, decide.Ec2, Protocol):
    def instances(self, instance_ids: Sequence[str]) -> dict[str, Instance]: ...


class AutoScaling(Protocol):
    def complete(self, action: LifecycleAction, result: Literal["CONTINUE", "ABANDON"]) -> bool: ...
    def heartbeat(self, action: LifecycleAction) -> bool: ...


class Queue(Protocol):
    def defer(self, message: Message, seconds: int) -> None:
        """Sends the message anew, to come after `seconds` (at most 900)."""

    def send(self, body: str, seconds: int) -> None:
        """Sends a message of nodenet's own."""


class Store(Protocol):
    """What EC2 cannot hold."""

    def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> int | None:
        """The attempt that is under way, if no twin is at work on the node; None if one is.

        Holds until `until` (seconds since the epoch), for the message `owner`; claims of the messages `ended` are over.
        """

    def release(self, instance_id: str) -> None:
        """Ends the claim."""

    def next_attempt(self, instance_id: str, attempt: int) -> None:
        """Raises the attempt, once for each `attempt`, so that the next client tokens are new."""

    def failures(self, group: str) -> int:
        """How many nodes in a row of a node group could not be wired."""

    def count_failure(self, group: str) -> None: ...
    def clear_failures(self, group: str) -> None: ...

    def record(self, outcome: Outcome) -> None:
        """Writes the node's record, for people."""


class Bus(Protocol):
    def publish(self, detail_type: str, outcome: Outcome) -> None: ...


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration:
        """The cluster's configuration; ConfigurationError with every mistake if it is wrong or missing."""
