"""The whole plan, and that it is quick: it works by group and subnet, so that the number of nodes does not count."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planner import fleet_of, harder, seconds_of
from nodenet.capacity.document import PlanDocument, resolve
from nodenet.capacity.fleet import Fleet, Subnet
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import CapacityPlan
from nodenet.capacity.planning import plan
from tests.unit.capacity.fleets import fleet, group

SLOW_MACHINE = 4
"""Times what it takes on a core of one's own: tests run beside each other."""


@pytest.fixture(scope="module")
def large() -> Fleet:
    found = fleet_of(10_000)
    plan(found)
    return found


def test_a_plan_has_all_its_parts() -> None:
    one = fleet([Subnet("a", "z1", 24)], group("web", "m5.large", {12: 4}, "a"))
    found, placed = plan(one), place(one)
    assert (found.nodes, found.subnets, found.shortages) == (placed.nodes, placed.subnets, placed.shortages)
    assert found.fits
    assert set(found.more_nodes) == {"", "web"}
    assert found.growth[0].nodes == 4
    assert found.advice
    assert not plan(one, advice=False).advice


def test_a_plan_with_a_shortage_does_not_fit() -> None:
    one = fleet([Subnet("a", "z1", 28)], group("web", "m5.large", {12: 4}, "a"))
    found = plan(one)
    assert not found.fits
    assert found.more_nodes[""].more == 0


def test_ten_thousand_nodes_are_planned_in_a_second(large: Fleet) -> None:
    assert min(seconds_of(large) for _ in range(3)) < 1 * SLOW_MACHINE


@pytest.mark.parametrize("name", sorted(harder(fleet_of(40))))
def test_so_they_are_where_enis_have_a_choice_of_subnets(large: Fleet, name: str) -> None:
    assert min(seconds_of(harder(large)[name]) for _ in range(2)) < 1 * SLOW_MACHINE


def test_the_number_of_nodes_does_not_count(large: Fleet) -> None:
    few = min(seconds_of(fleet_of(1_000), advice=False) for _ in range(3))
    many = min(seconds_of(fleet_of(100_000), advice=False) for _ in range(3))
    assert many < 5 * few


def test_memory_is_little(large: Fleet) -> None:
    tracemalloc.start()
    plan(large, advice=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 2**20


@given(
    st.lists(st.tuples(st.integers(24, 26), st.integers(0, 8)), min_size=1, max_size=3),
    st.sampled_from(["t3.medium", "m5.large", "c5.2xlarge"]),
    st.integers(1, 3),
    st.integers(3, 8),
    st.sampled_from([0, 1, 2, "10%", "33%", "all"]),
)
@settings(max_examples=60, deadline=None)
def test_room_for_more_nodes_is_what_a_plan_with_so_many_more_says(
    zones: list[tuple[int, int]], instance_type: str, nodes: int, pods: int, surge: int | str
) -> None:
    """Whatever surge they bring along."""
    subnets = [
        {"name": f"s{place}", "zone": f"zone-{place}", "size": f"/{length}", "used": used}
        for place, (length, used) in enumerate(zones)
    ]

    def planned(more: int) -> CapacityPlan:
        group = {"name": "web", "instanceType": instance_type, "nodes": nodes + more, "pods": pods, "surge": surge}
        group |= {"subnets": [each["name"] for each in subnets]}
        document = {"cni": {"WARM_IP_TARGET": 2}, "subnets": subnets, "nodeGroups": [group]}
        return plan(resolve(PlanDocument.model_validate(document)), advice=False)

    today = planned(0)
    room = today.more_nodes["web"].more

    assert room is not None
    assert planned(room).fits == today.fits
    assert not planned(room + 1).fits
