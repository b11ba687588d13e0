"""What arrives at the queues: EventBridge events, parsed once into types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

ROLLBACK_SOURCE: Final = "nodenet"
ROLLBACK_TYPE: Final = "Node Network Rollback"

Place = Literal["EC2", "AutoScalingGroup", "WarmPool"]


@dataclass(frozen=True, slots=True)
class LifecycleAction:
    """What Auto Scaling waits for. Identified by group, hook and token; see "EventBridge events for lifecycle hooks"
    in the Amazon EC2 Auto Scaling User Guide."""

    group_name: str
    hook: str
    token: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class Transition:
    """An instance is held on its way from `origin` to `destination` until its action is completed."""

    action: LifecycleAction
    origin: Place
    destination: Place
    time: datetime

    @property
    def instance_id(self) -> str:
        return self.action.instance_id


class LaunchAction(Transition):
    """The instance waits in Pending:Wait, or in Warmed:Pending:Wait if its destination is the warm pool."""

    __slots__ = ()


class TerminateAction(Transition):
    """The instance waits in Terminating:Wait; on its way into a warm pool it does not end."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InstanceState:
    """EC2 says that an instance changed its state. It carries no tags and comes for every instance of the region."""

    instance_id: str
    state: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Rollback:
    """nodenet's own note to itself: interfaces of a node that lives on are detaching and must be deleted yet."""

    instance_id: str
    interface_ids: tuple[str, ...]
    time: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not for us, and why. Never an error."""

    reason: str


type Event = LaunchAction | TerminateAction | InstanceState | Rollback | Ignored


def parse(body: str) -> Event:
    """The event in a queue message's body. Whatever is not understood is Ignored with the reason."""
    try:
        document = json.loads(body)
        return _parse(document)
    except json.JSONDecodeError as error:
        return Ignored(f"the message is not JSON: {error}")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Ignored(f"the event is not complete: {error!r}")


def rollback_body(instance_id: str, interface_ids: tuple[str, ...], now: datetime) -> str:
    """The body of a Rollback message, as `parse` reads it."""
    return json.dumps(
        {
            "source": ROLLBACK_SOURCE,
            "detail-type": ROLLBACK_TYPE,
            "time": now.isoformat(),
            "detail": {"instance-id": instance_id, "interface-ids": list(interface_ids)},
        }
    )


def _parse(document: Mapping[str, Any]) -> Event:
    detail = document["detail"]
    time = datetime.fromisoformat(document["time"])
    if time.tzinfo is None:
        raise ValueError(f"the time {document['time']} has no zone")
    match document["source"], document["detail-type"]:
        case "aws.autoscaling", "EC2 Instance-launch Lifecycle Action":
            origin, destination = _way(detail, "EC2", "AutoScalingGroup")
            return LaunchAction(_action(detail), origin, destination, time)
        case "aws.autoscaling", "EC2 Instance-terminate Lifecycle Action":
            origin, destination = _way(detail, "AutoScalingGroup", "EC2")
            return TerminateAction(_action(detail), origin, destination, time)
        case "aws.ec2", "EC2 Instance State-change Notification":
            return InstanceState(detail["instance-id"], detail["state"], time)
        case source, kind if (source, kind) == (ROLLBACK_SOURCE, ROLLBACK_TYPE):
            return Rollback(detail["instance-id"], tuple(detail["interface-ids"]), time)
        case source, detail_type:
            return Ignored(f"no event of nodenet's: {source}, {detail_type}")


def _action(detail: Mapping[str, str]) -> LifecycleAction:
    return LifecycleAction(
        group_name=detail["AutoScalingGroupName"],
        hook=detail["LifecycleHookName"],
        token=detail["LifecycleActionToken"],
        instance_id=detail["EC2InstanceId"],
    )


def _way(detail: Mapping[str, Any], origin: Place, destination: Place) -> tuple[Place, Place]:
    return detail.get("Origin", origin), detail.get("Destination", destination)
