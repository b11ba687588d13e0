"""Lifecycle hooks: what PutLifecycleHook takes, with its limits and defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.autoscaling.errors import LimitExceededError, ValidationError

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
CONTINUE, ABANDON = "CONTINUE", "ABANDON"
# API reference, PutLifecycleHook; user guide, "Quotas for Amazon EC2 Auto Scaling".
HOOKS_PER_GROUP = 50
HEARTBEAT = range(30, 7201)
DEFAULT_HEARTBEAT = 3600
LONGEST_WAIT = 48 * 3600


@dataclass(frozen=True)
class LifecycleHook:
    """A hook of a group; the names are those of the service model's LifecycleHook, so that it is answered as it is."""

    auto_scaling_group_name: str
    lifecycle_hook_name: str
    lifecycle_transition: str
    heartbeat_timeout: int = DEFAULT_HEARTBEAT
    default_result: str = ABANDON
    notification_metadata: str | None = None
    notification_target_arn: str | None = None
    role_arn: str | None = None

    @property
    def global_timeout(self) -> int:
        """The longest an instance may wait: 48 hours or 100 heartbeats, whichever is less (model, LifecycleHook)."""
        return min(LONGEST_WAIT, 100 * self.heartbeat_timeout)


FIELDS = {
    "LifecycleTransition": "lifecycle_transition",
    "HeartbeatTimeout": "heartbeat_timeout",
    "DefaultResult": "default_result",
    "NotificationMetadata": "notification_metadata",
    "NotificationTargetARN": "notification_target_arn",
    "RoleARN": "role_arn",
}


def put_hook(hooks: dict[str, LifecycleHook], group: str, request: Mapping[str, Any]) -> LifecycleHook:
    """Creates or updates a hook of `group` in `hooks` and returns it; an update keeps what `request` does not give.

    Raises ValidationError for values out of range and LimitExceeded at the 51st hook (API reference,
    PutLifecycleHook). An empty NotificationTargetARN takes the target off.
    """
    name = request["LifecycleHookName"]
    given = {field: request[key] for key, field in FIELDS.items() if request.get(key) is not None}
    if name in hooks:
        hook = replace(hooks[name], **given)
    elif "lifecycle_transition" not in given:
        raise ValidationError("A lifecycle transition must be specified when creating a lifecycle hook")
    elif len(hooks) >= HOOKS_PER_GROUP:
        raise LimitExceededError(
            f"You have reached your limit of {HOOKS_PER_GROUP} lifecycle hooks per Auto Scaling group."
        )
    else:
        hook = LifecycleHook(auto_scaling_group_name=group, lifecycle_hook_name=name, **given)
    if not hook.notification_target_arn:
        hook = replace(hook, notification_target_arn=None, role_arn=hook.role_arn or None)
    _check(hook)
    hooks[name] = hook
    return hook


def _check(hook: LifecycleHook) -> None:
    if hook.lifecycle_transition not in (LAUNCHING, TERMINATING):
        raise ValidationError(f"{hook.lifecycle_transition} is not a valid lifecycle transition")
    if hook.heartbeat_timeout not in HEARTBEAT:
        raise ValidationError(f"HeartbeatTimeout must be between {HEARTBEAT[0]} and {HEARTBEAT[-1]} seconds")
    if hook.default_result not in (CONTINUE, ABANDON):
        raise ValidationError("DefaultResult must be either CONTINUE or ABANDON")
    if hook.notification_target_arn and not hook.role_arn:
        raise ValidationError("RoleARN is required when a NotificationTargetARN is given")
