"""Scaling policies and scheduled actions: each has its name inside its group.

Sources: API reference, PutScalingPolicy, DeletePolicy, ExecutePolicy (a policy by name and group, or by its ARN),
PutScheduledUpdateGroupAction, DeleteScheduledAction; nothing here scales by itself.
"""

from math import copysign
from typing import Any

from local.autoscaling.errors import ValidationError
from local.autoscaling.traffic_calls import TrafficCalls


class ScheduleCalls(TrafficCalls):
    """moto keeps policies and actions by their names alone, so that two groups cannot have one alike."""

    scheduled_actions: dict[str, Any]

    def put_scaling_policy(self, name: str, *args: Any, as_name: str, **given: Any) -> Any:
        """Creates a policy of a group, or puts another in its place; ValidationError without the group."""
        group = self.autoscaling_groups[as_name]
        policy: Any = super().put_scaling_policy(name, *args, as_name=as_name, **given)
        del self.policies[name]
        policy.enabled = True
        self.policies[f"{group.name}/{name}"] = policy
        return policy

    def policy(self, name: str, group_name: str | None) -> Any:
        """A policy by its ARN, or its name, which needs the group where there is more than one."""
        found = [
            one
            for one in self.policies.values()
            if one.arn == name or (one.name == name and group_name in (None, one.auto_scaling_group_name))
        ]
        if len(found) != 1:
            raise ValidationError(f"No policy found with name {name}")
        return found[0]

    def delete_scaling_policy(self, name: str, group_name: str | None) -> None:
        policy = self.policy(name, group_name)
        del self.policies[f"{policy.auto_scaling_group_name}/{policy.name}"]

    def execute_scaling_policy(self, name: str, group_name: str | None) -> None:
        """Changes the desired capacity by a policy, never beyond the group's bounds.

        Fractions of a percentage go towards zero, but at least by one (user guide, "Step and simple scaling policies").
        """
        policy = self.policy(name, group_name)
        group = self.autoscaling_groups[policy.auto_scaling_group_name]
        change = int(policy.scaling_adjustment or 0)
        if policy.adjustment_type == "ExactCapacity":
            change -= group.desired_capacity
        elif policy.adjustment_type == "PercentChangeInCapacity":
            exact = group.desired_capacity * change / 100
            least = max(int(policy.min_adjustment_magnitude or 1), 1)
            change = 0 if exact == 0 else int(copysign(max(abs(int(exact)), least), exact))
        group.set_desired_capacity(min(max(group.desired_capacity + change, group.min_size), group.max_size))

    def put_scheduled_update_group_action(self, name: str, **given: Any) -> Any:
        group, own = self.autoscaling_groups[name], given["scheduled_action_name"]
        action: Any = super().put_scheduled_update_group_action(name, **given)
        del self.scheduled_actions[own]
        base = group.arn.partition(":autoScalingGroup:")[0]
        action.scheduled_action_arn = (
            f"{base}:scheduledUpdateGroupAction:{group._id}:autoScalingGroupName/{name}:scheduledActionName/{own}"
        )
        self.scheduled_actions[f"{name}/{own}"] = action
        return action

    def delete_scheduled_action(self, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
        if self.scheduled_actions.pop(f"{auto_scaling_group_name}/{scheduled_action_name}", None) is None:
            raise ValidationError(f"Scheduled action name not found - {scheduled_action_name}")

    def delete_auto_scaling_group(self, group_name: str, force: bool = True) -> None:
        """What belongs to a group goes with it."""
        super().delete_auto_scaling_group(group_name, force)
        self.scheduled_actions = {
            key: one for key, one in self.scheduled_actions.items() if one.auto_scaling_group_name != group_name
        }
