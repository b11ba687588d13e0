"""What an Auto Scaling group of EKS gets from the old group's before its first node: whatever people put on that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodenet.migration.groups.ports import ScalingGroups
from nodenet.migration.groups.wish import Shape
from nodenet.migration.run import Run

_OF_EKS: Final = ("aws:", "eks:", "k8s.io/cluster-autoscaler/", "kubernetes.io/cluster/")
"""Prefixes of tags that EKS gives its groups itself."""

_HOOKS_OF_EKS: Final = ("Launch-LC-Hook", "Terminate-LC-Hook")
_QUIET: Final = "AZRebalance"


@dataclass(frozen=True, slots=True)
class Furnishing:
    """`tags`, `hooks`, `traffic` that the new group does not have yet."""

    tags: Sequence[Shape]
    hooks: Sequence[Shape]
    traffic: Sequence[Shape]


def of_eks(old: Shape, old_hooks: Sequence[Shape], new: Shape, new_hooks: Sequence[Shape]) -> Furnishing:
    """What is to be put on the Auto Scaling group that EKS made. Pure."""
    name = new["AutoScalingGroupName"]
    there = {(each["Key"], each.get("Value", "")) for each in new.get("Tags") or ()}
    tags = [
        {**_tag(each), "ResourceId": name, "ResourceType": "auto-scaling-group"}
        for each in old.get("Tags") or ()
        if not each["Key"].startswith(_OF_EKS) and (each["Key"], each.get("Value", "")) not in there
    ]
    known = {each["LifecycleHookName"] for each in new_hooks}
    hooks = [
        {**{key: value for key, value in each.items() if key != "GlobalTimeout"}, "AutoScalingGroupName": name}
        for each in old_hooks
        if each["LifecycleHookName"] not in _HOOKS_OF_EKS and each["LifecycleHookName"] not in known
    ]
    attached = {each["Identifier"] for each in traffic(new)}
    return Furnishing(tags, hooks, [each for each in traffic(old) if each["Identifier"] not in attached])


def furnish(groups: ScalingGroups, old: Shape, new: Shape) -> None:
    """Looks, and puts on what is missing; the group is still empty."""
    name = new["AutoScalingGroupName"]
    missing = of_eks(old, groups.hooks(old["AutoScalingGroupName"]), new, groups.hooks(name))
    if missing.tags:
        groups.tag(missing.tags)
    for hook in missing.hooks:
        groups.put_hook(hook)
    if missing.traffic:
        groups.attach(name, missing.traffic)


def set_alike(groups: ScalingGroups, run: Run, old: Shape, new: Shape) -> None:
    """Suspended processes and metrics, of either kind of group."""
    name = new["AutoScalingGroupName"]
    ours = {_QUIET} if old["AutoScalingGroupName"] in run.notes("quiet").get("rebalancing", ()) else set()
    if suspend := sorted(_processes(old) - _processes(new) - ours):
        groups.suspend_all(name, suspend)
    if collect := sorted(_metrics(old) - _metrics(new)):
        groups.collect(name, collect)


def traffic(group: Shape) -> list[dict[str, str]]:
    """Load balancers and target groups, as traffic sources (AttachTrafficSources, Auto Scaling API Reference)."""
    found = {each["Identifier"]: each.get("Type", "") for each in group.get("TrafficSources") or ()}
    found |= dict.fromkeys(group.get("TargetGroupARNs") or (), "elbv2")
    found |= dict.fromkeys(group.get("LoadBalancerNames") or (), "elb")
    return [{"Identifier": each, **({"Type": kind} if kind else {})} for each, kind in found.items()]


def _tag(given: Mapping[str, Any]) -> dict[str, Any]:
    propagate = bool(given.get("PropagateAtLaunch"))
    return {"Key": given["Key"], "Value": given.get("Value", ""), "PropagateAtLaunch": propagate}


def _processes(group: Shape) -> set[str]:
    return {each["ProcessName"] for each in group.get("SuspendedProcesses") or ()}


def _metrics(group: Shape) -> set[str]:
    return {each["Metric"] for each in group.get("EnabledMetrics") or ()}
