"""Address plans among EC2's subnets: where ranges lie, what they must not touch, and what instance types hold."""

from typing import Any

import pytest
import yaml

from nodenet.configuration import ResolvedNetwork, parse, resolve
from nodenet.configuration.resolved import Link
from nodenet.errors import ConfigurationError
from nodenet.networks import Subnet
from nodenet.plans import AddressPlans, Floating, Ipv6Egress, Prefixes, PublicAddresses, Singles, Slice
from nodenet.ranges import AddressRange

A, B, C = (f"subnet-0123456789abcde{n:02}" for n in range(3))
SUBNETS = [
    Subnet(A, "zone-a", "vpc-1", "10.0.4.0/24", ipv6_cidr="2001:db8:0:4::/64"),
    Subnet(B, "zone-b", "vpc-1", "10.0.5.0/24", ipv6_cidr="2001:db8:0:5::/64"),
    Subnet(C, "zone-c", "vpc-1", "10.0.6.0/24"),
]
WHOLE = 1 << 48


def ranges(*texts: str) -> tuple[AddressRange, ...]:
    return tuple(AddressRange.parse(text) for text in texts)


def document(*networks: dict[str, Any], group: dict[str, Any] | None = None) -> str:
    """Networks n0, n1, … in subnets A and B unless they say otherwise, all in one group."""
    named = [
        {"name": f"n{n}", "subnets": [A, B], "securityGroups": [f"sg-0000000{n}"]} | network
        for n, network in enumerate(networks)
    ]
    selected = {"select": {"role": "upf"}, "networks": [network["name"] for network in named]} | (group or {})
    return yaml.safe_dump({"cluster": "prod", "networks": named, "nodeGroups": [selected]})


def resolved(*networks: dict[str, Any], group: dict[str, Any] | None = None) -> tuple[ResolvedNetwork, ...]:
    return resolve(parse(document(*networks, group=group)), SUBNETS).groups[0].networks


def mistakes(*networks: dict[str, Any], group: dict[str, Any] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        resolve(parse(document(*networks, group=group)), SUBNETS)
    return error.value.mistakes


def test_a_slice_has_its_zones_ranges() -> None:
    said = ["10.0.5.32/27", "10.0.4.64/26", "10.0.4.32/27"]
    (network,) = resolved({"addresses": {"ipv4": {"slice": 16, "from": said}}})
    assert network.addresses == AddressPlans(
        ipv4=Slice(16, {"zone-a": ranges("10.0.4.32/27", "10.0.4.64/26"), "zone-b": ranges("10.0.5.32/27")})
    )
    ipv6 = {"slice": "/80", "from": "2001:db8:0:4:10::/76"}
    (network,) = resolved({"addresses": {"ipv6": ipv6}, "subnets": [A]})
    assert network.addresses == AddressPlans(ipv6=Slice(WHOLE, {"zone-a": ranges("2001:db8:0:4:10::/76")}))


def test_prefixes_have_what_is_reserved_and_what_to_do_otherwise() -> None:
    slices = {"slice": 8, "from": ["10.0.4.32/27", "10.0.5.32/27"]}
    (one, other) = resolved(
        {"addresses": {"ipv4": {"prefixes": 2, "otherwise": slices, "reserve": ["10.0.5.128/25", "10.0.4.128/25"]}}},
        {"addresses": {"ipv4": {"prefixes": 1, "otherwise": {"addresses": 12}}, "ipv6": {"prefixes": 1}}},
    )
    otherwise = Slice(8, {"zone-a": ranges("10.0.4.32/27"), "zone-b": ranges("10.0.5.32/27")})
    assert one.addresses == AddressPlans(ipv4=Prefixes(2, otherwise, ranges("10.0.4.128/25", "10.0.5.128/25")))
    assert other.addresses == AddressPlans(ipv4=Prefixes(1, Singles(12)), ipv6=Prefixes(1))


def test_floating_addresses_need_not_be_in_every_zone() -> None:
    (network,) = resolved(
        {"addresses": {"ipv4": {"floating": "10.0.5.224-10.0.5.250"}}, "publicAddresses": {"tags": {"use": "upf"}}}
    )
    assert network.addresses == AddressPlans(ipv4=Floating(ranges("10.0.5.224-10.0.5.250")))
    assert network.public_addresses == PublicAddresses({"use": "upf"})


def test_what_else_a_network_says_is_resolved() -> None:
    (network,) = resolved(
        {
            "routes": ["10.8.0.0/16"],
            "link": {"mode": "l3", "mtu": 1500, "rename": True},
            "ipv6Egress": {"egressOnlyGateway": "auto"},
        }
    )
    assert network.routes == ("10.8.0.0/16",)
    assert network.link == Link("ipvlan", "l3", 1500, rename=True)
    assert network.ipv6_egress == Ipv6Egress("", None)
    assert resolved({})[0].link == Link()


def test_a_pool_is_resolved() -> None:
    (network,) = resolved({"addresses": {"ipv4": {"floating": "10.0.4.40"}}, "publicAddresses": {"pool": "amazon"}})
    assert network.public_addresses == PublicAddresses({}, "amazon")


BOTH = f"{A} (10.0.4.0/24), {B} (10.0.5.0/24)"
KEPT = "AWS keeps a subnet's first four addresses and its last"


@pytest.mark.parametrize(
    ("plan", "mistake"),
    [
        (
            {"floating": "10.9.0.0/28"},
            f".floating: 10.9.0.0-10.9.0.15 is in none of the network's subnets: {BOTH}",
        ),
        (
            {"floating": ["10.0.4.60", "10.0.3.250-10.0.4.50"]},
            f".floating[1]: 10.0.3.250-10.0.4.50 reaches beyond {A} (10.0.4.0/24)",
        ),
        (
            {"floating": "10.0.4.250-10.0.5.10"},
            f".floating: 10.0.4.250-10.0.5.10 lies across {BOTH}; a range is in one subnet",
        ),
        ({"floating": "10.0.4.3"}, f".floating: 10.0.4.3 touches 10.0.4.0-10.0.4.3 of {A}; {KEPT}"),
        (
            {"floating": "10.0.5.250-10.0.5.255"},
            f".floating: 10.0.5.250-10.0.5.255 touches 10.0.5.255 of {B}; {KEPT}",
        ),
        (
            {"slice": 16, "from": ["10.0.4.0/27", "10.0.5.32/27"]},
            f".from[0]: 10.0.4.0-10.0.4.31 touches 10.0.4.0-10.0.4.3 of {A}; {KEPT}",
        ),
        (
            {"slice": 16, "from": "10.0.4.32/27"},
            f".from: no range lies in {B} (10.0.5.0/24), the subnet in zone-b; every zone needs one",
        ),
        (
            {"prefixes": 1, "otherwise": {"slice": 16, "from": ["10.0.5.32/27"]}},
            f".otherwise.from: no range lies in {A} (10.0.4.0/24), the subnet in zone-a; every zone needs one",
        ),
        (
            {"prefixes": 1, "reserve": ["10.0.6.128/25"]},
            f".reserve[0]: 10.0.6.128-10.0.6.255 is in none of the network's subnets: {BOTH}",
        ),
    ],
)
def test_ranges_that_lie_wrong(plan: dict[str, Any], mistake: str) -> None:
    """What AWS keeps: VPC User Guide, "Subnet CIDR blocks"."""
    found = mistakes({"addresses": {"ipv4": plan}})
    assert found == (f"networks[0].addresses.ipv4{mistake}",)


def test_a_reserved_block_may_hold_what_aws_keeps() -> None:
    """EC2 gives nobody a prefix with such an address; the block as a whole is only set aside."""
    assert resolved({"addresses": {"ipv4": {"prefixes": 1, "reserve": ["10.0.4.0/24"]}}})


@pytest.mark.parametrize("address", ["2001:db8:0:4::3", "2001:db8:0:4:ffff:ffff:ffff:ffff"])
def test_aws_keeps_five_ipv6_addresses_too(address: str) -> None:
    (mistake,) = mistakes({"addresses": {"ipv6": {"floating": address}}})
    assert mistake.endswith(KEPT)


def test_the_first_prefix_of_an_ipv6_subnet_is_no_slice() -> None:
    (mistake, *_) = mistakes({"addresses": {"ipv6": {"slice": "/80", "from": "2001:db8:0:4::/79"}}, "subnets": [A]})
    assert mistake.endswith(KEPT)


@pytest.mark.parametrize("plan", [{"prefixes": 1}, {"slice": "/80", "from": "2001:db8:0:4:1::/80"}])
def test_an_ipv6_plan_needs_ipv6_subnets(plan: dict[str, Any]) -> None:
    found = mistakes({"addresses": {"ipv6": plan}, "subnets": [A, C]})
    assert found == (f"networks[0].addresses.ipv6: {C} has no IPv6 CIDR block",)


def test_ipv6_egress_needs_ipv6_subnets() -> None:
    found = mistakes({"ipv6Egress": {"natGateway": "auto"}, "subnets": [C]})
    assert found == (f"networks[0].ipv6Egress: {C} has no IPv6 CIDR block",)


def test_floating_ipv6_addresses_need_one_subnet_with_ipv6() -> None:
    floating = {"ipv6": {"floating": "2001:db8:0:4:1::/80"}}
    assert resolved({"addresses": floating, "subnets": [A, C]})
    found = mistakes({"addresses": {"ipv6": {"floating": "2001:db8::1"}}, "subnets": [C]})
    said = "2001:db8::1: none of the network's subnets has IPv6 addresses"
    assert found == (f"networks[0].addresses.ipv6.floating: {said}",)


def test_ranges_of_networks_in_one_subnet_may_not_overlap() -> None:
    """Slices, floating addresses and reserved blocks alike."""
    found = mistakes(
        {"addresses": {"ipv4": {"slice": 16, "from": ["10.0.4.32/27", "10.0.5.32/27"]}}},
        {"addresses": {"ipv4": {"floating": ["10.0.4.50-10.0.4.90", "10.0.4.200"]}}},
        {"addresses": {"ipv4": {"prefixes": 1, "reserve": ["10.0.4.128/25"]}}},
    )
    n = "networks[{}].addresses.ipv4."
    assert found == (
        f"{n.format(1)}floating[0]: 10.0.4.50-10.0.4.90 overlaps 10.0.4.32-10.0.4.63, {n.format(0)}from[0]",
        f"{n.format(2)}reserve[0]: 10.0.4.128-10.0.4.255 overlaps 10.0.4.200, {n.format(1)}floating[1]",
    )


def test_a_range_inside_a_wide_one_is_found_behind_a_narrow_one() -> None:
    found = mistakes({"addresses": {"ipv4": {"floating": ["10.0.4.32-10.0.4.90", "10.0.4.40", "10.0.4.60"]}}})
    assert [mistake.split(":")[0] for mistake in found] == [
        "networks[0].addresses.ipv4.floating[1]",
        "networks[0].addresses.ipv4.floating[2]",
    ]


def test_the_same_addresses_in_another_vpc_are_others() -> None:
    twin = Subnet(B, "zone-a", "vpc-2", "10.0.4.0/24")
    floating = {"ipv4": {"floating": "10.0.4.40"}}
    text = document({"addresses": floating, "subnets": [A]}, {"addresses": floating, "subnets": [B]})
    assert resolve(parse(text), [SUBNETS[0], twin])


def test_wrong_subnets_bring_no_words_about_ranges() -> None:
    wrong = {"addresses": {"ipv4": {"floating": "10.9.0.1"}}, "routes": ["10.0.4.0/25"]}
    found = mistakes(wrong | {"subnets": [A, "subnet-89abcdef"]})
    assert found == ("networks[0].subnets[1]: EC2 knows no subnet-89abcdef",)


@pytest.mark.parametrize("route", ["10.0.4.0/25", "10.0.0.0/8", "2001:db8:0:4::/64"])
def test_a_route_may_not_overlap_the_networks_own_subnet(route: str) -> None:
    (mistake,) = mistakes({"routes": [route], "subnets": [A]})
    block = "2001:db8:0:4::/64" if ":" in route else "10.0.4.0/24"
    said = f"overlaps {A} ({block}), which the network reaches without a route"
    assert mistake == f"networks[0].routes[0]: {said}"
    assert resolved({"routes": ["10.0.7.0/24"]})


def test_a_plan_that_an_instance_type_cannot_hold_is_a_mistake() -> None:
    """So that a slice too large is named before any node launches, in groups that are Karpenter's as well."""
    slices = {"ipv4": {"slice": 16, "from": ["10.0.4.32/27", "10.0.5.32/27"]}}
    group = {"instanceTypes": ["m5.large", "m4.large", "t3.nano"]}
    said = "n0: slice: 16 takes 16 IPv4 slots of an interface; m4.large has 9 beside its own address"
    assert mistakes({"addresses": slices}, group=group) == (f"nodeGroups[0].instanceTypes[1]: {said}",)
    assert resolved({"addresses": slices}, group={"instanceTypes": ["m5.large"]})


def test_what_is_done_otherwise_must_fit_too() -> None:
    prefixes = {"ipv4": {"prefixes": 1, "otherwise": {"addresses": 12}}}
    said = "n0: otherwise, addresses: 12 takes 12 IPv4 slots of an interface; m5.large has 9 beside its own address"
    found = mistakes({"addresses": prefixes}, group={"instanceTypes": ["m5.large"]})
    assert found == (f"nodeGroups[0].instanceTypes[0]: {said}",)
    assert resolved({"addresses": prefixes}, group={"instanceTypes": ["m5.xlarge"]})


def test_more_interfaces_than_a_card_takes_are_a_mistake() -> None:
    found = mistakes({}, {"interfaces": 2}, {"networkCard": 1}, group={"instanceTypes": ["m5.large"]})
    assert [mistake.removeprefix("nodeGroups[0].instanceTypes[0]: ") for mistake in found] == [
        "n0, n1: 3 interfaces; network card 0 of m5.large takes 2 beside the primary one",
        "n2: m5.large has no network card 1",
    ]


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes(
        {
            "addresses": {"ipv4": {"floating": ["10.0.4.1", "10.9.0.1"]}, "ipv6": {"prefixes": 1}},
            "subnets": [A, C],
            "routes": ["10.0.6.0/24"],
        },
        {"subnets": ["subnet-89abcdef"]},
        group={"instanceTypes": ["t2.nano"]},
    )
    assert [mistake.split(":")[0] for mistake in found] == [
        "networks[0].addresses.ipv4.floating[0]",
        "networks[0].addresses.ipv4.floating[1]",
        "networks[0].addresses.ipv6",
        "networks[0].routes[0]",
        "networks[1].subnets[0]",
        "nodeGroups[0].instanceTypes[0]",
    ]
