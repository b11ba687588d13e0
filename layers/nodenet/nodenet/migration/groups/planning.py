"""How large a new group is, where its nodes are, and what its kubelets must be told."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nodenet import limits
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.max_pods import eks_max_pods
from nodenet.migration.groups.records import fact, facts
from nodenet.migration.request import Mode
from nodenet.migration.run import Run


def planned_max_pods(run: Run, old: str) -> int:
    """What nodes of the new group are to take; 0 where that stays as the group has it."""
    if run.request.mode is not Mode.CUSTOM_NETWORKING:
        return 0
    return int(facts(run).get("maxPods", {}).get(old, 0))


def told_max_pods(run: Run, old: str, *, own_image: bool, environment: Mapping[str, str]) -> int | None:
    """What nodes must be told; None where nobody need tell them.

    A managed group whose AMI is EKS's is told by EKS, which knows how the VPC CNI is set (`environment`, that of
    aws-node) but nothing of other interfaces and of a trunk: there it is told only where EKS's figure is another.
    """
    planned = planned_max_pods(run, old)
    if not planned:
        return None
    if own_image:
        return planned
    found = fact(run, old)
    return None if not found.get("networks") and _by_eks(found["instanceTypes"], environment) == planned else planned


def node_subnets(run: Run, old: str) -> tuple[str, ...]:
    """The request's node subnets in the old group's zones, by id; empty where it has none, and the old ones stay."""
    zones = set(fact(run, old)["zones"])
    made = run.notes("extend_vpc").get("nodeSubnets", ())
    return tuple(each["id"] for each in made if each["zone"] in zones) if run.request.node_subnets else ()


def first_sizes(wanted: Mapping[str, int], free: Mapping[str, Mapping[str, tuple[str, int]]]) -> dict[str, int]:
    """How many of each group's nodes there is room for now, where groups grow by waves: each takes an address for
    itself. Groups take turns, each in the zone where it has fewest, as Auto Scaling deals nodes. `free`: of each group,
    zone and free addresses by subnet; groups may share subnets."""
    left = {subnet: addresses for subnets in free.values() for subnet, (_, addresses) in subnets.items()}
    taken: Counter[tuple[str, str]] = Counter()
    sizes = dict.fromkeys(wanted, 0)
    turns = [group for group in wanted if wanted[group]]
    while turns:
        for group in list(turns):
            roomy = [(taken[group, zone], -left[subnet], subnet, zone) for subnet, (zone, _) in free[group].items()]
            roomy = [each for each in roomy if each[1] < 0]
            if roomy:
                *_, subnet, zone = min(roomy)
                left[subnet] -= 1
                taken[group, zone] += 1
                sizes[group] += 1
            if not roomy or sizes[group] == wanted[group]:
                turns.remove(group)
    return sizes


def _by_eks(types: Any, environment: Mapping[str, str]) -> int | None:
    """What EKS tells a group of these types: the least of them. None where that cannot be said."""
    settings, found = CniSettings.of(environment), []
    for each in types:
        known = limits.shipped(each)
        figure = eks_max_pods(known, settings) if known else None
        if figure is None:
            return None
        found.append(figure)
    return min(found, default=None)
