"""The planner's numbers next to those of a fleet that is placed node by node, ENI by ENI and pod by pod."""

from collections import Counter
from dataclasses import replace
from typing import Final

from hypothesis import given, settings

from nodenet.capacity.fleet import Fleet
from nodenet.capacity.growing.exhaustion import more_nodes, more_pods
from nodenet.capacity.placing.place import place
from tests.unit.capacity.fleets import fleets, use
from tests.unit.capacity.node_by_node import base, ended, grown, surged

MOST: Final = 60
"""More nodes than this are not placed one by one."""


@given(fleets(most_nodes=6))
@settings(max_examples=250, deadline=None)
def test_each_subnet_gives_what_its_nodes_take_one_by_one(one: Fleet) -> None:
    found, calm, all_of_it = place(one), base(one), surged(one)
    for subnet in one.subnets:
        here, before, at_most = use(found, subnet.name), calm.taken[subnet.name], all_of_it.taken[subnet.name]
        assert (here.nodes, here.pods, here.networks) == (before.nodes, before.pods, before.networks)
        assert here.surge == at_most.all - before.all
        assert here.blocks.wanted == at_most.prefixes + at_most.named_prefixes


@given(fleets(most_nodes=6))
@settings(max_examples=150, deadline=None)
def test_each_node_holds_what_pods_that_come_one_by_one_make_it_hold(one: Fleet) -> None:
    held: Counter[tuple[object, ...]] = Counter()
    for node in base(one).nodes:
        slots = tuple(node.slots)
        held[node.group.name, node.group.limits.instance_type, slots, node.waiting, node.branches + node.trunk] += 1
    found: Counter[tuple[object, ...]] = Counter()
    for kind in place(one).nodes:
        slots = tuple(eni.slots for eni in kind.holding.enis)
        found[kind.group, kind.instance_type, slots, kind.holding.waiting, kind.branch_addresses] += kind.nodes
    assert found == held


@given(fleets(most_nodes=6))
@settings(max_examples=150, deadline=None)
def test_what_is_missing_is_what_is_missing_one_by_one(one: Fleet) -> None:
    world = surged(one)
    wanted: Counter[str] = Counter({each.name: sum(world.missing(each.name)) for each in one.subnets})
    for node in world.nodes:
        wanted[node.group.name] += node.unserved
    found: Counter[str] = Counter()
    for short in place(one).shortages:
        found[short.where] += short.missing
    assert found == +wanted


@given(fleets(most_nodes=4))
@settings(max_examples=60, deadline=None)
def test_a_growth_ends_where_one_node_after_the_other_ends_it(fleet: Fleet) -> None:
    """Groups of one kind of node each, so that the order in which kinds come is no question."""
    groups = tuple(replace(group, name=f"g{number}", pods=group.pods[:1]) for number, group in enumerate(fleet.groups))
    one = replace(fleet, groups=groups)
    before = surged(one)
    for name, limit in more_nodes(one, place(one)).items():
        names = {name} if name else {group.name for group in groups}
        assert limit.more is not None
        if limit.more <= MOST:
            assert not limit.more or not ended(grown(one, names, limit.more), before)
            assert ended(grown(one, names, limit.more + 1), before)
        else:
            assert not ended(grown(one, names, MOST), before)


@given(fleets(most_nodes=3))
@settings(max_examples=60, deadline=None)
def test_more_pods_are_as_many_as_one_more_on_every_node_after_the_other(fleet: Fleet) -> None:
    calm = replace(fleet, groups=tuple(replace(group, surge=0) for group in fleet.groups))
    limit = more_pods(calm)
    if limit.more is None:
        assert not any(group.nodes for group in calm.groups)
        return
    assert not limit.more or not short(with_more_pods(calm, limit.more))
    if limit.resource == "max pods":
        worlds = [base(with_more_pods(calm, more)) for more in (0, limit.more, limit.more + 40)]
        served = [[node.served for node in world.nodes] for world in worlds]
        assert limit.more == max((full - now for now, _, full in zip(*served, strict=True)), default=0)
        assert served[1] == served[2] or any(group.branch_pods for group in calm.groups)
    else:
        assert short(with_more_pods(calm, limit.more + 1))


def with_more_pods(fleet: Fleet, more: int) -> Fleet:
    groups = (replace(group, pods=tuple((pods + more, nodes) for pods, nodes in group.pods)) for group in fleet.groups)
    return replace(fleet, groups=tuple(groups))


def short(fleet: Fleet) -> bool:
    world = base(fleet)
    return any(any(world.missing(each.name)) or world.scattered(each.name) for each in fleet.subnets)
