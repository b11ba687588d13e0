"""Nodes and pods of a running cluster become node groups."""

from dataclasses import replace

import pytest

from nodenet.capacity.document import resolve
from nodenet.capacity.running.seen import Pod
from nodenet.errors import PlanningError
from nodenet.limits import shipped
from tests.unit.capacity.snapshot_stage import Stage

GROUP = "eks.amazonaws.com/nodegroup"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_nodes_alike_are_one_group_with_their_pods_as_they_are(stage: Stage) -> None:
    for pods in (7, 4, 7):
        stage.node(pods=pods)
    (group,) = stage.document()["nodeGroups"]
    assert (group["name"], group["instanceType"], group["nodes"], group["maxPods"]) == ("web", "m5.large", 3, 29)
    assert group["pods"] == {"nodes": {"4": 1, "7": 2}}
    assert group["subnets"] == ["subnet-a"]


def test_a_group_is_the_managed_one_the_node_pool_or_the_auto_scaling_group(stage: Stage) -> None:
    for number in range(1, 5):
        stage.node()
        labels = {GROUP: "managed"} if number == 1 else {}
        stage.change(number, labels=labels | ({"karpenter.sh/nodepool": "pool"} if number == 2 else {}))
    stage.machines = [replace(each, group="asg") for each in stage.machines[:3]] + stage.machines[3:]
    assert [each["name"] for each in stage.document()["nodeGroups"]] == ["asg", "managed", "pool", "ungrouped"]


def test_types_maximums_and_branch_pods_part_a_group_and_name_the_parts(stage: Stage) -> None:
    stage.environment(ENABLE_POD_ENI="true")
    stage.node(pods=3)
    stage.node(pods=3, most=110)
    stage.node(pods=3, branch=1, most=110)
    stage.node(pods=3, type_="c5.large")
    stage.node(labels={GROUP: "other"})
    groups = stage.document()["nodeGroups"]
    assert [each["name"] for each in groups] == [
        "other",
        "web c5.large",
        "web m5.large max 29",
        "web m5.large max 110 branch 0",
        "web m5.large max 110 branch 1",
    ]
    assert [each["branchPods"] for each in groups] == [0, 0, 0, 0, 1]


def test_pods_on_the_hosts_network_are_those_of_most_nodes_and_leave_room_for_the_fullest(stage: Stage) -> None:
    stage.node(host=4)
    stage.node(host=4)
    stage.node(host=3, pods=26)
    assert stage.document()["nodeGroups"][0]["hostNetworkPods"] == 3


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        ({"eks.amazonaws.com/compute-type": "fargate"}, "1 Fargate node is left out"),
        ({"eks.amazonaws.com/compute-type": "hybrid"}, "1 Hybrid node is left out"),
        ({"eks.amazonaws.com/compute-type": "auto"}, "1 Auto Mode node is left out"),
        ({"kubernetes.io/os": "windows"}, "1 Windows node is left out"),
    ],
)
def test_nodes_that_aws_node_does_not_run_on_are_left_out_and_their_addresses_used(
    stage: Stage, labels: dict[str, str], note: str
) -> None:
    stage.node(pods=3)
    stage.node(pods=9, labels=labels)
    taken = stage.take()
    assert taken.notes == (f"{note}: what they take counts as used",)
    assert stage.document()["nodeGroups"][0]["nodes"] == 1
    assert stage.document()["subnets"][0]["occupied"] == ["10.0.0.5"]


def test_nodes_that_ec2_does_not_show_are_left_out(stage: Stage) -> None:
    stage.node()
    stage.node()
    stage.change(2, provider_id="aws:///eu-west-1a/i-0123")
    assert stage.take().notes == ("1 node is left out: EC2 shows no instance for them: node-2",)


def test_nodes_not_ready_or_cordoned_stay_in_with_a_note(stage: Stage) -> None:
    for _ in range(5):
        stage.node()
    for number in range(1, 5):
        stage.change(number, ready=False)
    stage.change(5, unschedulable=True)
    assert stage.document()["nodeGroups"][0]["nodes"] == 5
    assert stage.take().notes == (
        "4 nodes are not Ready, and planned for all the same: node-1, node-2, node-3 and 1 more",
        "1 node is cordoned, and planned for all the same: node-5",
    )


def test_the_nodes_of_each_subnet_are_apart_so_that_the_plan_has_them_where_they_are(stage: Stage) -> None:
    for subnet, pods in (("subnet-a", 1), ("subnet-b", 9), ("subnet-b", 4), ("subnet-b", 9)):
        stage.node(subnet=subnet, pods=pods)
    groups = {each["name"]: (each["subnets"], each["pods"]["nodes"]) for each in stage.document()["nodeGroups"]}
    assert groups == {
        "web in subnet-a": (["subnet-a"], {"1": 1}),
        "web in subnet-b": (["subnet-b"], {"4": 1, "9": 2}),
    }


def test_pods_without_an_address_are_told_and_not_counted(stage: Stage) -> None:
    """A node may have more of them than the VPC CNI has addresses: what it holds is what those with one need."""
    stage.node(pods=27)
    stage.node(pods=1)
    stage.running += [Pod("node-1", waiting=True)] * 20 + [Pod("node-1", waiting=True, host_network=True)]
    (group,) = stage.document()["nodeGroups"]
    assert group["pods"] == {"nodes": {"1": 1, "27": 1}}
    assert stage.take().notes == ("20 pods have no address yet, and are not counted: on node-1",)


def test_branch_pods_without_pod_enis_are_pods_like_the_others(stage: Stage) -> None:
    """Left from before ENABLE_POD_ENI was switched off: pods that come in their place get no branch interface."""
    stage.node(pods=5, branch=2)
    fleet = resolve(stage.take().document, shipped)
    assert (fleet.groups[0].pods, fleet.groups[0].branch_pods) == (((5, 1),), 0)


def test_a_kubelet_that_has_not_said_its_maximum_leaves_it_to_the_plan(stage: Stage) -> None:
    stage.node(most=0, pods=3)
    (group,) = stage.document()["nodeGroups"]
    assert (group.get("maxPods"), group["hostNetworkPods"]) == (None, 2)


def test_what_no_document_can_say_is_told_and_not_a_fault(stage: Stage) -> None:
    stage.node(type_="no type")
    with pytest.raises(PlanningError, match="fits in no document"):
        stage.take()


def test_a_cluster_without_nodes_has_nothing_to_plan_for(stage: Stage) -> None:
    with pytest.raises(PlanningError, match="has no node that the VPC CNI gives addresses"):
        stage.take()
