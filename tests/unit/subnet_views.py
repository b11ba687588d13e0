"""Subnets as EC2 would show them, and configurations that want something of them, in short words."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedGroup, ResolvedNetwork
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG
from nodenet.plans import AddressPlans, Ipv6Egress
from nodenet.ranges import AddressRange
from nodenet.subnets.plan import plan
from nodenet.subnets.seen import Kind, Occupant, Reservation, Seen, SubnetState
from nodenet.subnets.steps import Plan, Refused, Reserve

CLUSTER = "demo"
OURS = {CLUSTER_TAG: CLUSTER}


def ranges(*texts: str) -> tuple[AddressRange, ...]:
    return tuple(map(AddressRange.parse, texts))


def network(
    plans: AddressPlans | None = None,
    egress: Ipv6Egress | None = None,
    name: str = "n3",
    subnets: Mapping[str, str] | None = None,
) -> ResolvedNetwork:
    return ResolvedNetwork(
        name=name,
        subnet_by_zone=subnets or {"a": "subnet-a", "b": "subnet-b"},
        security_groups=frozenset({"sg-1"}),
        tags={},
        source_dest_check=True,
        network_card=0,
        interfaces=1,
        ena_queues=None,
        retention="delete",
        addresses=plans or AddressPlans(),
        ipv6_egress=egress,
    )


def configuration(*networks: ResolvedNetwork, cluster: str = CLUSTER) -> ResolvedConfiguration:
    return ResolvedConfiguration(cluster, (ResolvedGroup("role=upf", {"role": "upf"}, networks, "abandon"),))


def subnet(letter: str = "a", tags: Mapping[str, str] | None = None, **more: Any) -> SubnetState:
    """10.0.4.0/24 and 2001:db8::/64 in zone a, 10.0.5.0/24 and 2001:db8:0:1::/64 in zone b; nodenet may change it."""
    place = "ab".index(letter)
    return SubnetState(
        **{
            "id": f"subnet-{letter}",
            "zone": letter,
            "vpc_id": "vpc-1",
            "blocks": ranges(f"10.0.{4 + place}.0/24", f"2001:db8:0:{place}::/64"),
            "tags": OURS if tags is None else tags,
            **more,
        }
    )


def reservation(cidr: str, kind: Kind = "explicit", tags: Mapping[str, str] | None = None) -> Reservation:
    return Reservation(f"scr-{cidr}", "subnet-a", kind, AddressRange.parse(cidr), tags or {})


def own(name: str = "n3", cluster: str = CLUSTER) -> Mapping[str, str]:
    """The tags of an interface that nodenet made."""
    return {CLUSTER_TAG: cluster, NETWORK_TAG: name}


def occupant(
    primary: str = "10.0.4.9",
    *,
    singles: Sequence[str] = (),
    prefixes: Sequence[str] = (),
    description: str = "",
    owner: str = "i-1",
    **more: Any,
) -> Occupant:
    return Occupant(
        "eni-1",
        "subnet-a",
        description,
        owner,
        AddressRange.parse(primary) if primary else None,
        ranges(*singles),
        ranges(*prefixes),
        **more,
    )


def planned(wants: ResolvedConfiguration, **seen: Any) -> Plan:
    """The plan where both subnets are there with nothing in them, unless `seen` says otherwise."""
    subnets = seen.pop("subnets", [subnet("a"), subnet("b")])
    return plan(wants, Seen(subnets={each.id: each for each in subnets}, **seen))


def reserved(plan: Plan) -> list[tuple[str, str, str]]:
    """Subnet, block and kind of each reservation that is planned."""
    return [(each.subnet, each.cidr, each.kind) for each in plan.steps if isinstance(each, Reserve)]


def refusal(plan: Plan) -> Refused:
    """The one refusal of a plan without steps."""
    (found,) = plan.refused
    assert not plan.steps
    return found
