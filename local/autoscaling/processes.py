"""Processes that can be suspended, metrics and notifications: what a group is told to do beside scaling.

Sources: user guide, "Suspend and resume Amazon EC2 Auto Scaling processes"; API reference, SuspendProcesses,
EnableMetricsCollection, PutNotificationConfiguration, DescribeAutoScalingNotificationTypes. No metric is collected and
no notification sent.
"""

from collections.abc import Sequence
from typing import Any

from local.autoscaling.activities import now
from local.autoscaling.errors import ValidationError

PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
)
NOTIFICATIONS = (
    "autoscaling:EC2_INSTANCE_LAUNCH",
    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
    "autoscaling:EC2_INSTANCE_TERMINATE",
    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    "autoscaling:TEST_NOTIFICATION",
)


def suspend(group: Any, names: Sequence[str]) -> None:
    """Suspends what is named, or everything; ValidationError for a process there is not."""
    for name in _checked(names, PROCESSES, "process"):
        group.suspensions.setdefault(name, f"User suspended at {now().isoformat(timespec='seconds')}Z")


def resume(group: Any, names: Sequence[str]) -> None:
    for name in _checked(names, PROCESSES, "process"):
        group.suspensions.pop(name, None)


def enable_metrics(group: Any, names: Sequence[str]) -> None:
    wanted = _checked(names, METRICS, "metric")
    group.metrics = [name for name in METRICS if name in wanted or name in group.metrics]


def disable_metrics(group: Any, names: Sequence[str]) -> None:
    gone = _checked(names, METRICS, "metric")
    group.metrics = [name for name in group.metrics if name not in gone]


def notify(group: Any, topic: str, kinds: Sequence[str]) -> None:
    """A topic's kinds of notification, in the place of those it had."""
    if not kinds:
        raise ValidationError("At least one notification type must be specified")
    group.notifications[topic] = list(_checked(kinds, NOTIFICATIONS, "notification type"))


def notifications(group: Any) -> list[dict[str, str]]:
    """The group's NotificationConfigurations: one for each topic and kind."""
    return [
        {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": kind}
        for topic, kinds in group.notifications.items()
        for kind in kinds
    ]


def _checked(names: Sequence[str], known: Sequence[str], noun: str) -> Sequence[str]:
    for name in names:
        if name not in known:
            raise ValidationError(f"{name} is not a valid {noun}")
    return names or known
