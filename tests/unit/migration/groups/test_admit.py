"""The taint goes from the groups before it goes from their nodes, so that no node comes with it later."""

import pytest

from nodenet.errors import HeldError, NotYet, Waiting
from nodenet.migration.groups.wish import TAINT
from nodenet.migration.request import GroupWish
from nodenet.migration.run import Run
from tests.unit.migration.groups.world import World, new


def made() -> tuple[World, Run]:
    world = World()
    run = world.run()
    world.take(world.new_groups(), run)
    return world, run


def test_no_node_has_the_taint_any_more_nor_will_one_that_comes_later() -> None:
    world, run = made()
    assert world.take(world.admit(), run) == "9 new nodes take pods"
    web, api = new(world, "web", run)["name"], new(world, "api", run)["name"]
    assert world.eks.by_name[web]["taints"] == []
    template = world.scaling.by_name[api]["LaunchTemplate"]
    assert template == {"LaunchTemplateId": f"lt-nodenet-{api}-1", "Version": "1"}
    world.scaling.change(api, {"DesiredCapacity": 3, "MinSize": 3, "MaxSize": 4})
    world.scaling.change(api, {"DesiredCapacity": 4})
    for _ in range(3):
        world.tick()
    assert len(world.machines.there) == 16
    assert not [each for each in world.machines.there.values() if TAINT in each.taints]


@pytest.mark.parametrize("calls", range(1, 25))
def test_wherever_it_is_cut_off_it_ends_the_same(calls: int) -> None:
    world, run = made()
    world.take_cut(world.admit(), run, calls)
    world.take(world.admit(), run)
    done, again = made()
    done.take(done.admit(), again)
    assert world.state() == done.state()


def test_a_node_is_opened_only_once_its_group_is() -> None:
    world, run = made()
    with pytest.raises((Waiting, NotYet)):
        world.admit().forward(run, run.notes("admit"))
    assert sum(TAINT in each.taints for each in world.machines.there.values()) == 9


def test_nodes_of_a_replacement_lose_the_taint_and_their_group_is_not_touched() -> None:
    world = World()
    run = world.run(GroupWish("api", replacement="mine"))
    world.scaling.by_name["mine"] = {**world.scaling.by_name["api"], "Instances": [], "DesiredCapacity": 3}
    world.take(world.new_groups(), run)
    before = world.state()
    world.take(world.admit(), run)
    assert world.state()[:3] == before[:3]
    assert not [each for each in world.machines.there.values() if TAINT in each.taints]


@pytest.mark.parametrize("old", ["web", "api"])
def test_a_new_group_that_is_gone_is_held(old: str) -> None:
    world, run = made()
    name = new(world, old, run)["name"]
    world.eks.by_name.pop(name, None)
    world.scaling.by_name.pop(name, None)
    with pytest.raises(HeldError, match=f"{name}, which run r1 made, is gone"):
        world.take(world.admit(), run)
