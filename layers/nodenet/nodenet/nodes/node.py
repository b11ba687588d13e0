"""A node within a batch: its messages, and how far its handling has come."""

from dataclasses import dataclass
from datetime import UTC, datetime

from nodenet.events import InstanceState, LaunchAction, LifecycleAction, TerminateAction
from nodenet.networks import Instance
from nodenet.nodes.messages import Message
from nodenet.nodes.ports import Claim


@dataclass(frozen=True, slots=True)
class Node:
    """An instance and all messages of the batch that concern it; twins among them are handled once."""

    id: str
    messages: tuple[Message, ...]

    @property
    def actions(self) -> tuple[LifecycleAction, ...]:
        """The lifecycle actions that wait for an answer, each once. None for a node that met no hook of ours."""
        actions = [
            message.event.action
            for message in self.messages
            if isinstance(message.event, LaunchAction | TerminateAction)
        ]
        return tuple(dict.fromkeys(actions))

    @property
    def distinct_messages(self) -> tuple[Message, ...]:
        """One message for each action, or one for a node without: what must be sent anew if the node has to wait."""
        by_action = {
            message.event.action: message
            for message in self.messages
            if isinstance(message.event, LaunchAction | TerminateAction)
        }
        return tuple(by_action.values()) or self.messages[:1]

    @property
    def since(self) -> datetime:
        """When the first of its events happened."""
        return min(
            message.event.time
            for message in self.messages
            if isinstance(message.event, LaunchAction | TerminateAction | InstanceState)
        )

    @property
    def seen_before(self) -> bool:
        """Whether an earlier delivery may have made something."""
        return any(message.receives > 1 or message.touched for message in self.messages)

    @property
    def ended(self) -> tuple[str, ...]:
        """Messages that are here again: the invocation that had them before is over, the queue's time-out is longer."""
        return tuple(message.id for message in self.messages if message.receives > 1)

    @property
    def age(self) -> float:
        """Seconds since the first of its events."""
        return (datetime.now(UTC) - self.since).total_seconds()

    @property
    def deferrals(self) -> int:
        return max(message.deferrals for message in self.messages)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A node that no twin works on meanwhile. `claim` tells how far earlier deliveries have come."""

    node: Node
    instance: Instance
    claim: Claim
