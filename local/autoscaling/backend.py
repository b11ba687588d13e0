"""The Auto Scaling service of one account and region: hooks and their actions, on top of groups and instances."""

from collections.abc import Mapping
from typing import Any

from local.autoscaling import events, warm_pool
from local.autoscaling.errors import ValidationError
from local.autoscaling.hooks import ABANDON, CONTINUE, LAUNCHING, LifecycleHook, put_hook
from local.autoscaling.instance_calls import InstanceCalls
from local.autoscaling.waits import LifecycleAction, Wait


class LocalAutoScalingBackend(InstanceCalls):
    """What the responses call."""

    def put_lifecycle_hook(self, request: Mapping[str, Any]) -> LifecycleHook:
        """Creates or updates a hook; transitions that are under way do not see it (user guide, lifecycle hooks)."""
        group = self.autoscaling_groups[request["AutoScalingGroupName"]]
        hook = put_hook(group.hooks, group.name, request)
        if hook.notification_target_arn:
            events.test_notification(group, hook)
        return hook

    def describe_lifecycle_hooks(
        self, as_name: str, lifecycle_hook_names: list[str] | None = None
    ) -> list[LifecycleHook]:
        hooks = self.autoscaling_groups[as_name].hooks.values()
        return [h for h in hooks if not lifecycle_hook_names or h.lifecycle_hook_name in lifecycle_hook_names]

    def delete_lifecycle_hook(self, as_name: str, name: str) -> None:
        """Deletes a hook and completes what waits for it: ABANDON at launch, else CONTINUE (API reference)."""
        group = self.autoscaling_groups[as_name]
        if name not in group.hooks:
            raise ValidationError(f"No Lifecycle Hook found with name {name} for Auto Scaling group {as_name}")
        hook = group.hooks.pop(name)
        result = ABANDON if hook.lifecycle_transition == LAUNCHING else CONTINUE
        for member in [*group.instance_states, *group.warm_members]:
            wait: Wait | None = member.wait
            if wait and (action := wait.find(name, None, member.instance_id)):
                wait.complete(action, result, "Lifecycle Hook was deleted")

    def complete_lifecycle_action(self, request: Mapping[str, Any]) -> None:
        """Ends an action, by its token or by the instance; ValidationError where none is open."""
        result = request["LifecycleActionResult"]
        if result not in (CONTINUE, ABANDON):
            raise ValidationError("LifecycleActionResult must be either CONTINUE or ABANDON")
        wait, action = self._open_action(request)
        wait.complete(action, result, "Lifecycle Action Completed with ABANDON Result")

    def record_lifecycle_action_heartbeat(self, request: Mapping[str, Any]) -> None:
        """Starts an action's heartbeat time-out anew; ValidationError where none is open."""
        wait, action = self._open_action(request)
        wait.beat(action)

    def put_warm_pool(self, group_name: str, **request: Any) -> None:
        names = {
            "max_group_prepared_capacity": "MaxGroupPreparedCapacity",
            "min_size": "MinSize",
            "pool_state": "PoolState",
            "instance_reuse_policy": "InstanceReusePolicy",
        }
        warm_pool.put(self.autoscaling_groups[group_name], {names[key]: value for key, value in request.items()})

    def delete_warm_pool(self, group_name: str, force: bool = False) -> None:
        warm_pool.delete(self.autoscaling_groups[group_name], force=force)

    def _open_action(self, request: Mapping[str, Any]) -> tuple[Wait, LifecycleAction]:
        group = self.autoscaling_groups[request["AutoScalingGroupName"]]
        token, instance_id = request.get("LifecycleActionToken"), request.get("InstanceId")
        if not token and not instance_id:
            raise ValidationError("Either the LifecycleActionToken or the InstanceId must be specified")
        for member in [*group.instance_states, *group.warm_members]:
            wait: Wait | None = member.wait
            if wait and (action := wait.find(request["LifecycleHookName"], token, instance_id)):
                return wait, action
        by = f"token {token}" if token else f"instance ID {instance_id}"
        raise ValidationError(f"No active Lifecycle Action found with {by}")
