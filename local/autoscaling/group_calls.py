"""The calls that make, change and delete groups."""

from collections import OrderedDict
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeLaunchConfiguration, FakeScalingPolicy
from moto.ec2.exceptions import InvalidInstanceIdError

from local.autoscaling import events, lifecycle, traffic
from local.autoscaling.activities import at
from local.autoscaling.errors import (
    AlreadyExistsError,
    ResourceInUseError,
    ScalingActivityInProgressError,
    ValidationError,
)
from local.autoscaling.group import Group
from local.autoscaling.hooks import LifecycleHook, put_hook


class Groups(OrderedDict[str, Group]):
    """Groups by name; one that does not exist is AWS's ValidationError and not Python's KeyError."""

    def __missing__(self, name: str) -> Group:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")


class LaunchConfigurations(OrderedDict[str, FakeLaunchConfiguration]):
    """Launch configurations by name, likewise."""

    def __missing__(self, name: str) -> FakeLaunchConfiguration:
        raise ValidationError(f"Launch configuration name not found - Launch configuration {name} not found")


class GroupCalls(AutoScalingBackend):
    """moto's backend with groups that take their instances through the lifecycle."""

    autoscaling_groups: Groups

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.autoscaling_groups = Groups()
        self.launch_configurations = LaunchConfigurations()
        self.policies: dict[str, FakeScalingPolicy] = {}

    def create_auto_scaling_group(self, name: str, **given: Any) -> Group:
        """Creates a group and starts its instances; `lifecycle_hooks` are on it before the first one.

        Takes what moto's method takes. Raises AlreadyExists, and ValidationError for sizes that do not fit.
        """
        if name in self.autoscaling_groups:
            raise AlreadyExistsError(
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
            )
        sources = ("launch_config_name", "launch_template", "instance_id", "mixed_instances_policy")
        if sum(1 for source in sources if given.get(source)) != 1:
            raise ValidationError(
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, "
                "InstanceId or MixedInstancesPolicy parameter."
            )
        if instance_id := given.pop("instance_id", None):
            given["launch_config_name"] = self._configuration_of(name, instance_id)
        hooks: dict[str, LifecycleHook] = {}
        for specification in given.pop("lifecycle_hooks", None) or []:
            put_hook(hooks, name, specification)
        for size in ("desired_capacity", "min_size", "max_size", "default_cooldown"):
            given[size] = int(given[size]) if given.get(size) is not None else None
        given["health_check_period"] = int(given.get("health_check_period") or 300)
        traffic.check(self, given.get("target_group_arns") or [])
        given.setdefault("mixed_instances_policy", None)
        given.setdefault("capacity_rebalance", False)
        group = Group(name=name, hooks=hooks, autoscaling_backend=self, ec2_backend=self.ec2_backend, **given)
        group.check_size(group.desired_capacity, group.min_size, group.max_size)
        self.autoscaling_groups[name] = group
        for hook in hooks.values():
            if hook.notification_target_arn:
                events.test_notification(group, hook)
        group.start()
        return group

    def update_auto_scaling_group(self, name: str, **given: Any) -> Group:
        """Changes what is given and keeps the rest; the desired capacity follows new bounds where none is given."""
        if name not in self.autoscaling_groups:
            raise ValidationError("AutoScalingGroup name not found - null")
        group = self.autoscaling_groups[name]
        sources = {
            "launch_configuration": given.pop("launch_config_name", None),
            "launch_template": given.pop("launch_template", None),
            "mixed_instances_policy": given.pop("mixed_instances_policy", None),
        }
        if sum(1 for source in sources.values() if source) > 1:
            raise ValidationError(
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName or MixedInstancesPolicy "
                "parameter."
            )
        zones, subnets = given.pop("availability_zones", None), given.pop("vpc_zone_identifier", None)
        desired = given.pop("desired_capacity", None)
        given = {key: value for key, value in given.items() if value is not None}
        sizes: dict[str, Any] = {"min_size": group.min_size, "max_size": group.max_size} | given
        least, most = int(sizes["min_size"]), int(sizes["max_size"])
        wanted = int(desired) if desired is not None else min(max(group.desired_capacity, least), most)
        group.check_size(wanted, least, most)
        group._set_azs_and_vpcs(zones or [], subnets, update=True)
        group.use(**sources)
        if "health_check_period" in given:
            given["health_check_grace_period"] = given.pop("health_check_period")
        for key, value in given.items():
            setattr(group, key, value)
        group.set_desired_capacity(wanted)
        return group

    def delete_auto_scaling_group(self, group_name: str, force: bool = True) -> None:
        """Deletes a group; `force` ends its instances without hooks.

        Without it ResourceInUse while there are instances, ScalingActivityInProgress while all of them are on their
        way (API reference, DeleteAutoScalingGroup).
        """
        if group_name not in self.autoscaling_groups:
            raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{group_name}' not found")
        group = self.autoscaling_groups[group_name]
        members = [*group.instance_states, *group.warm_members]
        if members and not force:
            if all(member.transition is not None for member in members):
                raise ScalingActivityInProgressError(
                    "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that "
                    "group."
                )
            raise ResourceInUseError(
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group."
            )
        group.started = False
        group.desired_capacity = group.min_size = 0
        cause = at("a user request force deleted the Auto Scaling group.")
        for member in members:
            if member.wait:
                member.wait.cancel()
                member.wait, member.transition = None, None
            lifecycle.terminate(group, member, cause, hooked=False)
        self.autoscaling_groups.pop(group_name)
        self.policies = {k: p for k, p in self.policies.items() if p.auto_scaling_group_name != group_name}

    def set_desired_capacity(self, group_name: str, desired_capacity: int | None) -> None:
        """Raises ValidationError outside the group's bounds (API reference, SetDesiredCapacity)."""
        if group_name not in self.autoscaling_groups:
            raise ValidationError("AutoScalingGroup name not found - null")
        group = self.autoscaling_groups[group_name]
        if desired_capacity is not None and desired_capacity > group.max_size:
            bound = f"above max value {group.max_size}"
        elif desired_capacity is not None and desired_capacity < group.min_size:
            bound = f"below min value {group.min_size}"
        else:
            group.set_desired_capacity(desired_capacity)
            return
        raise ValidationError(f"New SetDesiredCapacity value {desired_capacity} is {bound} for the AutoScalingGroup.")

    def _configuration_of(self, name: str, instance_id: str) -> str:
        """A launch configuration like an instance (API reference, CreateAutoScalingGroup, InstanceId)."""
        try:
            instance = self.ec2_backend.get_instance(instance_id)
        except InvalidInstanceIdError:
            raise ValidationError(f"Instance [{instance_id}] is invalid.")
        FakeLaunchConfiguration.create_from_instance(name, instance, self)
        return name
