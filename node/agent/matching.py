"""Which interface is which network's: by its fingerprint, never by name, order or address.

The fingerprint is the subnet and the whole set of security groups, since the metadata shows no tags. A stranger's
interface, or one of the VPC CNI's, matches nothing and is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .configuration import Network, Plan
from .imds import Interface


@dataclass(frozen=True)
class Wired:
    """A network's interface on this node. `name` is the network's; of a second and further one `n3-2`, `n3-3`."""

    name: str
    network: Network
    interface: Interface


def match(networks: Sequence[Network], interfaces: Sequence[Interface]) -> tuple[list[Wired], list[str]]:
    """The interfaces that have all that their network's plan promises, by card and device; and what is missing."""
    wired, missing = [], []
    for network in networks:
        found = sorted(
            (each for each in interfaces if each.subnet in network.subnets and each.groups == network.groups),
            key=lambda each: (each.card, each.device),
        )
        for number, interface in enumerate(found[: network.interfaces], 1):
            name = network.name if number == 1 else f"{network.name}-{number}"
            lacking = [text for version in (4, 6) for text in _lacking(network, interface, version)]
            if lacking:
                missing.append(f"{name}: {interface.id} ({interface.mac}) has {' and '.join(lacking)}")
            else:
                wired.append(Wired(name, network, interface))
        if len(found) < network.interfaces:
            missing.append(
                f"{network.name}: {len(found)} of {network.interfaces} interfaces in one of"
                f" {', '.join(sorted(network.subnets))} with exactly {', '.join(sorted(network.groups))}"
            )
    return wired, missing


def _lacking(network: Network, interface: Interface, version: int) -> list[str]:
    plan = network.plan(version)
    if not plan:
        return []
    if not (interface.ipv4_block if version == 4 else interface.ipv6_blocks):
        return [f"no IPv{version} block of its subnet"]
    if _kept(plan, interface, version):
        return []
    return [f"not yet its IPv{version} {plan.kind} ({plan.number})"]


def _kept(plan: Plan | None, interface: Interface, version: int) -> bool:
    """Whether the interface has what the plan promises."""
    if not plan:
        return False
    held = sum(each.size for each in interface.ranges(version))
    if plan.kind == "prefixes":
        return len(interface.prefixes(version)) >= plan.number or _kept(plan.otherwise, interface, version)
    return plan.kind == "floating" or held >= plan.number
