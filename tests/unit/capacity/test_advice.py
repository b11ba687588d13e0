"""What would help: each advice is a what-if that was tried, and is worth its words."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.advice import advise
from nodenet.capacity.advice.case import Case, sample, set_to
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Subnet, Target
from nodenet.capacity.ipamd.curve import holdings
from nodenet.capacity.placing.place import place
from nodenet.limits import shipped, shipped_types
from tests.unit.capacity.advised import WEB, applied, cni, fleet, group, taken


def test_networks_on_further_cards_take_no_interface_from_the_vpc_cni() -> None:
    """Calls are counted for the default card, where ipamd works."""
    bare = fleet(group("web", "c6in.32xlarge", {200: 1}, max_pods=250))
    on_card = [
        replace(
            bare,
            groups=(replace(bare.groups[0], networks=("n3",)),),
            networks=(ExtraNetwork("n3", {"a": "n"}, 6, 0, 0, card),),
        )
        for card in (0, 1)
    ]
    of_default, of_further, without = (
        Case.of(each).calls(Case.of(each).placement.nodes[0], each.cni) for each in (*on_card, bare)
    )
    assert of_further == without != of_default


def test_what_is_set_is_set_for_the_nodes_of_a_migration_too() -> None:
    """aws-node is one DaemonSet."""
    one = fleet(WEB, target=Target(cni(WARM_ENI_TARGET=2), {}))
    changed = set_to(one, warm_ip_target=5)
    assert changed.target
    assert (changed.cni.warm_ip_target, changed.target.cni.warm_ip_target) == (5, 5)
    assert changed.target.cni.warm_eni_target == 2


def test_an_empty_fleet_needs_no_advice() -> None:
    assert advise(fleet(), place(fleet())) == ()


def test_what_ends_a_shortage_comes_before_what_saves_more() -> None:
    """Warm targets save on the nodes in `m`, where there is room; those in `n` need all they have."""
    two = Fleet(
        (Subnet("n", "a", 23), Subnet("m", "b", 16), Subnet("h", "a", 20)),
        (group("full", "m5.large", {27: 20}), group("idle", "m5.4xlarge", {5: 40}, subnets="m")),
        cni(),
    )
    found = advise(two, place(two))
    kinds = [each.kind for each in found]
    assert kinds.index("subnet discovery") < kinds.index("warm targets")
    assert {each.kind: each.saves for each in found}["warm targets"] > 0


types = st.sampled_from(["t3.small", "m5.large", "m5.4xlarge", "m4.large", "c5.2xlarge", "p3dn.24xlarge"])
groups = st.builds(
    lambda name, kind, pods, nodes: group(name, kind, {pods: nodes}),
    st.sampled_from(["x", "y", "z"]),
    types,
    st.integers(0, 40),
    st.integers(1, 60),
)
environments = st.fixed_dictionaries(
    {},
    optional={
        "WARM_IP_TARGET": st.integers(0, 20),
        "MINIMUM_IP_TARGET": st.integers(0, 40),
        "ENABLE_PREFIX_DELEGATION": st.booleans(),
        "MAX_ENI": st.integers(0, 4),
    },
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(groups, min_size=1, max_size=3, unique_by=lambda each: each.name),
    environments,
    st.integers(16, 26),
    st.integers(0, 10),
)
def test_settings_that_are_told_save_what_is_said_and_make_nothing_worse(
    found: list[NodeGroup], environment: dict[str, object], length: int, used: int
) -> None:
    one = Fleet((Subnet("n", "a", length, used=used), Subnet("m", "a", 20)), tuple(found), cni(**environment))
    before = place(one)
    for each in advise(one, before):
        if each.kind in ("warm targets", "prefixes") and each.settings:
            then = applied(one, each.settings)
            assert each.saves == taken(one) - taken(then)
            assert sum(short.missing for short in place(then).shortages) <= sum(
                short.missing for short in before.shortages
            )
            assert each.kind == "prefixes" or each.saves >= 0


def test_the_typical_node_is_the_one_in_the_middle() -> None:
    uses = place(fleet(group("few", "m5.large", {5: 20}), WEB, group("many", "m5.4xlarge", {60: 10}))).nodes
    assert [use.pods for use in sample(uses, 1)] == [20]
    assert [use.pods for use in sample(uses, 7)] == [5, 5, 20, 20, 20, 20, 60]
    assert sample((), 4) == []


def forty_types() -> list[str]:
    found = [name for name in sorted(shipped_types()) if name.startswith(("m5", "m6", "c5", "c6", "r5", "r6"))]
    return [name for name in found if (limits := shipped(name)) and limits.vcpus][:200:5]


def test_forty_types_in_five_hundred_subnets_are_advised_in_half_a_second() -> None:
    """Processor time with cold caches, and twice as much for slow machines."""
    subnets = tuple(Subnet(f"s{number}", "abc"[number % 3], 22) for number in range(500))
    there = tuple(
        replace(
            group(f"g{number}", name, {5 + number: 125, 25: 125}),
            subnets=tuple(subnet.name for subnet in subnets[number * 12 : number * 12 + 12]),
        )
        for number, name in enumerate(forty_types())
    )
    one = Fleet(subnets, there, cni())
    placement = place(one)
    holdings.cache_clear()
    began = time.process_time()
    assert advise(one, placement)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("worse", ["n", "web"])
def test_more_missing_anywhere_is_worse_whatever_is_gained_elsewhere(worse: str) -> None:
    case = Case.of(fleet(WEB))
    other = Case.of(fleet(WEB))
    case.missing_at.update({(worse, "addresses"): 1})
    other.missing_at.update({("elsewhere", "addresses"): 100, (worse, "pods"): 9})
    assert case.worse_than(other)
    assert not Case.of(fleet(WEB)).worse_than(other)
