"""From the document to the fleet that is planned for: limits known, names checked, counts whole."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from nodenet.capacity.document import checks, variables
from nodenet.capacity.document.dividing import shared, spread
from nodenet.capacity.document.fields import EniConfigs
from nodenet.capacity.document.group_model import NodeGroup, PodsBetween, PodsByNodes
from nodenet.capacity.document.model import Network, PlanDocument, Subnet
from nodenet.capacity.document.nodes import LimitsOf
from nodenet.capacity.fleet import RESERVED_BY_AWS, ExtraNetwork, Fleet, Reservation, Target
from nodenet.capacity.fleet import NodeGroup as Group
from nodenet.capacity.fleet import Subnet as FleetSubnet
from nodenet.capacity.placing.dealing import in_proportion
from nodenet.capacity.shape import PREFIX_ADDRESSES
from nodenet.errors import PlanningError
from nodenet.limits import InstanceLimits, shipped
from nodenet.ranges import AddressRange, merged


def resolve(document: PlanDocument, limits_of: LimitsOf = shipped, *, as_it_runs: bool = False) -> Fleet:
    """The fleet that the document describes. A group of several instance types becomes one group for each.

    PlanningError with every mistake: all that `read` tells, for a document that was never text, and what the instance
    types cannot hold. `as_it_runs`: the pods are there, on nodes that may be older than the settings, so that more of
    them than the VPC CNI has addresses for are no mistake; the plan is short of addresses then.
    """
    plain = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if wrong := checks.sentences(checks.mistakes(plain, limits_of, as_it_runs=as_it_runs), document.lines):
        raise PlanningError(wrong)
    known = {name: found for name in document.instance_types if (found := limits_of(name))}
    configs = _eni_configs(document.eni_configs)
    settings = variables.settings(document.cni)
    target = None
    if document.migration:
        coming = variables.settings(document.cni, document.migration.cni)
        theirs = {**configs, **_eni_configs(document.migration.eni_configs)}
        target = Target(coming, MappingProxyType(theirs if coming.custom_networking else {}))
    return Fleet(
        subnets=tuple(_subnet(subnet) for subnet in document.subnets),
        groups=tuple(group for each in document.node_groups for group in _groups(each, known)),
        cni=settings,
        networks=tuple(_network(network, document.subnets) for network in document.networks),
        eni_configs=MappingProxyType(configs if settings.custom_networking else {}),
        vpc=document.vpc,
        headroom=document.headroom,
        target=target,
    )


def notes(document: PlanDocument, limits_of: LimitsOf = shipped) -> tuple[str, ...]:
    """What is allowed in a document that is right, and does not do what it may seem to. Each begins with its line."""
    plain = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return tuple(checks.sentences(checks.notes(plain, limits_of), document.lines))


def _eni_configs(configs: EniConfigs) -> dict[str, tuple[str, ...]]:
    return {zone: (names,) if isinstance(names, str) else names for zone, names in configs.items()}


def _subnet(subnet: Subnet) -> FleetSubnet:
    occupied = None if subnet.occupied is None else merged(subnet.occupied)
    return FleetSubnet(
        name=subnet.name,
        zone=subnet.zone,
        length=subnet.length,
        cidr=subnet.cidr,
        used=(subnet.used or 0) if occupied is None else _beside_aws(subnet, occupied),
        occupied=occupied,
        reservations=tuple(Reservation(each.cidr, each.type) for each in subnet.reservations),
        cni=subnet.cni,
    )


def _beside_aws(subnet: Subnet, occupied: Sequence[AddressRange]) -> int:
    """How many these are, without those of AWS's five that are among them."""
    assert subnet.cidr is not None
    aws = (
        AddressRange(subnet.cidr[0], subnet.cidr[RESERVED_BY_AWS - 2]),
        AddressRange(subnet.cidr[-1], subnet.cidr[-1]),
    )
    theirs = sum(both.size for each in occupied for one in aws if (both := each.shared(one)))
    return sum(each.size for each in occupied) - theirs


def _network(network: Network, subnets: Sequence[Subnet]) -> ExtraNetwork:
    zones = {subnet.name: subnet.zone for subnet in subnets}
    plan = network.addresses
    singles, prefixes = 0, 0
    if plan != "none":
        # A slice is aligned and contiguous: of whole /28s where it is large enough.
        sliced = plan.slice or 0
        prefixes = (plan.prefixes or 0) + sliced // PREFIX_ADDRESSES
        singles = (plan.addresses or 0) + sliced % PREFIX_ADDRESSES
    return ExtraNetwork(
        name=network.name,
        subnets=MappingProxyType({zones[name]: name for name in network.subnets}),
        interfaces=network.interfaces,
        addresses=singles,
        prefixes=prefixes,
        card=network.network_card,
    )


def _groups(group: NodeGroup, limits: Mapping[str, InstanceLimits]) -> Iterator[Group]:
    types, nodes = _nodes(group)
    pods = shared(_pods(group, sum(nodes)), nodes)
    surge = in_proportion(nodes, _surge(group.surge, sum(nodes)))
    for name, its_pods, its_surge in zip(types, pods, surge, strict=True):
        if its_pods:
            yield Group(
                name=group.name,
                limits=limits[name],
                subnets=group.subnets,
                pods=its_pods,
                max_pods=group.max_pods,
                host_network_pods=group.host_network_pods,
                networks=group.networks,
                branch_pods=group.branch_pods,
                surge=its_surge,
                surge_share=_share(group.surge),
            )


def _nodes(group: NodeGroup) -> tuple[Sequence[str], Sequence[int]]:
    """The instance types, and how many nodes of each."""
    counted = sum(group.pods.nodes.values()) if isinstance(group.pods, PodsByNodes) else 0
    types = group.instance_types
    if isinstance(types, dict):
        return tuple(types), tuple(types.values())
    names = types if types is not None else (group.instance_type or "",)
    return names, in_proportion([1] * len(names), group.nodes or counted)


def _pods(group: NodeGroup, nodes: int) -> Sequence[tuple[int, int]]:
    match group.pods:
        case PodsBetween(least=least, most=most):
            return spread(least, most, nodes)
        case PodsByNodes(nodes=counts):
            return tuple(counts.items())
        case int(pods):
            return ((pods, nodes),)
    raise TypeError(f"no pods: {group.pods}")


def _surge(said: int | str, nodes: int) -> int:
    """Part of a node is a node: a percentage is rounded up."""
    share = _share(said)
    return int(said) if share is None else math.ceil(nodes * share)


def _share(said: int | str) -> Fraction | None:
    """A surge that grows with the nodes, as a part of them."""
    if isinstance(said, int):
        return None
    return Fraction(1) if said == "all" else Fraction(int(said.rstrip("%")), 100)
