"""By waves old nodes end, their group's size with them, and new ones come in their place."""

import pytest

from nodenet.errors import HeldError, NotYet, Waiting
from nodenet.migration.groups.planning import first_sizes
from nodenet.migration.groups.waves import Waves
from nodenet.migration.request import GroupWish
from nodenet.migration.run import Run
from tests.unit.migration.groups.world import World, new


def begun() -> tuple[World, Run, Waves]:
    world = World()
    run = world.run(waves=True)
    world.take(world.new_groups(), run)
    return world, run, Waves(world.eks, world.scaling)


def shrink(world: World, run: Run, waves: Waves, instances: list[str]) -> None:
    for _ in range(20):
        try:
            if waves.shrink_old(run, run.notes("exchange"), instances) == 0:
                return
        except (Waiting, NotYet):
            pass
        world.tick()
    raise AssertionError("they do not end")


def test_chosen_instances_end_and_no_others_come_for_them_below_the_minimum_too() -> None:
    world, run, waves = begun()
    web = [each["InstanceId"] for each in world.scaling.by_name["eks-web"]["Instances"]]
    shrink(world, run, waves, [web[1], web[2], "i-gone"])
    assert [each["InstanceId"] for each in world.scaling.by_name["eks-web"]["Instances"]] == [web[0], web[3]]
    assert run.notes("exchange")["minimums"] == {"web": 1}
    assert world.scaling.log.count(f"terminate {web[1]}") == 1


def test_the_new_group_grows_to_a_size_so_that_twice_is_once() -> None:
    world, run, waves = begun()
    for old, first, wanted in (("web", 2, 6), ("api", 1, 3)):
        assert waves.size(run, old) == first
        for _ in range(2):
            assert waves.grow(run, old, first + 1) == first + 1
        world.tick()
        assert waves.grow(run, old, first) == first + 1
        assert waves.grow(run, old, 99) == wanted


def test_it_waits_while_eks_changes_the_group() -> None:
    _, run, waves = begun()
    waves.grow(run, "web", 3)
    with pytest.raises(Waiting, match="EKS changes"):
        waves.grow(run, "web", 4)


def test_a_replacement_is_its_owner_s_to_grow() -> None:
    world = World()
    world.scaling.by_name["mine"] = {**world.scaling.by_name["api"], "Instances": [], "DesiredCapacity": 3}
    run = world.run(GroupWish("api", replacement="mine"), waves=True, newSizes={"api": 5})
    world.take(world.new_groups(), run)
    assert new(world, "api", run)["desired"] == 3
    with pytest.raises(HeldError, match="mine has 3 nodes, and needs 5: its owner has to grow it"):
        Waves(world.eks, world.scaling).grow(run, "api", 5)


def test_first_sizes_fit_into_what_is_free_zone_by_zone_and_groups_take_turns() -> None:
    free = {"a": ("z1", 3), "b": ("z2", 1)}
    assert first_sizes({"x": 9, "y": 1}, {"x": free, "y": free}) == {"x": 3, "y": 1}
    assert first_sizes({"x": 2}, {"x": free}) == {"x": 2}
    one = {"a": ("z1", 1), "b": ("z2", 1), "c": ("z3", 1)}
    assert first_sizes({"x": 3, "y": 3}, {"x": one, "y": one}) == {"x": 2, "y": 1}
    assert first_sizes({"x": 5, "y": 5}, {"x": {"a": ("z1", 9)}, "y": {"b": ("z1", 0)}}) == {"x": 5, "y": 0}
