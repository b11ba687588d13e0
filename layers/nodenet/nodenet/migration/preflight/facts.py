"""What later steps read of a preflight: plain JSON, in the part `preflight` of the run's record."""

from typing import Any

from nodenet.migration.preflight.case import Case, Group
from nodenet.migration.preflight.needs import Needs
from nodenet.migration.preflight.sizes import Sizes


def facts(case: Case, sizes: Sizes, needs: Needs) -> dict[str, Any]:
    """`vpc`; `zones` of the groups; `managedAddon`: whether EKS manages the VPC CNI; `groups`, each with its `name`,
    `kind` ("managed" or "self-managed"), `autoScalingGroups`, `zones`, `subnets`, `nodes`, `instanceTypes` (the usual
    first) and `networks` (nodenet's extra ones); `waves`: whether the new groups grow by waves; `maxPods` and
    `newSizes` by group.
    """
    return {
        "vpc": case.seen.running.cluster.vpc_id,
        "zones": list(case.zones),
        "managedAddon": case.seen.addon is not None,
        "groups": [_group(each) for each in case.groups],
        "waves": needs.waves,
        "maxPods": {name: size.max_pods for name, size in sizes.by_group.items()},
        "newSizes": {name: size.nodes for name, size in sizes.by_group.items()},
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "kind": group.kind,
        "autoScalingGroups": [each.name for each in group.scaling],
        "zones": list(group.zones),
        "subnets": list(group.subnets),
        "nodes": len(group.nodes),
        "instanceTypes": list(group.instance_types),
        "networks": list(group.networks),
    }
