"""New groups: clones of both kinds, and replacements, at their planned size and tainted."""

from dataclasses import replace

import pytest

from nodenet.errors import HeldError, Waiting
from nodenet.migration.cluster import Owner, Pod
from nodenet.migration.groups.wish import TAINT
from nodenet.migration.request import GroupWish, Mode, Request, SubnetWish
from tests.unit.migration.groups.world import World, new

WEB, API = GroupWish("web"), GroupWish("api")
POD = Pod("default", "web-1", "u1", "", Owner("Deployment", "default", "web"))


def test_both_kinds_come_to_their_planned_size_tainted_and_the_old_ones_stay_as_they_are() -> None:
    world = World()
    before, run = world.state(), world.run()
    said = world.take(world.new_groups(), run)
    web, api = new(world, "web", run), new(world, "api", run)
    assert "6 nodes, 20 pods each" in said
    assert "3 nodes, 20 pods each; without its scaling policy cpu" in said
    assert web["autoScalingGroups"] == [f"eks-{web['name']}"]
    made = [each for each in world.machines.there.values() if each.max_pods == 20]
    assert len(made) == 9
    assert all(TAINT in node.taints for node in made)
    after = world.state()
    assert {name: after[0][name] for name in before[0]} == before[0]
    assert {name: after[1][name] for name in before[1]} == before[1]
    assert world.templates.by_id["lt-api"] == before[2]["lt-api"]
    assert world.eks.by_name[web["name"]]["scalingConfig"] == {"minSize": 1, "maxSize": 6, "desiredSize": 6}
    assert world.scaling.by_name[api["name"]]["MaxSize"] == 3


def test_groups_are_made_empty_so_that_no_node_comes_before_what_it_depends_on() -> None:
    world = World()
    hook = {"LifecycleHookName": "nodenet-launch", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    world.scaling.hooks_of |= {"eks-web": [hook], "api": [hook]}
    world.scaling.by_name["eks-web"]["Tags"] += [{"Key": "networks", "Value": "upf", "PropagateAtLaunch": True}]
    run = world.run()
    world.take(world.new_groups(), run)
    web, api = new(world, "web", run), new(world, "api", run)
    assert f"create {web['name']} with 0" in world.eks.log
    assert f"create {api['name']} with 0" in world.scaling.log
    behind = world.scaling.by_name[f"eks-{web['name']}"]
    assert [each["Value"] for each in behind["Tags"] if each["Key"] == "networks"] == ["upf"]
    for name in (f"eks-{web['name']}", api["name"]):
        assert "nodenet-launch" in [each["LifecycleHookName"] for each in world.scaling.hooks_of[name]]


def test_taken_twice_it_changes_nothing_more() -> None:
    world = World()
    run = world.run()
    world.take(world.new_groups(), run)
    before, log = world.state(), [*world.eks.log, *world.scaling.log]
    world.take(world.new_groups(), run)
    assert (world.state(), [*world.eks.log, *world.scaling.log]) == (before, log)


def test_a_group_of_the_same_name_that_is_not_of_this_run_is_held() -> None:
    world = World()
    run = world.run(API)
    world.take_cut(world.new_groups(), run, 3)
    world.scaling.by_name[new(world, "api", run)["name"]] = {**world.scaling.by_name["api"], "Tags": []}
    with pytest.raises(HeldError, match="which is not of run r1"):
        world.take(world.new_groups(), run)


def test_another_number_of_pods_than_planned_is_held_with_both_figures() -> None:
    world = World()
    world.machines.max_pods = 29
    run = world.run(WEB)
    with pytest.raises(HeldError, match="takes 29 pods where 20 are planned"):
        world.take(world.new_groups(), run)


def test_where_the_vpc_cni_stays_as_it_is_so_does_the_number_of_pods() -> None:
    world = World()
    world.machines.max_pods = 11
    run = world.run(request=Request("prod", (API,), mode=Mode.NODE_SUBNETS))
    assert world.take(world.new_groups(), run).startswith(f"{new(world, 'api', run)['name']}: 3 nodes;")


def test_a_node_without_its_groups_networks_is_held() -> None:
    world = World()
    run = world.run(API, networks=["upf"])
    with pytest.raises(HeldError, match=r"came without the networks upf of api: nodenet's configuration"):
        world.take(world.new_groups(), run)
    world = World()
    world.machines.networks_of_new = frozenset({"upf"})
    run = world.run(API, networks=["upf"])
    world.take(world.new_groups(), run)


def test_what_auto_scaling_cannot_start_is_told_while_it_waits() -> None:
    world = World()
    run = world.run(API)
    world.scaling.failing = "InsufficientInstanceCapacity"
    with pytest.raises(Waiting, match=r"0 of 3 nodes are Ready \(Auto Scaling: InsufficientInstanceCapacity\)"):
        world.new_groups().forward(run, run.notes("new_group"))


def test_nodes_that_eks_has_not_tainted_yet_are_tainted() -> None:
    """EKS does it some seconds after they have joined (aws/containers-roadmap, issue 1962)."""
    world = World()
    run = world.run(WEB)
    world.take(world.new_groups(), run)
    assert all(TAINT in each.taints for each in world.machines.there.values() if each.max_pods == 20)


def test_new_nodes_are_in_the_request_s_node_subnets_of_their_zones() -> None:
    world = World()
    subnets = tuple(SubnetWish(f"eu-west-1{zone}", id=f"new-{zone}") for zone in "abc")
    request = Request("prod", (WEB, API), node_subnets=subnets)
    run = world.run(request=request)
    run.notes("extend_vpc").keep(nodeSubnets=[{"zone": each.zone, "id": each.id} for each in subnets])
    world.take(world.new_groups(), run)
    assert world.eks.by_name[new(world, "web", run)["name"]]["subnets"] == ["new-a", "new-b"]
    assert world.scaling.by_name[new(world, "api", run)["name"]]["VPCZoneIdentifier"] == "new-a,new-b"


def test_by_waves_it_begins_with_what_there_is_room_for() -> None:
    world = World()
    run = world.run(waves=True)
    world.take(world.new_groups(), run)
    web, api = new(world, "web", run), new(world, "api", run)
    assert (web["desired"], api["desired"]) == (2, 1)
    assert (web["wanted"], api["wanted"]) == (6, 3)
    assert world.eks.by_name[web["name"]]["scalingConfig"] == {"minSize": 1, "maxSize": 6, "desiredSize": 2}


def test_a_replacement_is_never_changed_but_for_the_taint_of_its_nodes() -> None:
    world = World()
    world.scaling.by_name["mine"] = {
        **world.scaling.by_name["api"],
        "AutoScalingGroupName": "mine",
        "DesiredCapacity": 3,
        "Instances": [],
    }
    for _ in range(3):
        world.tick()
    before, run = world.state(), world.run(GroupWish("api", replacement="mine"))
    world.take(world.new_groups(), run)
    tainted = {each.name for each in world.machines.there.values() if TAINT in each.taints}
    assert len(tainted) == 3
    assert world.state()[:3] == before[:3]
    run.notes("next_batch").note(cordonedNew=sorted(tainted))
    for instance, node in world.machines.there.items():
        world.machines.there[instance] = replace(node, unschedulable=node.name in tainted)
    world.take(world.new_groups(), run, "back")
    assert world.state() == before


@pytest.mark.parametrize(("name", "why"), [("nobody", "there is no node group"), ("eks-web", "it moves itself")])
def test_a_replacement_must_be_there_and_not_move_itself(name: str, why: str) -> None:
    world = World()
    run = world.run(WEB, GroupWish("api", replacement=name))
    with pytest.raises(HeldError, match=why):
        world.take(world.new_groups(), run)


def test_a_group_that_eks_cannot_make_is_held_with_its_issues() -> None:
    world = World()
    run = world.run(WEB)
    world.take_cut(world.new_groups(), run, 8)
    name = new(world, "web", run)["name"]
    issues = [{"code": "InsufficientFreeAddresses", "message": "subnet-a is full"}]
    assert name in world.eks.by_name
    world.eks.by_name[name] |= {"status": "CREATE_FAILED", "health": {"issues": issues}}
    with pytest.raises(HeldError, match="CREATE_FAILED: InsufficientFreeAddresses: subnet-a is full"):
        world.new_groups().forward(run, run.notes("new_group"))
