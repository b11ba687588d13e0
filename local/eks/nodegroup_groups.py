"""The Auto Scaling group that EKS makes and runs for a managed node group.

User guide, "Simplify node lifecycle with managed node groups".
"""

from math import ceil
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core.exceptions import ServiceException
from moto.eks.models import eks_backends

from local.autoscaling import refresh
from local.autoscaling.hooks import LAUNCHING, TERMINATING
from local.eks.nodegroup_template import tags, template_data
from local.eks.timing import timing
from local.world import world

LAUNCH_HOOK, TERMINATE_HOOK = "Launch-LC-Hook", "Terminate-LC-Hook"
HOOK_HEARTBEAT = 1800
HEALTH_GRACE = 15


def scaling(backend: Any) -> Any:
    """The Auto Scaling service beside an EKS backend."""
    return autoscaling_backends[backend.account_id][backend.region_name]


def group_of(backend: Any, nodegroup: Any) -> Any | None:
    return scaling(backend).autoscaling_groups.get(nodegroup.resources["autoScalingGroups"][0]["name"])


def subnets_exist(backend: Any, nodegroup: Any) -> bool:
    try:
        for subnet in nodegroup.subnets:
            backend.ec2.get_subnet(subnet)
    except ServiceException:
        return False
    return bool(nodegroup.subnets)


def create(backend: Any, cluster: Any, nodegroup: Any) -> Any:
    """Makes the launch template and the group; its first instances start here, held by EKS's own hooks only."""
    name = nodegroup.resources["autoScalingGroups"][0]["name"]
    template = backend.ec2.create_launch_template(name, "", template_data(backend, cluster, nodegroup), {})
    sizes = nodegroup.scaling_config
    group = scaling(backend).create_auto_scaling_group(
        name=name,
        availability_zones=[],
        vpc_zone_identifier=",".join(nodegroup.subnets),
        min_size=sizes["minSize"],
        max_size=sizes["maxSize"],
        desired_capacity=sizes["desiredSize"],
        default_cooldown=300,
        health_check_period=HEALTH_GRACE,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        tags=[{"Key": k, "Value": v, "PropagateAtLaunch": True} for k, v in tags(cluster.name, nodegroup).items()],
        capacity_rebalance=nodegroup.capacity_type == "SPOT",
        mixed_instances_policy=_policy(nodegroup, template, "1"),
        lifecycle_hooks=_hooks(backend),
        launch_config_name=None,
        launch_template={},
    )
    set_warm_pool(backend, nodegroup)
    return group


def roll(backend: Any, cluster: Any, nodegroup: Any) -> None:
    """A new version of EKS's template, and the instances replaced, new ones first (user guide, update phases)."""
    group = group_of(backend, nodegroup)
    if group is None:
        return
    template = backend.ec2.get_launch_template_by_name(group.name)
    version = template.create_version(template_data(backend, cluster, nodegroup), "")
    group.use(mixed_instances_policy=_policy(nodegroup, template, str(version.number)))
    desired = max(group.desired_capacity, 1)
    config = nodegroup.update_config or {}
    share = config.get("maxUnavailablePercentage") or 100 * int(config.get("maxUnavailable") or 1) / desired
    preferences = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": min(100 + max(ceil(share), 1), 200)}
    preferences["MaxHealthyPercentage"] = max(preferences["MaxHealthyPercentage"], 100 + ceil(100 / desired))
    refresh.start(group, {"Preferences": preferences})


def resize(backend: Any, nodegroup: Any) -> None:
    if group := group_of(backend, nodegroup):
        sizes = nodegroup.scaling_config
        group.min_size, group.max_size = sizes["minSize"], sizes["maxSize"]
        group.set_desired_capacity(sizes["desiredSize"])


def set_warm_pool(backend: Any, nodegroup: Any) -> None:
    """Makes, changes or removes the group's warm pool as warmPoolConfig says (service model, WarmPoolConfig)."""
    config, group = getattr(nodegroup, "warm_pool_config", None), group_of(backend, nodegroup)
    if group is None or config is None:
        return
    if config.get("enabled"):
        scaling(backend).put_warm_pool(
            group.name,
            max_group_prepared_capacity=config.get("maxGroupPreparedCapacity"),
            min_size=config.get("minSize"),
            pool_state={"STOPPED": "Stopped", "RUNNING": "Running", "HIBERNATED": "Hibernated"}.get(
                config.get("poolState") or "STOPPED"
            ),
            instance_reuse_policy={"ReuseOnScaleIn": bool(config.get("reuseOnScaleIn"))},
        )
    elif group.warm_pool:
        scaling(backend).delete_warm_pool(group.name)


def complete_own_action(group: Any, action: Any) -> None:
    """EKS completes the actions of its own hooks: a node has joined, or is drained."""
    if action.hook.lifecycle_hook_name not in (LAUNCH_HOOK, TERMINATE_HOOK):
        return

    def complete() -> None:
        # Anybody may name and tag a group as EKS does: its own are those behind a node group.
        if _is_own(group) and (member := group.member(action.instance_id)):
            wait = member.wait
            if wait and action in wait.actions:
                wait.complete(action, "CONTINUE")

    world.later(timing.join, complete)


def _is_own(group: Any) -> bool:
    backend = eks_backends[group.account_id][group.region]
    nodegroups = (each for cluster in backend.clusters.values() for each in cluster.nodegroups.values())
    return any(group_of(backend, each) is group for each in nodegroups)


def _policy(nodegroup: Any, template: Any, version: str) -> dict[str, Any]:
    types = nodegroup.instance_types
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": template.id, "Version": version},
            "Overrides": [{"InstanceType": each} for each in types],
        },
        "InstancesDistribution": {
            "OnDemandAllocationStrategy": "prioritized",
            "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 0 if nodegroup.capacity_type == "SPOT" else 100,
            "SpotAllocationStrategy": "price-capacity-optimized",
        },
    }


def _hooks(backend: Any) -> list[dict[str, Any]]:
    topic = f"arn:aws:sns:{backend.region_name}:{backend.account_id}:eks-asg-lifecycle-hook-topic"
    path = "aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup"
    role = f"arn:aws:iam::{backend.account_id}:role/{path}"
    common = {
        "HeartbeatTimeout": HOOK_HEARTBEAT,
        "DefaultResult": "CONTINUE",
        "NotificationTargetARN": topic,
        "RoleARN": role,
    }
    return [
        {"LifecycleHookName": LAUNCH_HOOK, "LifecycleTransition": LAUNCHING, **common},
        {"LifecycleHookName": TERMINATE_HOOK, "LifecycleTransition": TERMINATING, **common},
    ]
