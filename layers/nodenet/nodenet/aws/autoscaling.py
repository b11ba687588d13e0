"""Auto Scaling: lifecycle actions, and the hooks that make them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from botocore.exceptions import ClientError

from nodenet.aws.errors import no_active_action, translated
from nodenet.events import LifecycleAction
from nodenet.hooks.plan import Group, Hook

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_WAITING: Final = ("Pending:Wait", "Warmed:Pending:Wait")

type Result = Literal["CONTINUE", "ABANDON"]


class AutoScaling:
    """One method, one API call, but for the pages of a Describe. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "AutoScalingClient") -> None:
        self._client = client

    def complete(self, action: LifecycleAction, result: Result) -> bool:
        """Ends the wait. False if it had ended before: completed by a twin, or out of time."""
        return _while_active(
            lambda: self._client.complete_lifecycle_action(
                AutoScalingGroupName=action.group_name,
                LifecycleHookName=action.hook,
                LifecycleActionToken=action.token,
                InstanceId=action.instance_id,
                LifecycleActionResult=result,
            )
        )

    def heartbeat(self, action: LifecycleAction) -> bool:
        """Starts the hook's time-out anew. False if the wait has ended."""
        return _while_active(
            lambda: self._client.record_lifecycle_action_heartbeat(
                AutoScalingGroupName=action.group_name,
                LifecycleHookName=action.hook,
                LifecycleActionToken=action.token,
                InstanceId=action.instance_id,
            )
        )

    def let_go(self, group_name: str, hook: str, instance_id: str) -> bool:
        """Ends an instance's wait at a hook, whatever the token. False if it does not wait there."""
        return _while_active(
            lambda: self._client.complete_lifecycle_action(
                AutoScalingGroupName=group_name,
                LifecycleHookName=hook,
                InstanceId=instance_id,
                LifecycleActionResult="CONTINUE",
            )
        )

    def groups(self, cluster: str) -> list[Group]:
        """The groups that have a tag with the cluster's name as its value: those that may be the cluster's."""
        pages = self._client.get_paginator("describe_auto_scaling_groups").paginate(
            Filters=[{"Name": "tag-value", "Values": [cluster]}], PaginationConfig={"PageSize": 100}
        )
        with translated():
            return [_group(item) for page in pages for item in page["AutoScalingGroups"]]

    def hooks(self, group_name: str) -> Sequence[Hook]:
        """The group's lifecycle hooks, other people's too."""
        with translated():
            answer = self._client.describe_lifecycle_hooks(AutoScalingGroupName=group_name)
        return [
            Hook(
                item["LifecycleHookName"],
                item["LifecycleTransition"],
                item["HeartbeatTimeout"],
                item["DefaultResult"],
                item.get("NotificationTargetARN", ""),
            )
            for item in answer["LifecycleHooks"]
        ]

    def put_hook(self, group_name: str, hook: Hook) -> None:
        with translated():
            self._client.put_lifecycle_hook(
                AutoScalingGroupName=group_name,
                LifecycleHookName=hook.name,
                LifecycleTransition=hook.transition,
                HeartbeatTimeout=hook.heartbeat_seconds,
                DefaultResult=hook.default_result,
                # Empty takes a target off that somebody gave to our hook.
                NotificationTargetARN=hook.notification_target,
            )

    def delete_hook(self, group_name: str, name: str) -> None:
        with translated():
            self._client.delete_lifecycle_hook(AutoScalingGroupName=group_name, LifecycleHookName=name)


def _while_active(call: Callable[[], object]) -> bool:
    """False where there is no lifecycle action for the call any more."""
    with translated():
        try:
            call()
        except ClientError as error:
            if no_active_action(error):
                return False
            raise
    return True


def _group(item: Any) -> Group:
    instances, mixed = item.get("Instances", ()), item.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    overrides = [each["InstanceType"] for each in mixed.get("Overrides", ()) if "InstanceType" in each]
    template = item.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    return Group(
        item["AutoScalingGroupName"],
        {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ()) if tag["PropagateAtLaunch"]},
        tuple(each["InstanceId"] for each in instances if each["LifecycleState"] in _WAITING),
        frozenset(overrides),
        (template["LaunchTemplateId"], template.get("Version", "$Default")) if template else None,
    )
