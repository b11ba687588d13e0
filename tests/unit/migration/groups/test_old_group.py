"""Old groups are deleted once nothing would be lost by it, and then the run only goes forward."""

from dataclasses import replace

import pytest

from nodenet.errors import HeldError
from nodenet.migration.cluster import Owner, Pod
from nodenet.migration.question import forward_only
from nodenet.migration.request import GroupWish
from nodenet.migration.run import Run
from tests.unit.migration.groups.world import ROLE, World

OWNER = Owner("Deployment", "default", "web")


def test_both_kinds_are_deleted_and_the_user_s_launch_template_stays() -> None:
    world = World()
    run = world.run()
    assert world.take(world.old_groups(), run) == "web, api deleted"
    assert (world.eks.by_name, world.scaling.by_name, world.machines.there) == ({}, {}, {})
    assert list(world.templates.by_id) == ["lt-api"]
    assert forward_only(run)


@pytest.mark.parametrize("calls", range(1, 25))
def test_wherever_it_is_cut_off_it_is_finished(calls: int) -> None:
    world = World()
    run = world.run()
    world.take_cut(world.old_groups(), run, calls)
    world.take(world.old_groups(), run)
    assert (world.eks.by_name, world.scaling.by_name) == ({}, {})


def test_a_group_that_is_its_owner_s_to_delete_stays() -> None:
    world = World()
    before, run = world.state(), world.run(GroupWish("web", delete_old=False), GroupWish("api", delete_old=False))
    assert world.take(world.old_groups(), run) == "web, api left to their owners"
    assert world.state() == before
    assert not forward_only(run)


def test_pods_on_old_nodes_hold_it_while_the_run_can_still_turn_back() -> None:
    world = World()
    before, run = world.state(), world.run()
    world.machines.on = [Pod("default", "web-1", "u1", "node-1", OWNER)]
    with pytest.raises(HeldError, match=r"1 pods are on old nodes still: default/web-1\."):
        world.take(world.old_groups(), run)
    assert world.state() == before
    assert not forward_only(run)


def test_pods_of_daemons_go_with_their_nodes() -> None:
    world = World()
    run = world.run()
    world.machines.on = [
        Pod("kube-system", "aws-node-1", "u1", "node-1", Owner("DaemonSet", "kube-system", "aws-node"))
    ]
    world.take(world.old_groups(), run)


def test_protected_instances_and_those_in_standby_end_too() -> None:
    """A smaller size ends neither (Auto Scaling User Guide, "Use instance scale-in protection", "Standby")."""
    world = World()
    run = world.run(GroupWish("api"))
    first, second = world.scaling.by_name["api"]["Instances"]
    first["ProtectedFromScaleIn"], second["LifecycleState"] = True, "Standby"
    world.take(world.old_groups(), run)
    assert "api" not in world.scaling.by_name


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"DeletionProtection": "prevent-all-deletion"}, "protected from deletion"),
        ({"SuspendedProcesses": [{"ProcessName": "Terminate"}]}, "Terminate of api is suspended"),
    ],
)
def test_what_keeps_a_group_there_is_a_question_for_its_owner(more: dict[str, object], why: str) -> None:
    world = World(api=more)
    with pytest.raises(HeldError, match=why):
        world.take(world.old_groups(), world.run(GroupWish("api")))


def test_a_warm_pool_goes_first() -> None:
    world = World(api={"WarmPoolConfiguration": {"MinSize": 1}})
    world.take(world.old_groups(), world.run(GroupWish("api")))
    assert "api" not in world.scaling.by_name


def by_config_map(*, other: bool) -> tuple[World, Run]:
    world = World()
    world.eks.config_map = True
    for instance in [each["InstanceId"] for each in world.scaling.by_name["eks-web"]["Instances"]]:
        node = world.machines.there[instance]
        world.machines.there[instance] = replace(node, labels={"eks.amazonaws.com/nodegroup": "web"})
    if other:
        world.eks.by_name["other"] = {"nodegroupName": "other", "nodeRole": ROLE, "status": "ACTIVE"}
    return world, world.run(GroupWish("web"))


def test_the_last_managed_group_of_a_role_that_self_managed_nodes_have_is_not_deleted() -> None:
    """EKS takes the role out of aws-auth then ("Delete a managed node group", EKS User Guide)."""
    world, run = by_config_map(other=False)
    with pytest.raises(HeldError, match=f"no other managed node group has role {ROLE}, and self-managed nodes have it"):
        world.take(world.old_groups(), run)
    assert not forward_only(run)


def test_it_is_deleted_where_another_managed_group_has_the_role() -> None:
    world, run = by_config_map(other=True)
    world.take(world.old_groups(), run)
    assert "web" not in world.eks.by_name


def test_a_group_that_eks_could_not_delete_is_held_with_its_issues() -> None:
    world = World()
    issue = {"code": "NodeTerminationFailure", "message": "a hook"}
    world.eks.by_name["web"] |= {"status": "DELETE_FAILED", "health": {"issues": [issue]}}
    run = world.run(GroupWish("web"))
    with pytest.raises(HeldError, match="could not delete node group web: NodeTerminationFailure: a hook"):
        world.old_groups().forward(run, run.notes("old_group"))
