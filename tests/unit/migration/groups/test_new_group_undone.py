"""Whatever cuts a run off, its groups are made once, and taken away again completely."""

from dataclasses import replace

import pytest

from nodenet.errors import Waiting
from nodenet.migration.cluster import UNVERIFIED, Owner, Pod
from nodenet.migration.groups.wish import TAINT
from nodenet.migration.members import auto_scaling_groups
from nodenet.migration.request import GroupWish
from tests.unit.migration.groups.world import World, new

WEB, API = GroupWish("web"), GroupWish("api")
POD = Pod("default", "web-1", "u1", "", Owner("Deployment", "default", "web"))


@pytest.mark.parametrize("calls", range(1, 60))
def test_wherever_it_is_cut_off_it_is_finished_and_undone_completely(calls: int) -> None:
    world = World()
    before, run = world.state(), world.run()
    world.take_cut(world.new_groups(), run, calls)
    world.take(world.new_groups(), run)
    assert len(world.machines.there) == 6 + 9
    assert len(world.templates.by_id) == 2
    world.take_cut(world.new_groups(), run, calls, "back")
    world.take(world.new_groups(), run, "back")
    assert world.state() == before


@pytest.mark.parametrize("calls", range(1, 60))
def test_what_was_half_made_is_undone_completely(calls: int) -> None:
    world = World()
    before, run = world.state(), world.run()
    if not world.take_cut(world.new_groups(), run, calls):
        assert calls > 30
    world.take(world.new_groups(), run, "back")
    assert world.state() == before


@pytest.mark.parametrize("calls", range(1, 60))
def test_wherever_it_is_cut_off_no_node_is_in_a_group_that_the_record_does_not_know(calls: int) -> None:
    """The way back drains by the record."""
    world = World()
    run = world.run()
    world.take_cut(world.new_groups(), run, calls)
    for _ in range(4):
        world.tick()
    known = {*auto_scaling_groups(run, "new"), *auto_scaling_groups(run, "old")}
    assert {name for name, group in world.scaling.by_name.items() if group["Instances"]} <= known


def test_back_leaves_what_is_not_of_this_run_and_names_it() -> None:
    world = World()
    run = world.run(API)
    world.take(world.new_groups(), run)
    name = new(world, "api", run)["name"]
    world.scaling.by_name[name]["Tags"] = []
    said = world.take(world.new_groups(), run, "back")
    assert name in world.scaling.by_name
    assert f"left as they are, since they are not of this run: {name}" in said


def test_back_finds_what_is_gone_no_failure() -> None:
    world = World()
    run = world.run()
    world.take(world.new_groups(), run)
    world.scaling.by_name.pop(new(world, "api", run)["name"])
    world.eks.by_name.pop(new(world, "web", run)["name"])
    world.templates.by_id = {"lt-api": world.templates.by_id["lt-api"]}
    world.take(world.new_groups(), run, "back")


def test_back_waits_while_pods_are_on_new_nodes() -> None:
    world = World()
    run = world.run(API)
    world.take(world.new_groups(), run)
    node = next(each for each in world.machines.there.values() if TAINT in each.taints)
    daemon = replace(POD, name="aws-node-1", node=node.name, owner=Owner("DaemonSet", "kube-system", "aws-node"))
    world.machines.on = [replace(POD, node=node.name), daemon]
    with pytest.raises(Waiting, match=r"1 pods are on new nodes still: default/web-1$"):
        world.new_groups().back(run, run.notes("new_group"))
    world.machines.on = [daemon]
    world.take(world.new_groups(), run, "back")


def test_a_run_that_never_came_so_far_undoes_nothing() -> None:
    world = World()
    run = world.run()
    assert world.new_groups().back(run, run.notes("new_group")) == "no group was made"


def test_nobody_s_nodes_are_untainted_by_the_way_back_of_a_clone() -> None:
    world = World()
    run = world.run(API)
    world.take(world.new_groups(), run)
    world.take(world.new_groups(), run, "back")
    assert all(UNVERIFIED not in [taint.key for taint in each.taints] for each in world.machines.there.values())
