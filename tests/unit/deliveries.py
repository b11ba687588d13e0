"""What may happen to messages: they age, they come again, they come at once, the queue runs dry."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from nodenet.events import Ignored, InstanceState, LaunchAction, Rollback, TerminateAction
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome
from tests.unit.cloud import TAGS, Cloud

NO_ADDRESS = "InsufficientFreeAddressesInSubnet"
"""A NodeError: this node cannot have its networks."""


def older(message: Message, **ago: float) -> Message:
    """The message of an event that happened so much earlier."""
    event = message.event
    assert isinstance(event, LaunchAction | TerminateAction | InstanceState | Rollback)
    return replace(message, event=replace(event, time=event.time - timedelta(**ago)))


def redelivered(message: Message) -> Message:
    """The message as it comes again after a crash."""
    return replace(message, receives=message.receives + 1)


def instance_of(message: Message) -> str:
    """The instance that the message is about."""
    assert not isinstance(message.event, Ignored)
    return message.event.instance_id


def is_for_launch(message: Message) -> bool:
    """Which of the two queues the message is in."""
    match message.event:
        case LaunchAction() | Rollback() | InstanceState(_, "running"):
            return True
    return False


def deliver(cloud: Cloud, messages: Sequence[Message]) -> list[Outcome]:
    """Hands each message to the function that it is for."""
    outcomes: list[Outcome] = []
    if launching := [message for message in messages if is_for_launch(message)]:
        outcomes += cloud.launch(*launching)
    if leaving := [message for message in messages if not is_for_launch(message)]:
        outcomes += cloud.terminate(*leaving)
    return outcomes


def settle(cloud: Cloud, *messages: Message, rounds: int = 12) -> list[Outcome]:
    """Delivers, and delivers again what was sent anew, until nothing waits."""
    outcomes = deliver(cloud, messages)
    for _ in range(rounds):
        if not cloud.queue.sent:
            return outcomes
        outcomes += deliver(cloud, cloud.queue.take())
    raise AssertionError(f"still waiting after {rounds} rounds: {cloud.queue.sent}")


def at_once(cloud: Cloud, *batches: Sequence[Message]) -> None:
    """Each batch in an invocation of its own, all at the same time."""
    gate = threading.Barrier(len(batches))

    def invoke(batch: Sequence[Message]) -> None:
        gate.wait()
        cloud.launch(*batch)

    threads = [threading.Thread(target=invoke, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ended(cloud: Cloud) -> list[Message]:
    """The events of instances that are terminated."""
    return cloud.messages("EC2 Instance State-change Notification", state="terminated")


def end(cloud: Cloud, instance_id: str) -> None:
    """The instance is terminated, and the terminate function has heard of it."""
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    settle(cloud, *ended(cloud))


def forget_tags(cloud: Cloud, instance_id: str) -> None:
    """EC2 shows none of the instance's tags that name its cluster: not yet, or no more."""
    cloud.ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": key} for key in TAGS])
