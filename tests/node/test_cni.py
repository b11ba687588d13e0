"""The CNI file of a network."""

from dataclasses import replace
from ipaddress import IPv6Network, collapse_addresses
from typing import Any

import pytest

from node.agent.cni import document, gateway
from node.agent.configuration import parse
from node.agent.matching import Wired
from tests.node.networks import N3, linked
from tests.node.test_matching import WHOLE

PREFIXED = replace(WHOLE, ipv4_prefixes=("10.0.4.32/28",), ipv6_prefixes=("2600:1f13:a:4:1::/80",))


def made(network: dict[str, Any], interface: Any = PREFIXED, six: bool = True) -> Any:
    found = parse({"cluster": "prod", "networks": [network]}).networks[0]
    return document(Wired("n3", found, interface), "ens6", 2003, "/run/leases", six)


def ipam(network: dict[str, Any], interface: Any = PREFIXED) -> Any:
    return made(network, interface)["plugins"][0]["ipam"]


def test_each_family_has_one_set_with_all_of_the_nodes_ranges() -> None:
    """host-local gives one address of each set (its documentation, "ranges")."""
    interface = replace(PREFIXED, ipv4_prefixes=("10.0.4.32/28", "10.0.4.96/28"))
    ipv4, ipv6 = ipam(N3, interface)["ranges"]
    assert [(each["rangeStart"], each["rangeEnd"]) for each in ipv4] == [
        ("10.0.4.32", "10.0.4.47"),
        ("10.0.4.96", "10.0.4.111"),
    ]
    assert {each["subnet"] for each in ipv4} == {"10.0.4.0/24"}
    assert ipv6[0]["subnet"] == "2600:1f13:a:4::/64"
    assert ipv6[0]["rangeEnd"] == "2600:1f13:a:4:1:ffff:ffff:ffff"


@pytest.mark.parametrize("link", [{"plugin": "host-device"}, {"plugin": "ipvlan", "mode": "l3"}])
def test_the_routes_are_in_main_and_the_default_in_the_networks_own_table(link: Any) -> None:
    network = {**N3, "link": link}
    assert ipam(network)["routes"] == [
        {"dst": "10.8.0.0/16", "gw": "10.0.4.1"},
        {"dst": "0.0.0.0/0", "gw": "10.0.4.1", "table": 2003},
        {"dst": "::/0", "gw": "fe80:ec2::1", "table": 2003},
    ]
    assert {"type": "sbr", "table": 2003} in made(network)["plugins"]


def test_bound_to_ipv4_the_subnet_is_on_the_link() -> None:
    """0.0.0.0 is no gateway to Linux, and the only way to tell host-local so."""
    assert ipam({**N3, "ipv6": None})["routes"][1:] == [
        {"dst": "10.0.4.0/24", "gw": "0.0.0.0", "table": 2003},
        {"dst": "0.0.0.0/0", "gw": "10.0.4.1", "table": 2003},
    ]


@pytest.mark.parametrize(
    ("plan", "prefixes", "near"),
    [
        ({"plan": "prefixes", "count": 1}, ["2600:1f13:a:4:1::/80"], "2600:1f13:a:4:1::/80"),
        ({"plan": "prefixes", "count": 2}, ["2600:1f13:a:4:1::/80", "2600:1f13:a:4:6::/80"], "2600:1f13:a:4::/77"),
        ({"plan": "floating", "ranges": ["2600:1f13:a:4::a00-2600:1f13:a:4::aff"]}, [], "2600:1f13:a:4::a00/120"),
        ({"plan": "floating", "ranges": ["2600:1f13:a:5::a00/120"]}, [], "2600:1f13:a:4::/64"),
    ],
)
def test_bound_to_ipv6_all_but_what_is_near_has_the_router(plan: Any, prefixes: list[str], near: str) -> None:
    """A table without a route lets the next rule's look: main, with the subnet on the link (ip-rule(8))."""
    interface = replace(PREFIXED, ipv6_prefixes=tuple(prefixes))
    routes = [each for each in ipam({**N3, "ipv4": None, "ipv6": plan}, interface)["routes"] if "table" in each]
    assert {(each["gw"], each["table"]) for each in routes} == {("fe80:ec2::1", 2003)}
    left = collapse_addresses([*(IPv6Network(each["dst"]) for each in routes), IPv6Network(near)])
    assert list(left) == [IPv6Network("::/0")]
    assert not any(IPv6Network(each["dst"]).overlaps(IPv6Network(near)) for each in routes)


def test_a_family_without_a_plan_is_absent() -> None:
    found = ipam({**N3, "ipv6": None})
    assert len(found["ranges"]) == 1
    assert not any(":" in route["dst"] for route in found["routes"])


@pytest.mark.parametrize("plan", [{"plan": "floating", "ranges": ["10.0.4.224/27"]}, None])
def test_without_addresses_of_the_nodes_own_the_pods_annotation_brings_them(plan: Any) -> None:
    plugin = made({**N3, "ipv4": plan, "ipv6": None})["plugins"][0]
    assert plugin["capabilities"] == {"ips": True}
    assert plugin["ipam"]["type"] == "static"
    assert plugin["ipam"]["routes"][-1] == {"dst": "0.0.0.0/0", "gw": "10.0.4.1", "table": 2003}


def test_one_family_may_float_while_the_other_is_the_nodes() -> None:
    """host-local takes a requested address of a range set, and chooses of those without one (its documentation,
    "Supported arguments": the capability `ips`). A range of another zone's subnet is none of its subnet's."""
    floating = {"plan": "floating", "ranges": ["10.0.4.224-10.0.4.250", "10.0.5.224-10.0.5.250"]}
    plugin = made({**N3, "ipv4": floating})["plugins"][0]
    assert plugin["capabilities"] == {"ips": True}
    (ipv4,), (ipv6,) = plugin["ipam"]["ranges"]
    assert (ipv4["rangeStart"], ipv4["rangeEnd"], ipv4["subnet"]) == ("10.0.4.224", "10.0.4.250", "10.0.4.0/24")
    assert ipv6["subnet"] == "2600:1f13:a:4::/64"


def test_host_device_takes_the_link_by_its_mac() -> None:
    assert made(linked(N3, plugin="host-device"))["plugins"][0]["hwaddr"] == WHOLE.mac


@pytest.mark.parametrize(
    ("mode", "six", "blocks", "guarded"),
    [("l2", True, True, True), ("l3", True, True, False), ("l2", False, True, False), ("l2", True, False, False)],
)
def test_advertisements_are_kept_out_where_they_can_come(mode: str, six: bool, blocks: bool, guarded: bool) -> None:
    """In mode l3 no multicast reaches the pod (kernel, ipvlan.rst)."""
    interface = PREFIXED if blocks else replace(PREFIXED, ipv6_blocks=())
    plans = {} if blocks else {"ipv6": None}
    found = made({**linked(N3, mode=mode), **plans}, interface, six)
    assert ("tuning" in [plugin["type"] for plugin in found["plugins"]]) == guarded


@pytest.mark.parametrize(("block", "router"), [("10.0.4.0/24", "10.0.4.1"), ("10.0.5.128/25", "10.0.5.129")])
def test_the_router_is_the_subnets_second_address(block: str, router: str) -> None:
    assert gateway(block) == router
