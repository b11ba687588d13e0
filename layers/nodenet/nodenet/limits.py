"""How many interfaces and addresses an instance type holds.

`shipped` reads the table that comes with the package, made by scripts/instance_limits.py; `from_ec2` takes
DescribeInstanceTypes' word where a type is newer than the table; `as_the_cni_has_them` is what the VPC CNI believes.
Everything but the branch interfaces is what the EC2 API reference calls NetworkInfo, NetworkCardInfo, ProcessorInfo and
VCpuInfo.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("data") / "instance_limits.json"


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network card. Device indexes count within it, from 0 to below `maximum_interfaces`."""

    index: int
    maximum_interfaces: int


@dataclass(frozen=True, slots=True)
class InstanceLimits:
    """What an instance type holds.

    `ipv4_per_interface` counts slots: each address and each prefix takes one. `ipv6_per_interface` is 0 where the type
    has no IPv6. `nitro` says whether prefixes may be assigned. `vcpus` is None and `architectures` empty for the few
    types that EC2 no longer describes, or never did.

    `branch_interfaces`: how many a trunk carries, 0 where the type takes no trunk. EC2's API does not tell: the source
    is amazon-vpc-resource-controller-k8s, pkg/aws/vpc/limits.go, and None is a type which that file leaves out: nobody
    says how many, and the VPC CNI keeps a slot free for a trunk all the same (awsutils.go, IsTrunkingCompatible).
    """

    instance_type: str
    cards: tuple[NetworkCard, ...]
    ipv4_per_interface: int
    ipv6_per_interface: int
    default_card: int
    nitro: bool
    architectures: tuple[str, ...]
    vcpus: int | None
    branch_interfaces: int | None = None

    @property
    def maximum_interfaces(self) -> int:
        """Of all cards together."""
        return sum(card.maximum_interfaces for card in self.cards)

    def card(self, index: int) -> NetworkCard | None:
        """The card of this index, or None where the type has no such card."""
        return next((card for card in self.cards if card.index == index), None)


def shipped(instance_type: str) -> InstanceLimits | None:
    """The limits of a type from the table in the package; None where the table does not know it: ask EC2 then."""
    row = _rows().get(instance_type)
    if row is None:
        return None
    return InstanceLimits(
        instance_type=instance_type,
        cards=_cards(row["cards"]),
        ipv4_per_interface=row["ipv4"],
        ipv6_per_interface=row["ipv6"],
        default_card=row["defaultCard"],
        nitro=row["nitro"],
        architectures=tuple(row["architectures"]),
        vcpus=row["vcpus"],
        branch_interfaces=row["branches"],
    )


def as_the_cni_has_them(instance_type: str) -> InstanceLimits | None:
    """The limits of a type as the VPC CNI's own file has them (pkg/vpc/vpc_ip_resource_limit.go); None as in `shipped`.

    They are EC2's but for a few types that were given a second network card since: there the VPC CNI, its list of
    maximum pods and nodeadm still count all interfaces on the first, and EC2 refuses those beyond that card's own.
    """
    limits = shipped(instance_type)
    theirs = _table()["vpcCniDiffers"].get(instance_type)
    if limits is None or theirs is None:
        return limits
    return replace(limits, cards=_cards(theirs["cards"]), ipv4_per_interface=theirs["ipv4"])


def shipped_types() -> frozenset[str]:
    """Every type in the table."""
    return frozenset(_rows())


def from_ec2(described: Mapping[str, Any]) -> InstanceLimits:
    """The limits in one item of DescribeInstanceTypes' InstanceTypes. KeyError where it has no network information.

    Bare metal has no hypervisor in EC2's answer, and is Nitro all the same: the VPC CNI assigns prefixes to both.
    Branch interfaces are not in it, and stay None.
    """
    network = described["NetworkInfo"]
    return InstanceLimits(
        instance_type=described["InstanceType"],
        cards=tuple(
            NetworkCard(card["NetworkCardIndex"], card["MaximumNetworkInterfaces"])
            for card in sorted(network["NetworkCards"], key=lambda card: card["NetworkCardIndex"])
        ),
        ipv4_per_interface=network["Ipv4AddressesPerInterface"],
        ipv6_per_interface=network["Ipv6AddressesPerInterface"] if network.get("Ipv6Supported") else 0,
        default_card=network["DefaultNetworkCardIndex"],
        nitro=described.get("Hypervisor") == "nitro" or described.get("BareMetal", False),
        architectures=tuple(described["ProcessorInfo"]["SupportedArchitectures"]),
        vcpus=described["VCpuInfo"]["DefaultVCpus"],
    )


def _cards(maxima: Iterable[int]) -> tuple[NetworkCard, ...]:
    return tuple(NetworkCard(index, maximum) for index, maximum in enumerate(maxima))


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Any]:
    """Each type's row. Types with the same limits share a row, which keeps the file small and quick to read."""
    return {name: row for row in _table()["limits"] for name in row["types"].split()}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(TABLE.read_bytes())
    return table
