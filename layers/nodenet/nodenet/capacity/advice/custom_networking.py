"""Custom networking: pods get subnets of their own, and the nodes' subnets keep one address for each node.

The primary interface carries no pods then, which costs each node the pods of one interface ("Deploy Pods in
alternate subnets with custom networking", EKS User Guide).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nodenet.capacity.advice.case import Case, Found, sample, set_to
from nodenet.capacity.advice.wording import counted, effect, listed, told
from nodenet.capacity.fleet import Fleet, Subnet
from nodenet.capacity.plan import Advice
from nodenet.capacity.pod_cidr import Need, placed, smallest_cidr
from nodenet.capacity.shape import PREFIX_ADDRESSES

SETTINGS: Final = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
    "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
}
"""The switch, and ENIConfigs found by the node's zone."""

BLOCKS_OF_A_VPC: Final = 5
"""IPv4 CIDR blocks, the primary one included ("Amazon VPC quotas"); can be raised to 50."""

UNITS_OF_A_VPC: Final = 64_000
"""Network address units: one for each address or prefix of an interface ("Network Address Usage for your VPC", VPC User
Guide); can be raised to 256,000."""

AMPLE: Final = 8
"""Prefix length of subnets that no fleet fills, for a what-if that asks how much is taken."""


def custom_networking(case: Case) -> Iterator[Found]:
    """Where subnets of nodes have less than the headroom left: what custom networking frees there and costs in pods per
    node, and the smallest CIDR blocks for the pods. Where it is on, or is what a migration goes to: the blocks alone,
    if the ENIConfigs' subnets have less than the headroom left."""
    zones, typical = _zones(case), next(iter(sample(case.placement.nodes, 1)), None)
    if configured := _configured(case):
        roomy = Case.of(_with_room(case.fleet, zones))
        if configured & case.tight and not roomy.worse_than(case):
            yield from _pod_cidr(roomy, zones, 0)
        return
    if not typical or not case.tight & {name for group in case.fleet.groups for name in group.subnets}:
        return
    after = _tried(case, zones)
    saved = after.fewer_than(case)
    freed = sum(use.taken - after.uses[use.name].taken for use in case.placement.subnets)
    if after.worse_than(case) or freed <= 0:
        return
    then = after.same_kind(typical)
    parts = [
        f"Frees {counted(freed, 'address')} of today's subnets: custom networking, once its ENIConfigs are there",
        "It takes hold on nodes that start from then on",
        f"{effect(saved)} in all",
    ]
    if changed := _changed(case, after):
        parts.append(f"Pods that a node takes change: {listed(changed)}")
    settings = SETTINGS
    if after.fleet.cni.prefix_delegation and not case.fleet.cni.prefix_delegation:
        parts.append("Prefixes come with it, as nodes would have too few addresses for their pods without")
        warm = str(after.fleet.cni.warm_prefix_target)
        settings = {**SETTINGS, "ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": warm}
    cost = (case.calls(typical, case.fleet.cni).total(), after.calls(then, after.fleet.cni).total())
    # Nodes that start without an ENIConfig get no addresses for pods, so the subnets come first.
    yield from _pod_cidr(after, zones, freed)
    yield Found(Advice("custom networking", told(*parts), saved, cost, settings), after, freed)


def _configured(case: Case) -> set[str]:
    """Subnets of the ENIConfigs in force or to come."""
    now, target = case.fleet, case.fleet.target
    configs = [now.eni_configs] if now.cni.custom_networking else []
    configs += [target.eni_configs] if target and target.cni.custom_networking else []
    return {name for each in configs for names in each.values() for name in names}


def _zones(case: Case) -> dict[str, tuple[str, ...]]:
    """For each zone that has nodes the name of a subnet to come."""
    zones = sorted({case.subnets[name].zone for group in case.fleet.groups for name in group.subnets})
    return {zone: (f"pods of {zone}",) for zone in zones}


def _tried(case: Case, zones: Mapping[str, tuple[str, ...]]) -> Case:
    """With custom networking; and with prefixes too, if nodes have too few addresses for their pods without."""
    fleet = _with_room(case.fleet, zones)
    after = Case.of(set_to(fleet, custom_networking=True))
    if after.worse_than(case) and not fleet.cni.prefix_delegation:
        warm = fleet.cni.warm_prefix_target or 1
        return Case.of(set_to(fleet, custom_networking=True, prefix_delegation=True, warm_prefix_target=warm))
    return after


def _with_room(fleet: Fleet, zones: Mapping[str, tuple[str, ...]]) -> Fleet:
    """The fleet with ENIConfigs of ample subnets."""
    ample = tuple(Subnet(name, zone, AMPLE) for zone, names in zones.items() for name in names)
    target = fleet.target and replace(fleet.target, eni_configs=zones)
    return replace(fleet, subnets=fleet.subnets + ample, eni_configs=zones, target=target)


def _changed(case: Case, after: Case) -> list[str]:
    return sorted(
        {
            f"{use.instance_type} from {case.room(use)} to {then}"
            for use in case.placement.nodes
            if (then := after.room(after.same_kind(use))) != case.room(use)
        }
    )


def _pod_cidr(case: Case, zones: Mapping[str, tuple[str, ...]], worth: int) -> Iterator[Found]:
    wanted = smallest_cidr({zone: _need(case, names) for zone, names in zones.items()}, case.fleet.headroom)
    known = [subnet.cidr for subnet in case.fleet.subnets if subnet.cidr]
    found = placed(wanted, case.fleet.vpc, known)
    if not wanted.blocks:
        return
    subnets: Mapping[str, Sequence[object]] = found.subnets if found else _lengths(wanted.subnets)
    blocks: Sequence[object] = found.blocks if found else [f"/{length}" for length in wanted.blocks]
    by_zone = listed([f"{listed(list(map(str, each)))} in {zone}" for zone, each in subnets.items()], most=6)
    parts = [
        f"The smallest subnets for the pods, with {case.fleet.headroom:.0%} of each free: {by_zone}",
        f"Add {listed(list(map(str, blocks)))} to the VPC, and an ENIConfig for each subnet, {_named(subnets)}",
    ]
    if found:
        parts.append("Choose others if you route to these already")
    else:
        parts.append("Nothing so large is free in the ranges that the VPC may take: free one, or take a VPC of its own")
    if (number := max(len(case.fleet.vpc), 1) + len(blocks)) > BLOCKS_OF_A_VPC:
        parts.append(f"The VPC then has {number} blocks: have its quota of {BLOCKS_OF_A_VPC} raised")
    if (units := _units(case)) > UNITS_OF_A_VPC:
        parts.append(f"It then counts {units:,} network address units: have its quota of {UNITS_OF_A_VPC:,} raised")
    yield Found(Advice("pod CIDR", told(*parts)), case, worth)


def _named(subnets: Mapping[str, Sequence[object]]) -> str:
    return "which its nodes name by a label" if any(len(each) > 1 for each in subnets.values()) else "named as its zone"


def _units(case: Case) -> int:
    return sum(use.taken - (PREFIX_ADDRESSES - 1) * use.blocks.wanted for use in case.placement.subnets)


def _lengths(subnets: Mapping[str, tuple[int, ...]]) -> dict[str, list[str]]:
    return {zone: [f"/{length}" for length in lengths] for zone, lengths in subnets.items()}


def _need(case: Case, names: tuple[str, ...]) -> Need:
    uses = [case.uses[name] for name in names]
    prefixes = sum(use.blocks.wanted for use in uses)
    return Need(sum(use.taken - use.used for use in uses) - PREFIX_ADDRESSES * prefixes, prefixes)
