"""What runs out first: the same as by adding one node, or one pod on every node, after the other."""

from dataclasses import replace
from ipaddress import IPv4Network
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.fleet import Fleet, NodeGroup, Reservation, Subnet
from nodenet.capacity.growing.exhaustion import growing, more_nodes, more_pods
from nodenet.capacity.growing.growth import POINTS, growth
from nodenet.capacity.placing.blocks import blocks, missing
from nodenet.capacity.placing.dealing import in_proportion
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import ALL, Limit, Risk
from nodenet.ranges import AddressRange
from tests.unit.capacity.fleets import cni, fleet, fleets, group

A = Subnet("a", "z1", 24)
B = Subnet("b", "z2", 23)
FULL = (Risk.HIGH, Risk.CERTAIN)


def bad(one: Fleet) -> set[str]:
    """Subnets that do not do, by a whole plan."""
    found = place(one)
    names = {each.name for each in one.subnets}
    return {each.where for each in found.shortages if each.where in names} | {
        each.name for each in found.subnets if each.blocks.risk in FULL
    }


def by_one_more(one: Fleet, most: int = 420) -> int:
    """A group of one kind of node, grown by one node after the other in whole plans. Four /22s, the most that is drawn,
    hold 404 nodes of ten addresses, the smallest."""
    (only,) = one.groups
    ((pods, nodes),) = only.pods
    for more in range(1, most):
        if bad(replace(one, groups=(replace(only, pods=((pods, nodes + more),)),))):
            return more - 1
    raise AssertionError("no end")


SETTINGS = {
    "shipped": cni(),
    "warm addresses": cni(WARM_IP_TARGET=3, MINIMUM_IP_TARGET=12),
    "prefixes": cni(ENABLE_PREFIX_DELEGATION=True),
}


@pytest.mark.parametrize("nodes", [0, 1, 4])
@pytest.mark.parametrize("name", SETTINGS)
def test_more_nodes_are_as_many_as_come_one_by_one(name: str, nodes: int) -> None:
    one = fleet([A, B], group("web", "m5.large", {12: nodes}, "a", "b"), cni=SETTINGS[name])
    limits = more_nodes(one, place(one))
    assert limits["web"].more == limits[ALL].more == by_one_more(one)


@given(
    st.lists(st.integers(23, 26), min_size=1, max_size=4),
    st.integers(0, 25),
    st.integers(0, 3),
    st.sampled_from(sorted(SETTINGS)),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_so_it_is_over_any_subnets(lengths: list[int], pods: int, nodes: int, name: str, occupied: bool) -> None:
    subnets = [
        Subnet(
            f"s{place}",
            f"z{place % 2}",
            length,
            IPv4Network((f"10.{place}.0.0", length)),
            used=1 if occupied else 0,
            occupied=(AddressRange.parse(f"10.{place}.0.20"),) if occupied else None,
        )
        for place, length in enumerate(lengths)
    ]
    web = group("web", "m5.large", {pods: nodes}, *(each.name for each in subnets))
    one = fleet(subnets, web, cni=SETTINGS[name])
    limit = more_nodes(one, place(one))["web"]
    if bad(one):
        assert limit.more is not None
        assert limit.more < 2 * len(subnets)
    else:
        assert limit.more == by_one_more(one)


@given(fleets(most_nodes=5), st.data())
@settings(max_examples=40, deadline=None)
def test_nothing_ends_before_the_limit_and_something_does_after(one: Fleet, data: st.DataObject) -> None:
    """With tags, discovery, networks and targets: each count below the limit is tried, and the one beyond it."""
    placed = place(one)
    name, limit = data.draw(st.sampled_from(sorted(more_nodes(one, placed).items(), key=lambda each: each[0])))
    groups = [each for each in one.groups if name in (ALL, each.name)]
    assert limit.more is not None
    some = {limit.more, *range(0, limit.more, max(1, limit.more // 7))}
    assert not [more for more in some if _ended(one, more, groups)]
    assert _ended(one, limit.more + 1, groups)


def _ended(one: Fleet, more: int, groups: list[NodeGroup]) -> bool:
    ledger = growing(one, place(one), groups)(more)
    for name, load in ledger.own.items():
        ground, total = ledger.terrain.grounds[name], ledger.total(name)
        if load.taken and (any(missing(ground, total)) or blocks(ground, total).risk in FULL):
            return True
    return False


def test_more_nodes_of_a_group_go_on_dealing_it_to_its_zones() -> None:
    """Nodes that take differently are counted apart, and are of one group all the same."""
    one = fleet([A, B], group("web", "m5.large", {5: 1, 20: 1}, "a", "b"))
    ledger = growing(one, place(one), one.groups)(2)
    assert [ledger.own[name].nodes for name in ("a", "b")] == [1, 1]


def test_nodes_that_take_the_same_only_in_a_subnet_that_is_shut_out_grow_apart() -> None:
    """Where the primary ENI carries no pods an m5.xlarge has three further ones for 20 pods as for 35; else 35 alone
    need the third."""
    subnets = [Subnet("shut", "z1", 20, cni=False), Subnet("open", "z1", 20, cni=True)]
    one = fleet(subnets, group("web", "m5.xlarge", {20: 1, 35: 1}, "shut", "open"))
    ledger = growing(one, place(one), one.groups)(2)
    assert ledger.own["shut"].taken == 1
    assert ledger.own["open"].taken == 3 * 15 + 4 * 15


def test_a_limit_says_what_ends_it_and_where() -> None:
    one = fleet([A, B], group("web", "m5.large", {12: 4}, "a", "b"), group("db", "m5.large", {5: 2}, "b"))
    assert more_nodes(one, place(one)) == {
        ALL: Limit("addresses", "a", 18),
        "web": Limit("addresses", "a", 12),
        "db": Limit("addresses", "b", 20),
    }


def test_what_runs_out_may_be_the_28s() -> None:
    """Half the subnet is set aside for prefixes: nodes would find addresses still."""
    cidr = IPv4Network("10.0.0.0/24")
    half = Subnet("a", "z1", 24, cidr, reservations=(Reservation(IPv4Network("10.0.0.128/25"), "prefix"),))
    one = fleet([half], group("web", "m5.large", {5: 1}, "a"), cni=cni(ENABLE_PREFIX_DELEGATION=True))
    assert more_nodes(one, place(one))["web"] == Limit("prefixes", "a", 2)


def test_a_full_subnet_of_others_does_not_end_a_growth_elsewhere() -> None:
    one = fleet([Subnet("a", "z1", 28), B], group("web", "m5.large", {5: 2}, "a"), group("db", "m5.large", {5: 1}, "b"))
    assert place(one).shortages
    limits = more_nodes(one, place(one))
    assert (limits["web"].more, limits[ALL].more) == (0, 0)
    assert limits["db"].more == (512 - 5) // 20 - 1


def test_the_surge_is_there_while_a_fleet_grows() -> None:
    web = group("web", "m5.large", {5: 4}, "a")
    calm, surging = fleet([A], web), fleet([A], replace(web, surge=3))
    limits = [more_nodes(one, place(one))["web"].more or 0 for one in (calm, surging)]
    assert limits[0] - limits[1] == 3


def test_nothing_ends_where_there_is_nothing_to_grow() -> None:
    one = fleet([A])
    assert more_nodes(one, place(one)) == {ALL: Limit(None, "", None)}
    assert more_pods(one) == Limit(None, "", None)


def test_a_group_without_nodes_grows_by_the_pods_it_is_to_have() -> None:
    one = fleet([A], group("web", "m5.large", {5: 0}, "a"))
    assert more_nodes(one, place(one))["web"].more == 251 // 20


def test_more_pods_end_where_a_subnet_does() -> None:
    one = fleet([A], group("web", "m5.large", {0: 10}, "a"))
    fits = [not bad(replace(one, groups=(group("web", "m5.large", {pods: 10}, "a"),))) for pods in range(28)]
    assert more_pods(one) == Limit("addresses", "a", fits.index(False) - 1)


def test_more_pods_end_where_no_node_takes_more() -> None:
    """An m5.large has addresses for 27, and its kubelet counts two more on the host's network."""
    one = fleet([B], group("web", "m5.large", {20: 2, 25: 1}, "b"), group("db", "m5.large", {26: 1}, "b"))
    assert more_pods(one) == Limit("max pods", "web", 7)
    told = replace(one.groups[0], max_pods=25)
    assert more_pods(replace(one, groups=(told,))) == Limit("max pods", "web", 3)


def test_nodes_whose_subnet_is_shut_out_take_fewer_pods() -> None:
    """Their primary ENI carries none (setupENI, SetENIExcludedForPodIPs): an m5.large has 18 addresses then, and none
    at all where there is no other subnet for its ENIs."""
    shut, tagged = Subnet("n", "z1", 22, cni=False), Subnet("p", "z1", 20, cni=True)
    web = group("web", "m5.large", {12: 3}, "n")
    assert more_pods(fleet([shut, tagged], web)) == Limit("max pods", "web", 6)
    assert more_pods(fleet([shut, tagged, B], replace(web, subnets=("n", "b")))) == Limit("max pods", "web", 15)
    assert more_pods(fleet([shut], web)) == Limit("max pods", "web", 0)


def test_pods_on_branch_interfaces_count_among_those_that_a_node_takes() -> None:
    """Three of an m5.large's pods on branches, and the trunk in the place of an ENI: 18 more at addresses."""
    web = group("web", "m5.large", {10: 1}, "b", branch_pods=3)
    assert more_pods(fleet([B], web, cni=cni(ENABLE_POD_ENI=True))) == Limit("max pods", "web", 18 + 3 - 10)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(0, 200))
def test_shares_are_whole_and_nobody_loses_by_one_more(weights: list[int], number: int) -> None:
    before, after = in_proportion(weights, number), in_proportion(weights, number + 1)
    assert sum(before) == number
    assert sorted(other - one for one, other in zip(before, after, strict=True)) == [0] * (len(weights) - 1) + [1]
    if any(weights):
        assert all(
            abs(share - number * weight / sum(weights)) <= len(weights)
            for share, weight in zip(before, weights, strict=True)
        )


def test_as_many_again_are_shared_exactly() -> None:
    assert in_proportion([3, 0, 7, 11], 42) == [6, 0, 14, 22]
    assert in_proportion([], 0) == []


@given(fleets(most_nodes=5), st.integers(0, 40))
@settings(deadline=None)
def test_one_more_node_moves_none_of_those_before(one: Fleet, number: int) -> None:
    """Those that have no choice of subnets: each load only rises."""
    off = replace(one, cni=replace(one.cni, subnet_discovery=False), target=None)
    placed = place(off)
    before, after = (growing(off, placed, off.groups)(each) for each in (number, number + 1))
    assert all(after.total(name).taken >= before.total(name).taken for name in placed.ledger.terrain.subnets)
    assert sum(load.nodes for load in after.own.values()) == number + 1


def test_growth_goes_from_today_to_a_bit_beyond_the_end() -> None:
    one = fleet([A, B], group("web", "m5.large", {12: 4}, "a", "b"))
    placed = place(one)
    limit = more_nodes(one, placed)[ALL]
    points = growth(one, placed, limit)
    assert len(points) <= POINTS
    assert (points[0].scale, points[0].nodes) == (1.0, 4)
    assert points[0].taken == {each.name: each.taken for each in placed.subnets}
    assert all(before.nodes < after.nodes for before, after in pairwise(points))
    assert points[-1].nodes > 4 + (limit.more or 0)
    assert points[-1].taken["a"] > 251
    assert any(point.taken["a"] <= 251 and point.nodes > 4 for point in points)


def test_growth_is_bounded_and_there_is_some_to_see() -> None:
    vast = fleet([Subnet("a", "z1", 16)], group("web", "m5.large", {5: 2}, "a"))
    points = growth(vast, place(vast), more_nodes(vast, place(vast))[ALL])
    assert points[-1].scale == 20
    full = fleet([Subnet("a", "z1", 28)], group("web", "m5.large", {5: 10}, "a"))
    points = growth(full, place(full), more_nodes(full, place(full))[ALL])
    assert points[-1].nodes == 15
    assert len(growth(fleet([A]), place(fleet([A])), Limit(None, "", None))) == 1
