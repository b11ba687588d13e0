"""Custom networking: pods get subnets of their own, and the nodes' subnets keep one address for each node.

The primary interface carries no pods then, which costs each node the pods of one interface ("Deploy Pods in
alternate subnets with custom networking", EKS User Guide).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nodenet.capacity.advice.case import Case, Found, room, sample, set_to
from nodenet.capacity.advice.wording import counted, fewer, listed
from nodenet.capacity.fleet import Subnet
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

AMPLE: Final = 8
"""Prefix length of subnets that no fleet fills, for a what-if that asks how much is taken."""


def custom_networking(case: Case) -> Iterator[Found]:
    """Where subnets of nodes have less than the headroom left: what custom networking frees there and costs in pods per
    node, and the smallest CIDR blocks for the pods. Where it is on, or is what a migration goes to: the blocks alone,
    if the ENIConfigs' subnets have less than the headroom left."""
    if configured := _configured(case):
        if any(name in case.tight for names in configured.values() for name in names):
            yield from _pod_cidr(case, configured, 0, 0)
        return
    zones, typical = _zones(case), next(iter(sample(case.placement.nodes, 1)), None)
    if not typical or not case.tight & {name for group in case.fleet.groups for name in group.subnets}:
        return
    after = _tried(case, zones)
    relief, saved = case.missing - after.missing, after.fewer_than(case)
    freed = sum(use.taken - after.uses[use.name].taken for use in case.placement.subnets)
    if after.worse_than(case) or freed <= 0:
        return
    then = after.same_kind(typical)
    parts = [f"Custom networking frees {counted(freed, 'address')} of today's subnets, for new nodes", fewer(saved)]
    if changed := _changed(case, after):
        parts.append(f"pods per node change: {listed(changed)}")
    settings = SETTINGS
    if after.fleet.cni.prefix_delegation and not case.fleet.cni.prefix_delegation:
        parts.append("together with prefixes, without which nodes would have too few addresses for their pods")
        warm = str(after.fleet.cni.warm_prefix_target)
        settings = {**SETTINGS, "ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": warm}
    cost = (case.calls(typical, case.fleet.cni), after.calls(then, after.fleet.cni))
    yield Found(Advice("custom networking", "; ".join(parts), saved, cost, settings), relief, freed)
    yield from _pod_cidr(after, zones, relief, freed)


def _configured(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Subnets of the ENIConfigs in force or to come, by zone."""
    fleet = case.fleet
    found: dict[str, tuple[str, ...]] = dict(fleet.eni_configs) if fleet.cni.custom_networking else {}
    if fleet.target and fleet.target.cni.custom_networking:
        for zone, names in fleet.target.eni_configs.items():
            found[zone] = tuple(dict.fromkeys((*found.get(zone, ()), *names)))
    return found


def _zones(case: Case) -> dict[str, tuple[str, ...]]:
    """For each zone that has nodes the name of a subnet to come."""
    zones = sorted({case.subnets[name].zone for group in case.fleet.groups for name in group.subnets})
    return {zone: (f"pods of {zone}",) for zone in zones}


def _tried(case: Case, zones: Mapping[str, tuple[str, ...]]) -> Case:
    """With custom networking; and with prefixes too, if nodes have too few addresses for their pods without."""
    ample = tuple(Subnet(name, zone, AMPLE) for zone, names in zones.items() for name in names)
    target = case.fleet.target and replace(case.fleet.target, eni_configs=zones)
    fleet = replace(case.fleet, subnets=case.fleet.subnets + ample, eni_configs=zones, target=target)
    after = Case.of(set_to(fleet, custom_networking=True))
    if after.worse_than(case) and not fleet.cni.prefix_delegation:
        warm = fleet.cni.warm_prefix_target or 1
        return Case.of(set_to(fleet, custom_networking=True, prefix_delegation=True, warm_prefix_target=warm))
    return after


def _changed(case: Case, after: Case) -> list[str]:
    return sorted(
        {
            f"{use.instance_type} from {room(use)} to {room(after.same_kind(use))}"
            for use in case.placement.nodes
            if room(after.same_kind(use)) != room(use)
        }
    )


def _pod_cidr(case: Case, zones: Mapping[str, tuple[str, ...]], relief: int, worth: int) -> Iterator[Found]:
    wanted = smallest_cidr({zone: _need(case, names) for zone, names in zones.items()}, case.fleet.headroom)
    known = [subnet.cidr for subnet in case.fleet.subnets if subnet.cidr]
    found = placed(wanted, case.fleet.vpc, known)
    if not wanted.blocks:
        return
    subnets: Mapping[str, Sequence[object]] = found.subnets if found else _lengths(wanted.subnets)
    blocks: Sequence[object] = found.blocks if found else [f"/{length}" for length in wanted.blocks]
    by_zone = listed([f"{listed(list(map(str, each)))} in {zone}" for zone, each in subnets.items()], most=6)
    parts = [
        f"Pods fit, with {case.fleet.headroom:.0%} of each subnet free, in {by_zone}",
        f"the VPC needs {listed(list(map(str, blocks)))}",
    ]
    if max(len(case.fleet.vpc), 1) + len(blocks) > BLOCKS_OF_A_VPC:
        parts.append(f"a VPC has {BLOCKS_OF_A_VPC} blocks unless its quota is raised")
    if found:
        parts.append("choose others if you route to these already")
    yield Found(Advice("pod CIDR", "; ".join(parts)), relief, worth)


def _lengths(subnets: Mapping[str, tuple[int, ...]]) -> dict[str, list[str]]:
    return {zone: [f"/{length}" for length in lengths] for zone, lengths in subnets.items()}


def _need(case: Case, names: tuple[str, ...]) -> Need:
    uses = [case.uses[name] for name in names]
    prefixes = sum(use.blocks.wanted for use in uses)
    return Need(sum(use.taken - use.used for use in uses) - PREFIX_ADDRESSES * prefixes, prefixes)
