"""Reading all that a plan is made of: a Describe for each kind of thing, and one call for each subnet."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.plans import Prefixes
from nodenet.subnets.seen import (
    EgressOnlyGateway,
    NatGateway,
    Occupant,
    Reservation,
    RouteTable,
    Seen,
    SubnetState,
)
from nodenet.subnets.wanted import networks_of


class Eyes(Protocol):
    def subnets(self, subnet_ids: Iterable[str]) -> Sequence[SubnetState]: ...
    def subnets_of(self, vpc_ids: Iterable[str]) -> Sequence[SubnetState]: ...
    def reservations(self, subnet_id: str) -> Sequence[Reservation]: ...
    def occupants(self, subnet_ids: Iterable[str]) -> Sequence[Occupant]: ...
    def cluster_nodes(self, instance_ids: Iterable[str]) -> frozenset[str]: ...
    def route_tables(self, vpc_ids: Iterable[str]) -> Sequence[RouteTable]: ...
    def egress_only_gateways(self) -> Sequence[EgressOnlyGateway]: ...
    def nat_gateways(self, vpc_ids: Iterable[str], zones: Sequence[SubnetState]) -> Sequence[NatGateway]: ...


def look(configuration: ResolvedConfiguration, eyes: Eyes) -> Seen:
    """What EC2 shows of the configuration's subnets; of instances, routes and gateways only where a plan asks."""
    networks = networks_of(configuration)
    named = {each for network in networks for each in network.subnet_by_zone.values()}
    leaving = {each for network in networks if network.ipv6_egress for each in network.subnet_by_zone.values()}
    reserving = any(
        isinstance(each, Prefixes) and each.reserve for network in networks for each in network.addresses.each
    )
    subnets = {each.id: each for each in eyes.subnets(named)} if named else {}
    occupants = tuple(eyes.occupants(subnets)) if subnets else ()
    instances = {each.first_of for each in occupants if each.first_of}
    vpcs = {subnets[each].vpc_id for each in leaving if each in subnets}
    around = list(eyes.subnets_of(vpcs)) if vpcs else []
    return Seen(
        subnets={each.id: each for each in around} | subnets,
        reservations=tuple(each for subnet_id in sorted(subnets) for each in eyes.reservations(subnet_id)),
        occupants=occupants,
        nodes=eyes.cluster_nodes(instances) if reserving and instances else frozenset(),
        tables=tuple(eyes.route_tables(vpcs)) if vpcs else (),
        egress_only_gateways=tuple(eyes.egress_only_gateways()) if vpcs else (),
        nat_gateways=tuple(eyes.nat_gateways(vpcs, around)) if vpcs else (),
    )
