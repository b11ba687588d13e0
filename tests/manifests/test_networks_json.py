"""What the agent is told."""

import json
from typing import Any

import pytest

from node.agent.configuration import parse
from node.manifests.networks import networks_json
from nodenet.configuration.resolved import Link, ResolvedNetwork
from nodenet.plans import AddressPlans, Floating, Plan, Prefixes, Singles, Slice
from nodenet.ranges import PREFIX_SIZE, AddressRange
from tests.manifests.networks import group, network


def told(*networks: ResolvedNetwork) -> Any:
    return json.loads(networks_json("prod", group(*networks)))


def test_a_network_is_told_with_what_it_is_recognised_by_and_what_is_made_of_it() -> None:
    n3 = network(
        interfaces=2,
        addresses=AddressPlans(ipv4=Prefixes(1, otherwise=Singles(12)), ipv6=Slice(PREFIX_SIZE[6], {})),
        routes=("10.8.0.0/16",),
        link=Link(plugin="host-device", mode="l3", mtu=1500, rename=True),
    )
    assert told(n3) == {
        "cluster": "prod",
        "networks": [
            {
                "name": "n3",
                "interfaces": 2,
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-1", "sg-2"],
                "ipv4": {"plan": "prefixes", "count": 1, "otherwise": {"plan": "addresses", "count": 12}},
                "ipv6": {"plan": "slice", "size": 281474976710656},
                "routes": ["10.8.0.0/16"],
                "link": {"plugin": "host-device", "mode": "l3", "mtu": 1500, "rename": True},
            }
        ],
    }


FROM = {"eu-central-1a": (AddressRange.parse("10.0.4.32-10.0.4.223"),)}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Prefixes(2), {"plan": "prefixes", "count": 2}),
        (
            Prefixes(1, otherwise=Slice(16, FROM)),
            {"plan": "prefixes", "count": 1, "otherwise": {"plan": "slice", "size": 16}},
        ),
        (Slice(16, FROM), {"plan": "slice", "size": 16}),
        (
            Floating((AddressRange.parse("10.0.4.224-10.0.4.250"), AddressRange.parse("10.0.5.7"))),
            {"plan": "floating", "ranges": ["10.0.4.224-10.0.4.250", "10.0.5.7"]},
        ),
    ],
)
def test_each_plan_is_told(plan: Plan, said: Any) -> None:
    assert told(network(addresses=AddressPlans(ipv4=plan)))["networks"][0]["ipv4"] == said


def test_a_family_without_a_plan_is_absent() -> None:
    assert {"ipv4", "ipv6"}.isdisjoint(told(network())["networks"][0])


def test_its_parts_are_in_an_order_of_their_own() -> None:
    """So that nothing rolls when nothing has changed: a set has another order in each process."""
    groups = [f"sg-{number}" for number in range(10, 20)]
    (read,) = told(network(subnet_by_zone={"b": "subnet-b", "a": "subnet-a"}, security_groups=frozenset(groups)))[
        "networks"
    ]
    assert read["securityGroups"] == groups
    assert read["subnets"] == ["subnet-a", "subnet-b"]


def test_the_agent_reads_all_of_it() -> None:
    n3 = network(
        addresses=AddressPlans(ipv4=Prefixes(1, otherwise=Slice(16, FROM)), ipv6=Prefixes(1)), routes=("10.8.0.0/16",)
    )
    n4 = network("n4", interfaces=2, security_groups=frozenset({"sg-4"}), link=Link(plugin="host-device", mtu=1500))
    n6 = network(
        "n6", security_groups=frozenset({"sg-6"}), addresses=AddressPlans(ipv4=Floating((FROM["eu-central-1a"][0],)))
    )
    read = parse(told(n3, n4, n6))
    assert read.cluster == "prod"
    assert [each.name for each in read.networks] == ["n3", "n4", "n6"]
    assert read.networks[0].plan(4) is not None
    assert read.networks[1].interfaces == 2
    assert [str(each) for each in read.networks[0].routes] == ["10.8.0.0/16"]
