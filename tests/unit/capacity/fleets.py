"""Fleets to place: built by hand, and drawn by hypothesis."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any, Literal

from hypothesis import strategies as st

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Reservation, Subnet, Target
from nodenet.capacity.placing.place import Placement
from nodenet.capacity.plan import SubnetUse
from nodenet.limits import InstanceLimits, shipped
from nodenet.ranges import AddressRange

TYPES = ("t3.medium", "m5.large", "m5.xlarge", "c5.2xlarge", "m4.large", "c6in.32xlarge")


def limits_of(instance_type: str) -> InstanceLimits:
    limits = shipped(instance_type)
    assert limits
    return limits


def cni(**environment: object) -> CniSettings:
    """The environment that AWS ships, with this laid over it."""
    return CniSettings.of({**SHIPPED, **{name: str(value) for name, value in environment.items()}})


def group(name: str, instance_type: str, pods: Mapping[int, int], *subnets: str, **others: Any) -> NodeGroup:
    """`pods`: how many nodes run so many."""
    return replace(NodeGroup(name, limits_of(instance_type), subnets, tuple(pods.items())), **others)


def fleet(subnets: list[Subnet], *groups: NodeGroup, **others: Any) -> Fleet:
    return replace(Fleet(tuple(subnets), groups, cni()), **others)


def use(placement: Placement, name: str) -> SubnetUse:
    (found,) = (each for each in placement.subnets if each.name == name)
    return found


def taken_by_nodes(placement: Placement) -> int:
    return sum(each.nodes * each.taken for each in placement.nodes)


@st.composite
def settings(draw: st.DrawFn) -> CniSettings:
    return cni(
        WARM_ENI_TARGET=draw(st.integers(0, 2)),
        WARM_IP_TARGET=draw(st.sampled_from((0, 0, 2, 5))),
        MINIMUM_IP_TARGET=draw(st.sampled_from((0, 0, 12))),
        ENABLE_PREFIX_DELEGATION=draw(st.booleans()),
        AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=draw(st.booleans()),
        ENABLE_POD_ENI=draw(st.booleans()),
        ENABLE_MULTI_NIC=draw(st.booleans()),
        ENABLE_SUBNET_DISCOVERY=draw(st.booleans()),
        WARM_PREFIX_TARGET=draw(st.integers(0, 2)),
        MAX_ENI=draw(st.sampled_from((0, 0, 2, 4))),
    )


@st.composite
def subnets(draw: st.DrawFn, name: str, zone: str, number: int, tag: bool | None) -> Subnet:
    """Some known by their size alone, some by which addresses are in use, with reservations of both kinds."""
    length, used = draw(st.integers(20, 26)), draw(st.integers(0, 30))
    if draw(st.booleans()):
        return Subnet(name, zone, length, used=used, cni=tag)
    cidr = IPv4Network(f"10.{number}.0.0/{length}")
    taken = (
        draw(st.sets(st.integers(4, min(200, (1 << (32 - length)) - 2)), max_size=12)) if draw(st.booleans()) else None
    )
    occupied = None if taken is None else tuple(AddressRange.parse(str(cidr[each])) for each in sorted(taken))
    halves = list(cidr.subnets(new_prefix=draw(st.integers(length + 1, 28))))
    some: tuple[Literal["prefix", "explicit"], ...] = ("prefix", "explicit")
    kinds = draw(st.lists(st.sampled_from(some), max_size=2))
    reserved = tuple(Reservation(block, kind) for block, kind in zip(halves[1:], kinds, strict=False))
    return Subnet(name, zone, length, cidr, used if taken is None else len(taken), occupied, reserved, tag)


@st.composite
def fleets(draw: st.DrawFn, *, tagged: bool = True, most_nodes: int = 12) -> Fleet:
    """Two zones with nodes' subnets and pods' subnets, up to three groups, one of them with a network of its own."""
    zones = ("a", "b")
    tags = st.sampled_from((None, None, True, False)) if tagged else st.none()
    names = [(f"{kind}{zone}{place}", zone) for kind in ("n", "p") for zone in zones for place in range(2)]
    found_in = [draw(subnets(name, zone, number, draw(tags))) for number, (name, zone) in enumerate(names)]
    homes = [each.name for each in found_in if each.name.startswith("n")]
    found = []
    for number in range(draw(st.integers(1, 3))):
        some = draw(st.lists(st.sampled_from(homes), min_size=1, max_size=4, unique=True))
        pods = draw(st.dictionaries(st.integers(0, 30), st.integers(0, most_nodes), min_size=1, max_size=3))
        found.append(
            group(
                draw(st.sampled_from(("g", f"g{number}"))),
                draw(st.sampled_from(TYPES)),
                pods,
                *some,
                branch_pods=draw(st.integers(0, 4)),
                networks=("n3",) if draw(st.booleans()) else (),
                surge=draw(st.integers(0, most_nodes)),
            )
        )
    configs = {zone: tuple(each.name for each in found_in if each.name.startswith(f"p{zone}")) for zone in zones}
    network = ExtraNetwork(
        "n3",
        {"a": "pa0", "b": "pb1"},
        draw(st.integers(1, 2)),
        draw(st.integers(0, 4)),
        draw(st.integers(0, 1)),
        draw(st.sampled_from((None, None, 1))),
    )
    target = Target(draw(settings()), configs) if draw(st.booleans()) else None
    return Fleet(tuple(found_in), tuple(found), draw(settings()), (network,), configs, target=target)
