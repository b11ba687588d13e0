"""The configuration in EC2's terms: what the planning code works with. Imports nothing heavy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nodenet.configuration.wildcards import selects
from nodenet.errors import ConfigurationError
from nodenet.plans import AddressPlans, Ipv6Egress, PublicAddresses


@dataclass(frozen=True, slots=True)
class Link:
    """What the node makes of a network's link, and how pods get theirs from it. `mtu` None leaves EC2's."""

    plugin: Literal["ipvlan", "host-device"] = "ipvlan"
    mode: Literal["l2", "l3"] = "l2"
    mtu: int | None = None
    rename: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedNetwork:
    """A network whose subnets are found: at most one in each zone. `ena_queues` None leaves the number to EC2.

    `blocks` are the CIDR blocks of all its subnets, `routes` those beyond them that pods reach through the network.
    """

    name: str
    subnet_by_zone: Mapping[str, str]
    security_groups: frozenset[str]
    tags: Mapping[str, str]
    source_dest_check: bool
    network_card: int
    interfaces: int
    ena_queues: int | None
    retention: Literal["delete", "keep"]
    addresses: AddressPlans = field(default_factory=AddressPlans)
    blocks: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    public_addresses: PublicAddresses | None = None
    ipv6_egress: Ipv6Egress | None = None
    link: Link = field(default_factory=Link)


@dataclass(frozen=True, slots=True)
class ResolvedGroup:
    """A node group. The name is its selector, such as `eks:nodegroup-name=upf-*`: readable, and stable while it is.

    `drain`: seconds that a node's pods may take to go before it is terminated; None where it is not drained.
    """

    name: str
    select: Mapping[str, str]
    networks: tuple[ResolvedNetwork, ...]
    on_failure: Literal["abandon", "continue"]
    drain: int | None = None


@dataclass(frozen=True, slots=True)
class ResolvedConfiguration:
    """The whole configuration of a cluster."""

    cluster: str
    groups: tuple[ResolvedGroup, ...]
    warnings: tuple[str, ...] = ()

    def group_of(self, tags: Mapping[str, str]) -> ResolvedGroup | None:
        """The group of a node, or of an Auto Scaling group, with these tags; None where it is in none.

        ConfigurationError where it matches several: which networks it is to have, only a person can say.
        """
        matching = [group for group in self.groups if selects(group.select, tags)]
        if len(matching) > 1:
            names = " and ".join(group.name for group in matching)
            raise ConfigurationError([f"nodeGroups: the same node matches {names}; a node has one group"])
        return matching[0] if matching else None
