"""Which interface is whose, and when it is complete."""

from dataclasses import replace
from typing import Any

import pytest

from node.agent.configuration import Network, parse
from node.agent.imds import Interface
from node.agent.matching import match
from tests.node.networks import N3

WHOLE = Interface(
    "0a:00:00:00:00:03",
    "eni-3",
    0,
    3,
    "subnet-n3",
    frozenset({"sg-n3"}),
    ipv4s=("10.0.4.9",),
    ipv4_block="10.0.4.0/24",
    ipv6_blocks=("2600:1f13:a:4::/64",),
)


def network(**plans: Any) -> Network:
    return parse({"cluster": "prod", "networks": [{**N3, "ipv4": None, "ipv6": None, **plans}]}).networks[0]


def complete(plan: dict[str, Any], **interface: Any) -> bool:
    return bool(match([network(ipv4=plan)], [replace(WHOLE, **interface)])[0])


@pytest.mark.parametrize(
    "other", [{"subnet": "subnet-n6"}, {"groups": frozenset({"sg-n3", "sg-n6"})}, {"groups": frozenset({"sg-n6"})}]
)
def test_an_interface_of_another_subnet_or_of_other_groups_is_not_the_networks(other: dict[str, Any]) -> None:
    wired, missing = match([network()], [replace(WHOLE, **other)])
    assert not wired
    assert missing[0].startswith("n3: 0 of 1 interfaces")


def test_a_network_without_a_plan_needs_its_interface_only() -> None:
    assert [each.name for each in match([network()], [WHOLE])[0]] == ["n3"]


def test_prefixes_are_counted() -> None:
    plan = {"plan": "prefixes", "count": 2}
    assert not complete(plan, ipv4_prefixes=("10.0.4.32/28",))
    assert complete(plan, ipv4_prefixes=("10.0.4.32/28", "10.0.4.64/28"))


def test_what_was_to_be_done_otherwise_is_as_good() -> None:
    plan = {"plan": "prefixes", "count": 1, "otherwise": {"plan": "addresses", "count": 2}}
    assert not complete(plan, ipv4s=("10.0.4.9", "10.0.4.20"))
    assert complete(plan, ipv4s=("10.0.4.9", "10.0.4.20", "10.0.4.21"))


def test_the_primary_address_is_no_pods() -> None:
    assert not complete({"plan": "addresses", "count": 1}, ipv4s=("10.0.4.9",))


def test_a_slice_comes_as_prefixes_or_as_addresses() -> None:
    plan = {"plan": "slice", "size": 16}
    assert complete(plan, ipv4_prefixes=("10.0.4.32/28",))
    assert not complete(plan, ipv4s=("10.0.4.9", *(f"10.0.4.{number}" for number in range(32, 47))))
    assert complete(plan, ipv4s=("10.0.4.9", *(f"10.0.4.{number}" for number in range(32, 48))))


def test_floating_addresses_are_not_waited_for() -> None:
    assert complete({"plan": "floating", "ranges": ["10.0.4.224/27"]})


def test_interfaces_above_the_number_asked_for_are_left_alone() -> None:
    wired, missing = match([network()], [replace(WHOLE, id="eni-9", device=9), WHOLE])
    assert [each.interface.id for each in wired] == ["eni-3"]
    assert missing == []
