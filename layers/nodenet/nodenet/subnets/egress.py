"""How an IPv6 subnet reaches what lies outside: routes to gateways, and names of IPv4 hosts.

VPC User Guide, "Egress-only internet gateways" and "DNS64 and NAT64".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.networks import CLUSTER_TAG
from nodenet.subnets.gateways import NoGateway, egress_only, nat
from nodenet.subnets.seen import Route, RouteTable, Seen, SubnetState
from nodenet.subnets.steps import AddRoute, EnableDns64, Finding, Kept, Refused

ANYWHERE: Final = "::/0"
NAT64: Final = "64:ff9b::/96"
"""The addresses that DNS64 gives to IPv4 hosts (RFC 6052, section 2.1)."""

_FINAL: Final = ("eigw-", "nat-")
"""A blackhole of these kinds led to a gateway that is deleted, and never comes back; other targets may."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A network's wish for a route of a subnet's table."""

    network: str
    subnet: SubnetState
    table: RouteTable
    destination: str
    target: str
    reason: str


def egress(cluster: str, networks: Iterable[ResolvedNetwork], seen: Seen) -> Iterator[Finding]:
    """What the subnets of networks with an IPv6 egress lack of it.

    A table serves whole subnets, often several, so nodenet changes one only where its owner has tagged it with the
    cluster's name: the VPC's main table too.
    """
    wishes: list[_Wish] = []
    for network in networks:
        for _, subnet_id in sorted(network.subnet_by_zone.items()):
            if network.ipv6_egress and (subnet := seen.subnets.get(subnet_id)):
                for each in _wishes(network, subnet, seen):
                    if isinstance(each, _Wish):
                        wishes.append(each)
                    else:
                        yield each
    targets: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for wish in wishes:
        targets[wish.table.id, wish.destination][wish.target] = wish.subnet.id
    for wish in wishes:
        asked = targets[wish.table.id, wish.destination]
        yield _torn(wish, asked) if len(asked) > 1 else _settled(cluster, wish, seen)
        if wish.destination == NAT64:
            yield _dns64(wish)


def table_of(subnet: SubnetState, tables: Iterable[RouteTable]) -> RouteTable | None:
    """The subnet's own table, else the VPC's main one."""
    here = [each for each in tables if each.vpc_id == subnet.vpc_id]
    own = [each for each in here if subnet.id in each.subnet_ids]
    return next(iter([*own, *(each for each in here if each.main)]), None)


def _wishes(network: ResolvedNetwork, subnet: SubnetState, seen: Seen) -> Iterator[_Wish | Refused]:
    asked = network.ipv6_egress
    assert asked
    if not subnet.has_ipv6:
        yield Refused(subnet.id, network.name, "ipv6Egress", "the subnet has no IPv6 block: associate one")
        return
    table = table_of(subnet, seen.tables)
    if table is None:
        yield Refused(subnet.id, network.name, "ipv6Egress", "EC2 shows no route table of the subnet's")
        return
    try:
        if asked.egress_only_gateway is not None:
            gateway = egress_only(asked.egress_only_gateway, subnet, seen)
            yield _Wish(network.name, subnet, table, ANYWHERE, gateway, "the way out, by which nobody comes in")
        if asked.nat_gateway is not None:
            gateway, said = nat(asked.nat_gateway, subnet, seen)
            yield _Wish(network.name, subnet, table, NAT64, gateway, f"the way to IPv4 hosts{said}")
    except NoGateway as error:
        yield Refused(subnet.id, network.name, "ipv6Egress", str(error))


def _torn(wish: _Wish, asked: dict[str, str]) -> Refused:
    said = " and ".join(f"{subnet} {target}" for target, subnet in sorted(asked.items()))
    return Refused(
        wish.subnet.id,
        wish.network,
        f"{wish.destination} in {wish.table.id}",
        f"subnets that share the table want different targets ({said}): give each its own table, or name one gateway",
    )


def _settled(cluster: str, wish: _Wish, seen: Seen) -> Finding:
    subnet, what = wish.subnet.id, f"{wish.destination} in {wish.table.id}"
    there = [each for each in wish.table.routes if each.destination == wish.destination]
    if any(each.target == wish.target and not each.blackhole for each in there):
        return Kept(subnet, wish.network, what, wish.table.id, f"it leads to {wish.target}")
    gone = [each for each in there if each.blackhole and each.target.startswith(_FINAL)]
    if others := [each for each in there if each not in gone]:
        return Refused(subnet, wish.network, what, f"{_written(others)}: nodenet changes no route of somebody else's")
    if wish.table.tags.get(CLUSTER_TAG) != cluster:
        serves = _others(wish, seen)
        return Refused(
            subnet,
            wish.network,
            what,
            f"the route is missing, and {wish.table.id} does not say that nodenet may change it{serves}: "
            f"tag it {CLUSTER_TAG}={cluster}",
        )
    replaces = gone[0].target if gone else ""
    return AddRoute(
        subnet,
        wish.network,
        wish.table.id,
        wish.destination,
        wish.target,
        replaces,
        f"{wish.reason}{f'; it leads to {replaces}, which is gone' if replaces else ''}{_others(wish, seen)}",
    )


def _dns64(wish: _Wish) -> EnableDns64 | Kept:
    if wish.subnet.dns64:
        return Kept(wish.subnet.id, wish.network, "DNS64", wish.subnet.id, "it is on")
    reason = f"the VPC's resolver gives IPv4 hosts addresses in {NAT64}, for all that is in the subnet"
    return EnableDns64(wish.subnet.id, wish.network, wish.table.id, reason)


def _written(routes: Sequence[Route]) -> str:
    return " and ".join(
        f"it leads to {each.target}{', which may come back' if each.blackhole else ''}" for each in routes
    )


def _others(wish: _Wish, seen: Seen) -> str:
    """Whom else a change of the table touches."""
    mains = "; it is the VPC's main table" if wish.table.main else ""
    sharing = sorted(
        each.id
        for each in seen.subnets.values()
        if each.id != wish.subnet.id and table_of(each, seen.tables) == wish.table
    )
    return f"{mains}; it serves {', '.join(sharing)} too" if sharing else mains
