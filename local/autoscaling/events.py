"""What Auto Scaling tells the world: events on the default bus, and notifications of hooks that have a target.

The fields are those of the user guide, "Amazon EC2 Auto Scaling event reference" and "Warm pool example events".
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.autoscaling.activities import Activity, now, stamp
from local.autoscaling.hooks import LAUNCHING, LifecycleHook
from local.world import world

SOURCE = "aws.autoscaling"

# Called with (hook, message) for every message to a hook's NotificationTargetARN. Whoever runs SQS and SNS beside this
# service adds itself, and delivers the message as JSON with the rights of hook.role_arn.
on_notification: list[Callable[[LifecycleHook, Mapping[str, Any]], None]] = []
# Called with (group, lifecycle action) whenever an instance has come to wait: for services that own hooks, as EKS does.
on_lifecycle_action: list[Callable[[Any, Any], None]] = []


def lifecycle_action(group: Any, action: Any) -> None:
    """Tells that an instance has come to wait for `action`."""
    hook = action.hook
    detail = {
        "LifecycleActionToken": action.token,
        "AutoScalingGroupName": group.name,
        "LifecycleHookName": hook.lifecycle_hook_name,
        "EC2InstanceId": action.instance_id,
        "LifecycleTransition": hook.lifecycle_transition,
        **({"NotificationMetadata": hook.notification_metadata} if hook.notification_metadata else {}),
        "Origin": action.transition.origin,
        "Destination": action.transition.destination,
    }
    kind = "launch" if hook.lifecycle_transition == LAUNCHING else "terminate"
    world.publish(SOURCE, f"EC2 Instance-{kind} Lifecycle Action", detail, [group.arn])
    if hook.notification_target_arn:
        _notify(hook, _message(group) | detail)
    for listener in on_lifecycle_action:
        listener(group, action)


def test_notification(group: Any, hook: LifecycleHook) -> None:
    """A hook with a target is announced there once (API reference, PutLifecycleHook, NotificationTargetARN)."""
    _notify(hook, _message(group) | {"Event": "autoscaling:TEST_NOTIFICATION"})


def scaling(group: Any, what: str, activity: Activity, instance_id: str, route: tuple[str, str]) -> None:
    """Tells the end of `activity`: `what` is "Launch Successful", "Terminate Unsuccessful" and so on."""
    origin, destination = route
    detail = {
        "StatusCode": "Failed" if "Unsuccessful" in what else "InProgress",
        "Description": activity.description,
        "AutoScalingGroupName": group.name,
        "ActivityId": activity.activity_id,
        "Details": activity.places,
        "RequestId": activity.activity_id,
        "StatusMessage": activity.status_message or "",
        "EndTime": stamp(activity.end_time or now()),
        "EC2InstanceId": instance_id,
        "StartTime": stamp(activity.start_time),
        "Cause": activity.cause,
        "Origin": origin,
        "Destination": destination,
    }
    partition, region, account = group.arn.split(":")[1], group.region, group.account_id
    instance = [f"arn:{partition}:ec2:{region}:{account}:instance/{instance_id}"] if instance_id else []
    world.publish(SOURCE, f"EC2 Instance {what}", detail, [group.arn, *instance])


def refresh(group: Any, what: str, refresh_id: str) -> None:
    """Tells a step of an instance refresh: `what` is "Started", "Succeeded", "Failed" or "Cancelled"."""
    detail = {"InstanceRefreshId": refresh_id, "AutoScalingGroupName": group.name}
    world.publish(SOURCE, f"EC2 Auto Scaling Instance Refresh {what}", detail, [group.arn])


def _notify(hook: LifecycleHook, message: Mapping[str, Any]) -> None:
    for send in on_notification:
        send(hook, message)


def _message(group: Any) -> dict[str, Any]:
    return {
        "Service": "AWS Auto Scaling",
        "Time": stamp(now()),
        "RequestId": str(uuid.uuid4()),
        "AccountId": group.account_id,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
    }
