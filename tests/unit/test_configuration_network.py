"""What a network says beside its addresses: routes, public addresses, IPv6 egress and its link."""

import json
from typing import Any

import pytest

from nodenet.configuration import parse
from nodenet.configuration.model import Network
from nodenet.errors import ConfigurationError

FLOATING = {"ipv4": {"floating": "10.0.4.224-10.0.4.250"}}


def document(**network: Any) -> str:
    plain = {
        "cluster": "prod",
        "networks": [{"name": "n3", "subnets": ["subnet-01234567"], "securityGroups": ["sg-01234567"]} | network],
        "nodeGroups": [{"select": {"role": "upf"}, "networks": ["n3"]}],
    }
    return json.dumps(plain)


def read(**network: Any) -> Network:
    return parse(document(**network)).networks[0]


def mistakes(**network: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        parse(document(**network))
    return error.value.mistakes


def test_defaults() -> None:
    network = read()
    assert (network.routes, network.public_addresses, network.ipv6_egress) == ((), None, None)
    assert network.link.model_dump() == {"plugin": "ipvlan", "mode": None, "mtu": None, "rename": False}


def test_routes_of_both_families_are_kept_in_the_usual_writing() -> None:
    assert read(routes=["10.8.0.0/16", "2001:DB8:8:0::/48"]).routes == ("10.8.0.0/16", "2001:db8:8::/48")


DEFAULT = (
    "a default route would take the pod's way to the cluster, which is by its first interface; "
    "name what lies beyond this network"
)


@pytest.mark.parametrize(
    ("routes", "mistake"),
    [
        ("10.8.0.0/16", ": must be a list"),
        ([10], "[0]: must be text: put 10 in quotes"),
        (["x"], '[0]: "x" is no CIDR block, such as 10.8.0.0/16 or 2001:db8:8::/48'),
        (["10.8.0.0/33"], '[0]: "10.8.0.0/33" is no CIDR block, such as 10.8.0.0/16 or 2001:db8:8::/48'),
        (["fe80::%1/64"], '[0]: "fe80::%1/64" is no CIDR block, such as 10.8.0.0/16 or 2001:db8:8::/48'),
        (["10.8.0.1"], '[0]: "10.8.0.1" has no prefix length; for one host write 10.8.0.1/32'),
        (["10.8.1.0/16"], '[0]: "10.8.1.0/16" has bits beyond its prefix length; did you mean 10.8.0.0/16?'),
        (["0.0.0.0/0"], f"[0]: {DEFAULT}"),
        (["::/0"], f"[0]: {DEFAULT}"),
        (["10.8.0.0/16", "10.8.0.0/16"], "[1]: 10.8.0.0/16 is routes[0] already"),
        (["2001:db8::/48", "2001:DB8::/48"], "[1]: 2001:db8::/48 is routes[0] already"),
        (["10.8.0.0/16", "10.8.4.0/24"], "[1]: 10.8.4.0/24 lies in routes[0], 10.8.0.0/16: keep one of them"),
        (["10.8.4.0/24", "10.8.0.0/16"], "[1]: 10.8.0.0/16 holds routes[0], 10.8.4.0/24: keep one of them"),
    ],
)
def test_mistakes_in_routes(routes: Any, mistake: str) -> None:
    assert mistakes(routes=routes) == (f"networks[0].routes{mistake}",)


def test_mistakes_in_one_route_do_not_hide_those_between_others() -> None:
    found = mistakes(routes=["x", "10.8.0.0/16", "10.8.0.0/16"])
    assert [mistake.split(":")[0] for mistake in found] == ["networks[0].routes[0]", "networks[0].routes[2]"]


@pytest.mark.parametrize(
    "public", [{"tags": {"use": "upf"}}, {"pool": "amazon"}, {"pool": "ipv4pool-ec2-0123456789abcdef0"}]
)
def test_public_addresses_have_tags_or_a_pool(public: Any) -> None:
    assert read(addresses=FLOATING, publicAddresses=public).public_addresses


EITHER = ": name either the tags of allocated Elastic IPs or a pool to allocate them from"
NEEDS_FLOATING = ": goes with floating IPv4 addresses only: an Elastic IP belongs to one private address"


@pytest.mark.parametrize(
    ("public", "addresses", "mistake"),
    [
        ({}, FLOATING, EITHER),
        ({"tags": {"use": "upf"}, "pool": "amazon"}, FLOATING, EITHER),
        ({"pool": "amazon"}, "none", NEEDS_FLOATING),
        ({"pool": "amazon"}, {"ipv4": {"prefixes": 1}}, NEEDS_FLOATING),
        ({"pool": "amazon"}, {"ipv6": {"floating": "2001:db8::1"}}, NEEDS_FLOATING),
        ({"tags": {}}, FLOATING, ".tags: must not be empty"),
        (
            {"pool": "pool-1"},
            FLOATING,
            '.pool: "pool-1" is no public IPv4 pool\'s id, such as ipv4pool-ec2-0123456789abcdef0, nor amazon',
        ),
        ({"pol": "amazon", "tags": {"a": "b"}}, FLOATING, ".pol: unknown key; did you mean pool?"),
        ("amazon", FLOATING, ": must be a mapping"),
    ],
)
def test_mistakes_in_public_addresses(public: Any, addresses: Any, mistake: str) -> None:
    assert mistakes(addresses=addresses, publicAddresses=public) == (f"networks[0].publicAddresses{mistake}",)


@pytest.mark.parametrize(
    "egress",
    [
        {"egressOnlyGateway": "auto"},
        {"natGateway": "nat-0123456789abcdef0"},
        {"egressOnlyGateway": "eigw-01234567", "natGateway": "auto"},
    ],
)
def test_ipv6_egress_names_one_gateway_or_both(egress: Any) -> None:
    assert read(ipv6Egress=egress).ipv6_egress


NO_GATEWAY = '"igw-01234567" is no egress-only gateway\'s id, such as eigw-0123456789abcdef0, nor auto'


@pytest.mark.parametrize(
    ("egress", "mistake"),
    [
        ({}, ": says nothing: name an egressOnlyGateway, a natGateway or both"),
        ({"natGateway": None}, ": says nothing: name an egressOnlyGateway, a natGateway or both"),
        (
            {"egressOnlyGateway": "igw-01234567"},
            f".egressOnlyGateway: {NO_GATEWAY}",
        ),
        (
            {"natGateway": "automatic"},
            '.natGateway: "automatic" is no NAT gateway\'s id, such as nat-0123456789abcdef0, nor auto',
        ),
        ({"natGatway": "auto", "egressOnlyGateway": "auto"}, ".natGatway: unknown key; did you mean natGateway?"),
    ],
)
def test_mistakes_in_ipv6_egress(egress: Any, mistake: str) -> None:
    assert mistakes(ipv6Egress=egress) == (f"networks[0].ipv6Egress{mistake}",)


@pytest.mark.parametrize(
    "link", [{"mode": "l3"}, {"plugin": "host-device"}, {"mtu": 1280}, {"mtu": 9001}, {"rename": True}]
)
def test_links_that_work(link: Any) -> None:
    assert read(link=link).link


@pytest.mark.parametrize(
    ("link", "mistake"),
    [
        (
            {"plugin": "macvlan"},
            ".plugin: not macvlan: EC2 delivers frames for one MAC address per interface; use ipvlan",
        ),
        ({"plugin": "bridge"}, ".plugin: must be 'ipvlan' or 'host-device'"),
        (
            {"plugin": "host-device", "mode": "l2"},
            ".mode: is ipvlan's; a pod with host-device has the whole link: leave it out",
        ),
        ({"mode": "l3s"}, ".mode: must be 'l2' or 'l3'"),
        ({"mtu": 1279}, ".mtu: must be at least 1280"),
        ({"mtu": 9002}, ".mtu: must be at most 9001"),
        ({"rename": "yes"}, ".rename: must be true or false"),
        ({"plugn": "ipvlan"}, ".plugn: unknown key; did you mean plugin?"),
        ("ipvlan", ": must be a mapping"),
    ],
)
def test_mistakes_in_a_link(link: Any, mistake: str) -> None:
    """MTU: RFC 8200, 5, and the EC2 User Guide's page on MTU."""
    assert mistakes(link=link) == (f"networks[0].link{mistake}",)
