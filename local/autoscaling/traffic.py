"""Groups and their load balancers' target groups.

Sources: user guide, "Attach an Elastic Load Balancing target group": instances are registered once they are in
service and deregistered when they leave it; "Suspend and resume processes": what comes into service while
AddToLoadBalancer is suspended is not registered later; API reference, AttachTrafficSources, DescribeTrafficSources.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from local.autoscaling.errors import ValidationError

BY_ARN = ("elbv2", "vpc-lattice")


def check(backend: Any, arns: Iterable[str]) -> None:
    """ValidationError, in AWS's words, for a target group that is not there."""
    known = loads(backend).target_groups
    if any(arn not in known for arn in arns):
        raise ValidationError("Provided Target Groups may not be valid. Please ensure they exist and try again.")


def balance(backend: Any, group: Any) -> None:
    """Registers what has come into service since the last time, and deregisters what has left it."""
    present = {member.instance_id for member in group.active_instances()}
    if group.suspended("AddToLoadBalancer"):
        group.unbalanced |= present - group.balanced
    group.unbalanced &= present
    wanted = present - group.unbalanced
    for arn in group.target_group_arns:
        if target_group := loads(backend).target_groups.get(arn):
            target_group.register(_targets(wanted - group.balanced))
            target_group.deregister(_targets(group.balanced - wanted))
    group.balanced = wanted


def attach(backend: Any, group: Any, arns: Iterable[str]) -> None:
    """Target groups get all that is in service; ValidationError for those that are not there."""
    new = [arn for arn in dict.fromkeys(arns) if arn not in group.target_group_arns]
    check(backend, new)
    group.target_group_arns = [*group.target_group_arns, *new]
    for arn in new:
        loads(backend).target_groups[arn].register(_targets(group.balanced))


def detach(backend: Any, group: Any, arns: Iterable[str]) -> None:
    """ValidationError for a target group that is not attached."""
    gone = set(arns)
    if not gone <= set(group.target_group_arns):
        raise ValidationError("Trying to remove Target Groups that are not part of the group")
    group.target_group_arns = [arn for arn in group.target_group_arns if arn not in gone]
    for arn in gone:
        if target_group := loads(backend).target_groups.get(arn):
            target_group.deregister(_targets(group.balanced))


def sources(group: Any) -> list[dict[str, str]]:
    """The group's TrafficSources, those that were attached by the older calls among them."""
    return [
        *({"Identifier": arn, "Type": "elbv2"} for arn in group.target_group_arns),
        *({"Identifier": name, "Type": "elb"} for name in group.load_balancer_names),
        *({"Identifier": arn, "Type": "vpc-lattice"} for arn in group.lattice_arns),
    ]


def state(backend: Any, group: Any, arn: str) -> str:
    """InService once an instance has passed a check of the group's own ELB health checks (API reference,
    TrafficSourceState)."""
    target_group = loads(backend).target_groups.get(arn)
    if target_group is None or "ELB" not in group.health_check_type:
        return "Added"
    states = {one["TargetHealth"]["State"] for one in target_group.health_of([])}
    return "InService" if "healthy" in states else "Added"


def split(given: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """{type: identifiers} of a request's traffic sources; ValidationError for a type there is not.

    An identifier without a type is a target group's ARN.
    """
    found: dict[str, list[str]] = {"elb": [], "elbv2": [], "vpc-lattice": []}
    for one in given:
        kind = one.get("Type") or ("vpc-lattice" if ":vpc-lattice:" in one["Identifier"] else "elbv2")
        if kind not in found:
            raise ValidationError(f"Invalid traffic source type {kind}")
        found[kind].append(one["Identifier"])
    return found


def loads(backend: Any) -> Any:
    """Elastic Load Balancing beside an Auto Scaling backend."""
    return elbv2_backends[backend.account_id][backend.region_name]


def _targets(instance_ids: Iterable[str]) -> list[dict[str, Any]]:
    return [{"Id": one} for one in sorted(instance_ids)]
