"""Finds the configuration's subnets among EC2's, and the mistakes that show only then. Pure: EC2 is asked elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING

from nodenet.configuration.addressing import address_plans
from nodenet.configuration.instance_types import misfits
from nodenet.configuration.placing import Placed, Placing, overlapping
from nodenet.configuration.resolved import Link, ResolvedConfiguration, ResolvedGroup, ResolvedNetwork
from nodenet.configuration.wildcards import selects, written
from nodenet.documents.paths import Path, at, quoted
from nodenet.errors import ConfigurationError
from nodenet.networks import Subnet
from nodenet.plans import AddressPlans, Ipv6Egress, PublicAddresses
from nodenet.ranges import AddressRange

if TYPE_CHECKING:
    from nodenet.configuration.model import Configuration, Network, NodeGroup


def resolve(configuration: "Configuration", subnets: Iterable[Subnet]) -> ResolvedConfiguration:
    """The configuration with each network's subnet in each zone.

    `subnets` holds all that the configuration may name: those of the cluster's VPC, and any others it uses.
    ConfigurationError with every mistake that these show: a subnet id that EC2 does not know, a selector that matches
    none, two subnets of a network in one zone or in different VPCs, two networks of a group alike in subnet and groups,
    ranges that lie wrong in their subnets or overlap, what an instance type of a group cannot hold.
    """
    known = tuple(sorted(subnets, key=lambda subnet: subnet.id))
    mistakes: list[str] = []
    placed: list[Placed] = []
    networks: dict[str, ResolvedNetwork] = {}
    for index, network in enumerate(configuration.networks):
        path: Path = ("networks", index, "subnets")
        chosen, unknown = _choose(network, known, path)
        wrong = [*unknown, *_zones_twice(chosen, path), *_several_vpcs(chosen, path)]
        # Where the subnets are wrong, so would be every word about what lies in them.
        placing = Placing([] if wrong else chosen)
        plans = AddressPlans() if wrong else address_plans(network, placing, ("networks", index))
        networks[network.name] = _network(network, chosen, plans)
        _reach(network, placing, ("networks", index))
        mistakes += [*wrong, *placing.mistakes]
        placed += placing.placed
    mistakes += overlapping(placed)
    for index, group in enumerate(configuration.node_groups):
        wanted = [networks[name] for name in group.networks]
        mistakes += _alike(wanted, ("nodeGroups", index, "networks"))
        mistakes += misfits(wanted, group.instance_types, ("nodeGroups", index, "instanceTypes"))
    if mistakes:
        raise ConfigurationError(mistakes)
    return ResolvedConfiguration(
        cluster=configuration.cluster,
        groups=tuple(_group(group, networks) for group in configuration.node_groups),
        warnings=configuration.warnings(),
    )


def _choose(network: "Network", known: Sequence[Subnet], path: Path) -> tuple[list[Subnet], list[str]]:
    if isinstance(network.subnets, dict):
        chosen = [subnet for subnet in known if selects(network.subnets, subnet.tags)]
        return chosen, [] if chosen else [at(path, f"no subnet has the tags {written(network.subnets)}")]
    by_id = {subnet.id: subnet for subnet in known}
    unknown = [
        at((*path, place), f"EC2 knows no {subnet_id}")
        for place, subnet_id in enumerate(network.subnets)
        if subnet_id not in by_id
    ]
    return [by_id[subnet_id] for subnet_id in network.subnets if subnet_id in by_id], unknown


def _zones_twice(chosen: Sequence[Subnet], path: Path) -> Iterator[str]:
    """A node needs one answer to which subnet of the network is its own: an ENI must be in its instance's zone.

    EC2 API reference, AttachNetworkInterface.
    """
    by_zone: dict[str, list[str]] = {}
    for subnet in chosen:
        by_zone.setdefault(subnet.zone, []).append(subnet.id)
    for zone, ids in sorted(by_zone.items()):
        if len(ids) > 1:
            yield at(path, f"{' and '.join(ids)} are both in {zone}; a network has one subnet in a zone")


def _several_vpcs(chosen: Sequence[Subnet], path: Path) -> Iterator[str]:
    """The network's security groups are of one VPC, and go with subnets of that VPC only.

    VPC User Guide, "Security groups". Two networks may well be in different VPCs.
    """
    vpcs = sorted({subnet.vpc_id for subnet in chosen})
    if len(vpcs) > 1:
        yield at(path, f"the subnets are in different VPCs: {', '.join(vpcs)}")


def _alike(networks: Sequence[ResolvedNetwork], path: Path) -> Iterator[str]:
    for one, other in combinations(networks, 2):
        shared = set(one.subnet_by_zone.values()) & set(other.subnet_by_zone.values())
        if shared and one.security_groups == other.security_groups:
            same = ", ".join(map(quoted, sorted(shared)))
            said = f"{quoted(one.name)} and {quoted(other.name)} share {same} and all security groups"
            yield at(path, f"{said}: nothing tells them apart on a node")


def _reach(network: "Network", placing: Placing, path: Path) -> None:
    for place, route in enumerate(network.routes):
        placing.refuse_overlap(AddressRange.parse(route), (*path, "routes", place))
    if network.ipv6_egress:
        placing.need_block("ipv6", (*path, "ipv6Egress"))


def _network(network: "Network", chosen: Sequence[Subnet], plans: AddressPlans) -> ResolvedNetwork:
    public, egress, link = network.public_addresses, network.ipv6_egress, network.link
    return ResolvedNetwork(
        name=network.name,
        subnet_by_zone=MappingProxyType({subnet.zone: subnet.id for subnet in chosen}),
        security_groups=frozenset(network.security_groups),
        tags=MappingProxyType(network.tags),
        source_dest_check=network.source_dest_check,
        network_card=network.network_card,
        interfaces=network.interfaces,
        ena_queues=network.ena_queues,
        retention=network.retention,
        addresses=plans,
        blocks=tuple(block for subnet in chosen for block in (subnet.cidr, subnet.ipv6_cidr) if block),
        routes=network.routes,
        public_addresses=PublicAddresses(MappingProxyType(public.tags or {}), public.pool or "") if public else None,
        ipv6_egress=Ipv6Egress(_gateway(egress.egress_only_gateway), _gateway(egress.nat_gateway)) if egress else None,
        link=Link(link.plugin, link.mode or "l2", link.mtu, link.rename),
    )


def _gateway(said: str | None) -> str | None:
    """Empty for the one that is to be found."""
    return "" if said == "auto" else said


def _group(group: "NodeGroup", networks: Mapping[str, ResolvedNetwork]) -> ResolvedGroup:
    return ResolvedGroup(
        name=written(group.select),
        select=MappingProxyType(group.select),
        networks=tuple(networks[name] for name in group.networks),
        on_failure=group.on_failure,
        drain=group.drain.timeout if group.drain else None,
    )
