"""Auto Scaling groups in full, as a preflight sees them."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from nodenet.aws.errors import translated
from nodenet.migration.preflight.ports import GroupDetails
from nodenet.migration.preflight.seen_aws import ScalingGroup

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

_UNDER_WAY: Final = ("Pending", "InProgress", "Baking", "RollbackInProgress", "Cancelling")
"""States of an instance refresh that has not ended (DescribeInstanceRefreshes, Auto Scaling API Reference)."""


class GroupsSurvey:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "AutoScalingClient") -> None:
        self._client = client

    def scaling_groups(self, cluster: str, names: Collection[str]) -> Mapping[str, ScalingGroup]:
        """Those that are the cluster's by a tag, and those of these names, by name. EKS tags its own with
        eks:cluster-name; kubernetes.io/cluster/<name> is on those whose owner followed "Launch self-managed Amazon
        Linux nodes" (EKS User Guide)."""
        asked: list[dict[str, Any]] = [
            {"Filters": [{"Name": "tag:eks:cluster-name", "Values": [cluster]}]},
            {"Filters": [{"Name": "tag-key", "Values": [f"kubernetes.io/cluster/{cluster}"]}]},
        ]
        if names:
            asked.append({"AutoScalingGroupNames": sorted(names)})
        return {item["AutoScalingGroupName"]: _group(item) for each in asked for item in self._described(each)}

    def details(self, name: str) -> GroupDetails:
        """What is asked of each group by its name."""
        with translated():
            hooks = self._client.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
            refreshes = self._client.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
            policies = self._client.get_paginator("describe_policies").paginate(AutoScalingGroupName=name)
            actions = self._client.get_paginator("describe_scheduled_actions").paginate(AutoScalingGroupName=name)
            return GroupDetails(
                policies=tuple(each["PolicyName"] for page in policies for each in page["ScalingPolicies"]),
                schedules=tuple(
                    each["ScheduledActionName"] for page in actions for each in page["ScheduledUpdateGroupActions"]
                ),
                hooks=tuple(each["LifecycleHookName"] for each in hooks),
                refreshing=any(each.get("Status") in _UNDER_WAY for each in refreshes),
            )

    def _described(self, asked: Mapping[str, Any]) -> Iterator[Any]:
        with translated():
            for page in self._client.get_paginator("describe_auto_scaling_groups").paginate(**asked):
                yield from page["AutoScalingGroups"]


def _group(item: Any) -> ScalingGroup:
    instances, mixed = item.get("Instances", ()), item.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    template = item.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    overrides = [each["InstanceType"] for each in mixed.get("Overrides", ()) if "InstanceType" in each]
    running = [each["InstanceType"] for each in instances if each.get("InstanceType")]
    return ScalingGroup(
        name=item["AutoScalingGroupName"],
        subnets=tuple(filter(None, (each.strip() for each in item.get("VPCZoneIdentifier", "").split(",")))),
        instances={each["InstanceId"]: each["LifecycleState"] for each in instances},
        instance_types=tuple(dict.fromkeys([*overrides, *running])),
        minimum=item.get("MinSize", 0),
        maximum=item.get("MaxSize", 0),
        desired=item.get("DesiredCapacity", 0),
        template=(template.get("LaunchTemplateId", ""), template.get("Version", "$Default")) if template else None,
        configuration=item.get("LaunchConfigurationName", ""),
        mixed=bool(mixed),
        protected=tuple(each["InstanceId"] for each in instances if each.get("ProtectedFromScaleIn")),
        suspended=tuple(each["ProcessName"] for each in item.get("SuspendedProcesses", ())),
        target_groups=tuple(item.get("TargetGroupARNs", ())),
        classic_load_balancers=tuple(item.get("LoadBalancerNames", ())),
        warm_pool=bool(item.get("WarmPoolConfiguration")),
        tags={tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ())},
    )
