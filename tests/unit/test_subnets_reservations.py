"""What a plan reserves, keeps and refuses.

Sources: VPC User Guide, "Subnet CIDR reservations" (reservations do not overlap, may hold addresses in use and move
none); EKS User Guide, "Assign more IP addresses to Amazon EKS nodes with prefixes"; amazon-vpc-cni-k8s.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodenet.plans import AddressPlans, Floating, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange, merged
from nodenet.subnets.answer import answer
from nodenet.subnets.prepare import Prepared
from nodenet.subnets.steps import Plan
from tests.unit.subnet_views import (
    CLUSTER,
    configuration,
    network,
    occupant,
    planned,
    ranges,
    refusal,
    reservation,
    reserved,
    subnet,
)

SLICES = AddressPlans(ipv4=Slice(16, {"a": ranges("10.0.4.32-10.0.4.95")}))
FLOATING = AddressPlans(ipv4=Floating(ranges("10.0.4.224-10.0.4.239")))
RESERVE = AddressPlans(ipv4=Prefixes(1, reserve=ranges("10.0.4.128/26")))


def test_the_range_of_slices_is_reserved_explicitly_in_the_fewest_blocks() -> None:
    plan = planned(configuration(network(SLICES)))
    assert reserved(plan) == [
        ("subnet-a", "10.0.4.32/27", "explicit"),
        ("subnet-a", "10.0.4.64/27", "explicit"),
    ]
    assert (plan.kept, plan.refused) == ((), ())


def test_neighbouring_ranges_of_a_network_become_one_block() -> None:
    plans = AddressPlans(ipv4=Slice(16, {"a": ranges("10.0.4.64-10.0.4.79", "10.0.4.80-10.0.4.127")}))
    assert reserved(planned(configuration(network(plans)))) == [("subnet-a", "10.0.4.64/26", "explicit")]


def test_each_zone_reserves_its_own_ranges() -> None:
    plans = AddressPlans(ipv4=Slice(16, {"b": ranges("10.0.5.16/28"), "a": ranges("10.0.4.16/28")}))
    assert reserved(planned(configuration(network(plans)))) == [
        ("subnet-a", "10.0.4.16/28", "explicit"),
        ("subnet-b", "10.0.5.16/28", "explicit"),
    ]


def test_floating_ranges_are_reserved_in_the_subnet_that_they_lie_in_of_both_families() -> None:
    plans = AddressPlans(
        ipv4=Floating(ranges("10.0.5.20", "10.0.4.21")), ipv6=Floating(ranges("2001:db8:0:1::10-2001:db8:0:1::1f"))
    )
    assert sorted(reserved(planned(configuration(network(plans))))) == [
        ("subnet-a", "10.0.4.21/32", "explicit"),
        ("subnet-b", "10.0.5.20/32", "explicit"),
        ("subnet-b", "2001:db8:0:1::10/124", "explicit"),
    ]


def test_prefixes_without_a_reserve_ask_for_nothing_and_their_fallback_slices_do() -> None:
    assert planned(configuration(network(AddressPlans(ipv4=Prefixes(1, Singles(4)))))) == Plan()
    fallback = AddressPlans(ipv4=Prefixes(1, otherwise=SLICES.ipv4 if isinstance(SLICES.ipv4, Slice) else None))
    assert [cidr for _, cidr, _ in reserved(planned(configuration(network(fallback))))] == [
        "10.0.4.32/27",
        "10.0.4.64/27",
    ]


def test_a_network_of_several_groups_asks_once() -> None:
    wants = configuration(network(FLOATING))
    twice = type(wants)(wants.cluster, wants.groups * 2)
    assert len(planned(twice).steps) == 1


# ---- reservations that are there


@pytest.mark.parametrize("there", ["10.0.4.64/27", "10.0.4.64/28"])
def test_what_a_run_that_was_cut_off_has_made_is_kept_and_the_rest_is_made(there: str) -> None:
    plan = planned(configuration(network(SLICES)), reservations=(reservation(there),))
    made = [AddressRange.parse(cidr) for _, cidr, _ in reserved(plan)]
    assert merged([*made, AddressRange.parse(there)]) == ranges("10.0.4.32-10.0.4.95")
    assert [each.what for each in plan.kept] == [there]


def test_one_that_covers_the_range_is_kept_and_nothing_is_left_to_do() -> None:
    plan = planned(configuration(network(FLOATING)), reservations=(reservation("10.0.4.192/26"),))
    assert (plan.steps, plan.refused) == ((), ())
    assert [each.id for each in plan.kept] == ["scr-10.0.4.192/26"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (reservation("10.0.4.224/28", "prefix"), "as prefix, where n3 needs explicit"),
        (reservation("10.0.4.232/29", "prefix"), "as prefix, where n3 needs explicit"),
        (reservation("10.0.4.224/28", tags={"nodenet:cluster": "other"}), "for the cluster other"),
    ],
)
def test_one_of_another_kind_or_cluster_is_refused_by_its_name(there: Any, said: str) -> None:
    found = refusal(planned(configuration(network(FLOATING)), reservations=(there,)))
    assert said in found.reason
    assert there.id in found.reason


def test_one_that_crosses_the_edge_of_a_range_is_refused() -> None:
    """Somebody means its other half for something else, and it cannot be changed."""
    plans = AddressPlans(ipv4=Floating(ranges("10.0.4.40-10.0.4.70")))
    found = refusal(planned(configuration(network(plans)), reservations=(reservation("10.0.4.64/27"),)))
    assert found.what == "10.0.4.64/27"
    assert "part of 10.0.4.40-10.0.4.70" in found.reason


def test_one_beside_the_range_or_in_another_subnet_does_not_matter() -> None:
    there = (reservation("10.0.4.240/28", "prefix"), reservation("2001:db8::/80", "prefix"))
    assert len(planned(configuration(network(FLOATING)), reservations=there).steps) == 1


@given(
    st.integers(16, 200),
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 15), st.sampled_from([28, 29, 30])), max_size=6),
)
def test_whatever_is_there_the_missing_rest_is_reserved_exactly_once(
    start: int, size: int, blocks: list[tuple[int, int]]
) -> None:
    wanted = AddressRange.parse(f"10.0.4.{start}-10.0.4.{start + size - 1}")
    there = [AddressRange.parse(f"10.0.4.{number * 16}/{length}") for number, length in dict(blocks).items()]
    inside = [each for each in there if each in wanted]
    plan = planned(
        configuration(network(AddressPlans(ipv4=Floating((wanted,))))),
        reservations=tuple(reservation(str(each.cidrs[0])) for each in inside),
    )
    made = [AddressRange.parse(cidr) for _, cidr, _ in reserved(plan)]
    everything = sorted([*made, *inside])
    assert merged(everything) == (wanted,)
    assert sum(each.size for each in everything) == wanted.size


# ---- consent, and what is gone


@pytest.mark.parametrize("tags", [{}, {"nodenet:cluster": "other"}])
def test_a_subnet_that_does_not_name_the_cluster_is_not_changed_and_what_it_lacks_is_told(tags: dict[str, str]) -> None:
    found = refusal(planned(configuration(network(SLICES)), subnets=[subnet("a", tags), subnet("b")]))
    assert found.what == "10.0.4.32/27, 10.0.4.64/27"
    assert f"tag it nodenet:cluster={CLUSTER}" in found.reason


def test_a_subnet_that_lacks_nothing_needs_no_tag() -> None:
    plan = planned(
        configuration(network(FLOATING)),
        subnets=[subnet("a", {}), subnet("b")],
        reservations=(reservation("10.0.4.224/28"),),
    )
    assert (plan.steps, plan.refused) == ((), ())


def test_a_subnet_or_block_that_is_gone_since_the_configuration_was_read_is_named() -> None:
    gone = planned(configuration(network(FLOATING)), subnets=[subnet("b")])
    assert {each.reason for each in gone.refused} == {
        "EC2 does not know the subnet",
        "it lies in none of the network's subnets",
    }


# ---- what people read


def test_the_answer_is_plain_json_with_a_reason_for_everything() -> None:
    wants = configuration(network(SLICES), network(FLOATING, name="n6", subnets={"b": "subnet-b"}))
    plan = planned(wants, occupants=(occupant("10.0.4.40", description="web", owner="i-7"),))
    said = answer(Prepared(dry_run=True, plan=plan))
    assert json.loads(json.dumps(said)) == said
    assert list(said) == ["configuration", "mistakes", "warnings", "dryRun", "steps", "kept", "refused"]
    refused = next(each for each in said["refused"] if each["holders"])
    assert refused["holders"] == [{"address": "10.0.4.40", "interface": "eni-1", "description": "web", "owner": "i-7"}]
    assert all(each["reason"] for key in ("steps", "kept", "refused") for each in said[key])
