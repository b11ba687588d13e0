"""Prefixes of sixteen addresses: more pods on a node, and blocks that a subnet must have free.

For Nitro and bare metal only; others keep single addresses ("Assign more IP addresses to Amazon EKS nodes with
prefixes", EKS User Guide). A prefix is an aligned /28, and comes first from `prefix` reservations of the subnet.
"""

from collections.abc import Iterator
from typing import Any, Final

from nodenet.capacity.advice.case import Case, Found, sample
from nodenet.capacity.advice.wording import effect, listed, told
from nodenet.capacity.plan import Advice, Risk, SubnetUse
from nodenet.capacity.shape import PREFIX_ADDRESSES
from nodenet.ranges import PREFIX_LENGTH

RISKY: Final = (Risk.HIGH, Risk.CERTAIN, Risk.UNKNOWN)


def prefixes(case: Case) -> Iterator[Found]:
    """Prefix delegation where it saves addresses, or where a group's nodes are full of pods and take more with it; and
    where it is on, the reservations that keep blocks whole."""
    if case.fleet.cni.prefix_delegation:
        yield from _reservations(case)
        return
    changes: dict[str, Any] = {"prefix_delegation": True}
    settings = {"ENABLE_PREFIX_DELEGATION": "true"}
    if not case.fleet.cni.ip_targets and not case.fleet.cni.warm_prefix_target:
        # Without any target ipamd has no prefix ready; its documents call that not supported (prefix-and-ip-target.md).
        changes["warm_prefix_target"] = 1
        settings["WARM_PREFIX_TARGET"] = "1"
    typical = next(iter(sample((use for use in case.placement.nodes if case.limits(use).nitro), 1)), None)
    if typical is None:
        return
    after = case.with_settings(**changes)
    saved, relief = after.fewer_than(case), case.missing - after.missing
    denser = _denser(case, after)
    if after.worse_than(case) or not (saved > 0 or relief > 0 or denser):
        return
    parts = [f"{effect(saved)}: prefix delegation, best with new node groups"]
    if denser:
        parts.append(f"Their nodes take more pods: {listed(denser)}")
    if others := sorted({use.instance_type for use in case.placement.nodes if not case.limits(use).nitro}):
        parts.append(f"Nothing changes for {listed(others)}, not built on Nitro")
    parts += [risk(use) for use in at_risk(after)[:1]]
    cost = (case.calls(typical, case.fleet.cni).total(), case.calls(typical, after.fleet.cni).total())
    yield Found(Advice("prefixes", told(*parts), saved, cost, settings), after, saved)


def _denser(case: Case, after: Case) -> list[str]:
    """Of each type whose nodes can take no further pod, how many they take then."""
    return sorted(
        {
            f"{use.instance_type} from {room} to {then}"
            for use in case.placement.nodes
            if (room := case.room(use)) <= use.pods + case.group_of(use).host_network_pods
            and (then := after.room(after.same_kind(use))) > room
        }
    )


def _reservations(case: Case) -> Iterator[Found]:
    for use in at_risk(case):
        if use.blocks.reserved < use.blocks.wanted and use.blocks.risk is not Risk.UNKNOWN:
            yield Found(Advice("prefixes", risk(use)), case, 0)


def at_risk(case: Case) -> list[SubnetUse]:
    """Subnets that may have too few blocks for prefixes, the worst first."""
    found = [use for use in case.placement.subnets if use.blocks.wanted and use.blocks.risk in RISKY]
    return sorted(found, key=lambda use: use.blocks.expected - use.blocks.wanted)


def risk(use: SubnetUse) -> str:
    """How that subnet stands, and what helps."""
    wanted = use.blocks.wanted
    if use.blocks.risk is Risk.UNKNOWN:
        return f"Whether {use.name} has {wanted:,} aligned /28 free depends on which of its addresses are in use"
    likely = f"{use.name} is likely to have {use.blocks.expected:,} aligned /28 free for {wanted:,} prefixes"
    length = PREFIX_LENGTH[4] - (wanted - 1).bit_length()
    singles = use.taken - PREFIX_ADDRESSES * wanted
    if singles + (1 << (32 - length)) > use.usable:
        return f"{likely}: give them a subnet of their own"
    return f"{likely}: a `prefix` reservation of a /{length} keeps single addresses out"
