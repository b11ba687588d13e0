"""What a node group's networks ask for that one of its instance types cannot hold."""

from collections import Counter
from collections.abc import Iterator, Sequence

from nodenet.configuration.paths import Path, at
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.fitting import misfit, misfit_of, no_place
from nodenet.limits import InstanceLimits, shipped
from nodenet.plans import Plan, Prefixes
from nodenet.ranges import Family


def misfits(networks: Sequence[ResolvedNetwork], instance_types: Sequence[str], path: Path) -> Iterator[str]:
    """A sentence for each, so that it is known before any node launches. `path` is that of the types."""
    for place, name in enumerate(instance_types):
        limits = shipped(name)
        if limits is None:
            continue
        for network in networks:
            if reason := misfit(network.addresses, limits) or _otherwise_misfit(network, limits):
                yield at((*path, place), f"{network.name}: {reason}")
        per_card: Counter[int] = Counter()
        for network in networks:
            per_card[network.network_card] += network.interfaces
        for card, interfaces in sorted(per_card.items()):
            if reason := no_place(card, interfaces, limits):
                names = ", ".join(network.name for network in networks if network.network_card == card)
                yield at((*path, place), f"{names}: {reason}")


def _otherwise_misfit(network: ResolvedNetwork, limits: InstanceLimits) -> str | None:
    """What is done otherwise must fit too: it is to help when prefixes run out."""
    plans: tuple[tuple[Plan | None, Family], ...] = ((network.addresses.ipv4, "ipv4"), (network.addresses.ipv6, "ipv6"))
    fallbacks = [(plan.otherwise, family) for plan, family in plans if isinstance(plan, Prefixes) and plan.otherwise]
    reasons = [reason for plan, family in fallbacks if (reason := misfit_of(plan, family, limits))]
    return f"otherwise, {reasons[0]}" if reasons else None
