"""Addresses that somebody has, and subnets that the VPC CNI uses, are refused by name.

Sources: VPC User Guide, "Subnet CIDR reservations"; EKS User Guide, "Assign more IP addresses to Amazon EKS nodes with
prefixes"; amazon-vpc-cni-k8s, pkg/awsutils.
"""

from typing import Any

import pytest

from nodenet.plans import AddressPlans, Floating, Prefixes, Slice
from nodenet.subnets.steps import Reserve
from tests.unit.subnet_views import (
    OURS,
    configuration,
    network,
    occupant,
    own,
    planned,
    ranges,
    refusal,
    reserved,
    subnet,
)

SLICES = AddressPlans(ipv4=Slice(16, {"a": ranges("10.0.4.32-10.0.4.95")}))
FLOATING = AddressPlans(ipv4=Floating(ranges("10.0.4.224-10.0.4.239")))
RESERVE = AddressPlans(ipv4=Prefixes(1, reserve=ranges("10.0.4.128/26")))


@pytest.mark.parametrize(
    ("who", "address"),
    [
        (occupant("10.0.4.40", description="web", owner="i-7"), "10.0.4.40"),
        (occupant(singles=["10.0.4.41"], owner="interface of amazon-elb"), "10.0.4.41"),
        (occupant(prefixes=["10.0.4.48/28"], description="aws-K8S-i-7"), "10.0.4.48/28"),
        (occupant("10.0.4.40", tags=own()), "10.0.4.40"),
        (occupant(singles=["10.0.4.41"], tags=own()), "10.0.4.41"),
        (occupant(prefixes=["10.0.4.48/28"], tags=own("n6")), "10.0.4.48/28"),
        (occupant(prefixes=["10.0.4.48/28"], tags=own(cluster="other")), "10.0.4.48/28"),
    ],
)
def test_addresses_in_use_are_refused_and_named_with_their_owner(who: Any, address: str) -> None:
    """nodenet's own are in the way too where they are no slices of this network: a primary address, part of a slice,
    another network's, another cluster's."""
    found = refusal(planned(configuration(network(SLICES)), occupants=(who,)))
    (holder,) = found.holders
    assert (holder.address, holder.interface, holder.owner) == (address, "eni-1", who.owner)
    assert holder.description == who.description


@pytest.mark.parametrize(
    "who",
    [
        occupant(prefixes=["10.0.4.48/28"], tags=own()),
        occupant(singles=[f"10.0.4.{number}" for number in range(64, 80)], tags=own()),
        occupant(singles=["10.0.4.9"], description="web"),
        occupant(""),
    ],
)
def test_slices_of_nodenet_s_own_interfaces_and_what_lies_elsewhere_are_in_nobody_s_way(who: Any) -> None:
    assert len(planned(configuration(network(SLICES)), occupants=(who,)).steps) == 2


def test_claimed_addresses_are_in_place_on_an_interface_of_their_network_only() -> None:
    mine, other = occupant(singles=["10.0.4.230"], tags=own()), occupant(singles=["10.0.4.230"], tags=own("n6"))
    assert planned(configuration(network(FLOATING)), occupants=(mine,)).steps
    assert refusal(planned(configuration(network(FLOATING)), occupants=(other,))).holders


def test_prefixes_of_the_cluster_s_interfaces_are_in_place_in_a_prefix_reservation_and_addresses_are_not() -> None:
    mine = occupant(prefixes=["10.0.4.128/28"], tags=own("n6"))
    single = occupant(singles=["10.0.4.129"], tags=own())
    assert planned(configuration(network(RESERVE)), occupants=(mine,)).steps
    assert refusal(planned(configuration(network(RESERVE)), occupants=(single,))).holders


def test_all_holders_are_named_together() -> None:
    crowd = tuple(occupant(f"10.0.4.{number}") for number in range(30, 50))
    found = refusal(planned(configuration(network(SLICES)), occupants=crowd))
    assert len(found.holders) == 18


def test_a_refused_subnet_is_left_alone_with_all_its_networks_and_the_others_are_not() -> None:
    wants = configuration(
        network(AddressPlans(ipv4=Slice(16, {"a": ranges("10.0.4.32/27"), "b": ranges("10.0.5.32/27")}))),
        network(FLOATING, name="n6"),
    )
    plan = planned(wants, occupants=(occupant("10.0.4.40"),))
    assert reserved(plan) == [("subnet-b", "10.0.5.32/27", "explicit")]
    assert [each.subnet for each in plan.refused] == ["subnet-a"]


# ---- prefix reservations and the VPC CNI


def test_a_reserve_is_a_prefix_reservation_where_the_cni_is_not_and_says_what_cannot_be_seen() -> None:
    (step,) = planned(configuration(network(RESERVE))).steps
    assert isinstance(step, Reserve)
    assert (step.cidr, step.kind) == ("10.0.4.128/26", "prefix")
    assert "ENIConfig" in step.reason


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"subnets": [subnet(tags={**OURS, "kubernetes.io/role/cni": "1"})]}, "kubernetes.io/role/cni"),
        ({"occupants": (occupant(description="aws-K8S-i-7"),)}, "eni-1 is an interface of the VPC CNI"),
        ({"occupants": (occupant(tags={"node.k8s.amazonaws.com/instance_id": "i-7"}),)}, "eni-1 is an interface"),
        ({"occupants": (occupant(first_of="i-7"),), "nodes": frozenset({"i-7"})}, "i-7 is a cluster's node"),
    ],
)
def test_where_the_cni_takes_addresses_a_prefix_reservation_is_refused_and_an_explicit_one_is_not(
    seen: dict[str, Any], said: str
) -> None:
    only_a = {"a": "subnet-a"}
    found = refusal(planned(configuration(network(RESERVE, subnets=only_a)), **seen))
    assert said in found.reason
    assert "slice plan, or a subnet of its own" in found.reason
    assert planned(configuration(network(FLOATING, subnets=only_a)), **seen).steps


@pytest.mark.parametrize(
    "seen",
    [
        {"subnets": [subnet(tags={**OURS, "kubernetes.io/role/cni": "0"})]},
        {"occupants": (occupant(first_of="i-7"),)},
        {"occupants": (occupant(description="nodenet n3 #0", tags=own()),), "nodes": frozenset({"i-1"})},
    ],
)
def test_what_only_looks_like_the_cni_stops_nothing(seen: dict[str, Any]) -> None:
    """The value 0 excludes the subnet (amazon-vpc-cni-k8s, pkg/awsutils); an instance may be no node."""
    assert planned(configuration(network(RESERVE, subnets={"a": "subnet-a"})), **seen).steps
