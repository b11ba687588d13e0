"""The Auto Scaling API: what moto's responses do not know, or answer otherwise than AWS."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from local.autoscaling import refresh, traffic
from local.autoscaling.errors import InvalidNextTokenError, ValidationError
from local.autoscaling.settings_responses import SettingsResponse

# What updating a group may change beside sizes, zones and launch source; service model, UpdateAutoScalingGroupType.
SETTINGS = {
    "DefaultCooldown": "default_cooldown",
    "HealthCheckGracePeriod": "health_check_period",
    "HealthCheckType": "health_check_type",
    "PlacementGroup": "placement_group",
    "TerminationPolicies": "termination_policies",
    "NewInstancesProtectedFromScaleIn": "new_instances_protected_from_scale_in",
    "CapacityRebalance": "capacity_rebalance",
    "MinSize": "min_size",
    "MaxSize": "max_size",
}
FLAGS = ("new_instances_protected_from_scale_in", "capacity_rebalance")
# Kept and answered as given, without an effect here.
KEPT = {
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "Context": "context",
    "DesiredCapacityType": "desired_capacity_type",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "AvailabilityZoneDistribution": "availability_zone_distribution",
    "AvailabilityZoneImpairmentPolicy": "availability_zone_impairment_policy",
    "CapacityReservationSpecification": "capacity_reservation_specification",
    "DeletionProtection": "deletion_protection",
    "InstanceLifecyclePolicy": "instance_lifecycle_policy",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
}


class LocalAutoScalingResponse(SettingsResponse):
    """Each method is an action of the API, under the name that moto derives from it."""

    def create_auto_scaling_group(self) -> ActionResult:
        params = self._get_params()
        settings = {field: params.get(key) for key, field in SETTINGS.items()}
        sources = traffic.split(params.get("TrafficSources", []))
        group = self.autoscaling_backend.create_auto_scaling_group(
            name=params["AutoScalingGroupName"],
            availability_zones=params.get("AvailabilityZones", []),
            desired_capacity=params.get("DesiredCapacity"),
            instance_id=params.get("InstanceId"),
            launch_config_name=params.get("LaunchConfigurationName"),
            launch_template=params.get("LaunchTemplate", {}),
            mixed_instances_policy=params.get("MixedInstancesPolicy"),
            vpc_zone_identifier=params.get("VPCZoneIdentifier"),
            load_balancers=[*params.get("LoadBalancerNames", []), *sources["elb"]],
            target_group_arns=[*params.get("TargetGroupARNs", []), *sources["elbv2"]],
            tags=params.get("Tags", []),
            lifecycle_hooks=params.get("LifecycleHookSpecificationList", []),
            **settings | {flag: bool(settings[flag]) for flag in FLAGS},
        )
        group.lattice_arns = sources["vpc-lattice"]
        self._keep(group)
        return EmptyResult()

    def update_auto_scaling_group(self) -> ActionResult:
        params = self._get_params()
        group = self.autoscaling_backend.update_auto_scaling_group(
            name=params["AutoScalingGroupName"],
            availability_zones=params.get("AvailabilityZones"),
            desired_capacity=params.get("DesiredCapacity"),
            launch_config_name=params.get("LaunchConfigurationName"),
            launch_template=params.get("LaunchTemplate"),
            mixed_instances_policy=params.get("MixedInstancesPolicy"),
            vpc_zone_identifier=params.get("VPCZoneIdentifier"),
            **{field: params.get(key) for key, field in SETTINGS.items()},
        )
        self._keep(group)
        return EmptyResult()

    def delete_auto_scaling_group(self) -> ActionResult:
        self.autoscaling_backend.delete_auto_scaling_group(
            self._get_param("AutoScalingGroupName"), force=bool(self._get_bool_param("ForceDelete", False))
        )
        return EmptyResult()

    def describe_auto_scaling_groups(self) -> ActionResult:
        groups = self.autoscaling_backend.describe_auto_scaling_groups(
            self._get_param("AutoScalingGroupNames", []), filters=self._get_param("Filters", [])
        )
        return self._page("AutoScalingGroups", groups, lambda group: group.name, most=100)

    def describe_auto_scaling_instances(self) -> ActionResult:
        members = self.autoscaling_backend.describe_auto_scaling_instances(self._get_param("InstanceIds", []))
        return self._page("AutoScalingInstances", members, lambda member: member.instance_id, most=50)

    def describe_scaling_activities(self) -> ActionResult:
        backend, name = self.autoscaling_backend, self._get_param("AutoScalingGroupName")
        groups = [backend.autoscaling_groups[name]] if name else backend.autoscaling_groups.values()
        wanted = self._get_param("ActivityIds", [])
        activities = [a for g in groups for a in g.activities if not wanted or a.activity_id in wanted]
        # The sort is stable: newest first stays inside both halves, and what is in progress comes first.
        activities.sort(key=lambda activity: activity.end_time is not None)
        return self._page("Activities", activities, lambda activity: activity.activity_id, default=100, most=100)

    def describe_tags(self) -> ActionResult:
        tags = self.autoscaling_backend.describe_tags(filters=self._get_param("Filters", []))
        return self._page("Tags", tags, lambda tag: f"{tag['ResourceId']}/{tag['Key']}", most=100)

    def terminate_instance_in_auto_scaling_group(self) -> ActionResult:
        backend, decrement = self.autoscaling_backend, bool(self._get_bool_param("ShouldDecrementDesiredCapacity"))
        if many := self._get_param("InstanceIds", []):
            backend.members_of(self._get_param("AutoScalingGroupName"), many)
            return ActionResult({"Activities": [backend.terminate_instance(each, decrement) for each in many]})
        return ActionResult({"Activity": backend.terminate_instance(self._get_param("InstanceId"), decrement)})

    def set_instance_health(self) -> ActionResult:
        self.autoscaling_backend.set_instance_health(self._get_param("InstanceId"), self._get_param("HealthStatus"))
        return EmptyResult()

    def put_lifecycle_hook(self) -> ActionResult:
        self.autoscaling_backend.put_lifecycle_hook(self._get_params())
        return EmptyResult()

    def complete_lifecycle_action(self) -> ActionResult:
        self.autoscaling_backend.complete_lifecycle_action(self._get_params())
        return EmptyResult()

    def record_lifecycle_action_heartbeat(self) -> ActionResult:
        self.autoscaling_backend.record_lifecycle_action_heartbeat(self._get_params())
        return EmptyResult()

    def describe_warm_pool(self) -> ActionResult:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        page = self._slice(group.warm_members, lambda member: member.instance_id, most=50)
        return ActionResult({"WarmPoolConfiguration": group.warm_pool, "Instances": page[0], "NextToken": page[1]})

    def delete_warm_pool(self) -> ActionResult:
        force = bool(self._get_bool_param("ForceDelete", False))
        self.autoscaling_backend.delete_warm_pool(self._get_param("AutoScalingGroupName"), force=force)
        return EmptyResult()

    def start_instance_refresh(self) -> ActionResult:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        return ActionResult({"InstanceRefreshId": refresh.start(group, self._get_params())})

    def cancel_instance_refresh(self) -> ActionResult:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        return ActionResult({"InstanceRefreshId": refresh.cancel(group)})

    def describe_instance_refreshes(self) -> ActionResult:
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        wanted = self._get_param("InstanceRefreshIds", [])
        runs = [run for run in group.refreshes if not wanted or run.instance_refresh_id in wanted]
        return self._page("InstanceRefreshes", runs, lambda run: run.instance_refresh_id, most=100)

    def describe_lifecycle_hook_types(self) -> ActionResult:
        return ActionResult(
            {"LifecycleHookTypes": ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]}
        )

    def _keep(self, group: Any) -> None:
        for key, field in KEPT.items():
            if (value := self._get_param(key)) is not None:
                setattr(group, field, value)

    def _page(
        self, key: str, items: Sequence[Any], name: Callable[[Any], str], *, most: int, default: int = 50
    ) -> ActionResult:
        page, token = self._slice(items, name, most=most, default=default)
        return ActionResult({key: page, "NextToken": token})

    def _slice(
        self, items: Sequence[Any], name: Callable[[Any], str], *, most: int, default: int = 50
    ) -> tuple[Sequence[Any], str | None]:
        """One page of `items`; its token is the name of its last item. Raises InvalidNextToken, ValidationError."""
        size = self._get_int_param("MaxRecords", default)
        if not 1 <= size <= most:
            raise ValidationError(f"The number of records must be between 1 and {most}")
        start, token = 0, self._get_param("NextToken")
        if token:
            names = [name(item) for item in items]
            if token not in names:
                raise InvalidNextTokenError(f"The token {token} is invalid.")
            start = names.index(token) + 1
        page = items[start : start + size]
        return page, name(page[-1]) if page and start + size < len(items) else None
