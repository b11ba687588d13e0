"""Which nodes can have a pod, and what is said of those that cannot. Source: "Kubernetes Scheduler", "Assigning Pods to
Nodes", "Taints and Tolerations", "Pod Scheduling Readiness"; kubernetes, pkg/scheduler/framework/plugins."""

from typing import Any

import pytest
from lightkube.resources.core_v1 import Node, Pod

from tests.kubernetes.workload_stage import Stage, condition, eventually, pod, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

HELPLESS = "Preemption is not helpful for scheduling"
VICTIMS = "No preemption victims found for incoming pod"


def refused(stage: Stage, of: str = "one") -> str:
    """Why the pod waits, as its condition and its event say."""
    eventually(lambda: says(stage.get(Pod, of), "PodScheduled", "False"))
    found = condition(stage.get(Pod, of), "PodScheduled")
    assert found.reason == "Unschedulable"
    eventually(lambda: found.message in stage.events("FailedScheduling"))
    return str(found.message)


def node_of(stage: Stage, of: str = "one") -> str:
    return str(eventually(lambda: stage.get(Pod, of).spec.nodeName))


def required(key: str, operator: str, *values: str) -> dict[str, Any]:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


@pytest.mark.parametrize(
    ("spec", "reason", "preemption"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, "node(s) didn't match Pod's node affinity/selector", HELPLESS),
        ({"affinity": required("disk", "Exists")}, "node(s) didn't match Pod's node affinity/selector", HELPLESS),
        ({"cpu": "5"}, "Insufficient cpu", HELPLESS),
    ],
)
def test_a_pod_that_no_node_can_have_says_why(stage: Stage, spec: dict[str, Any], reason: str, preemption: str) -> None:
    stage.node("n1")
    stage.node("n2")
    stage.make(pod("one", **spec))
    expected = f"0/2 nodes are available: 2 {reason}. preemption: 0/2 nodes are available: 2 {preemption}."
    assert refused(stage) == expected


def test_each_nodes_reason_is_counted(stage: Stage) -> None:
    stage.node("n1", taints=[{"key": "mine", "effect": "NoSchedule"}])
    stage.node("n2", pods=0)
    stage.node("n3")
    stage.patch(Node, "n3", {"spec": {"unschedulable": True}})
    eventually(lambda: stage.client.get(Node, "n3").spec.taints)
    stage.make(pod("one"))
    assert refused(stage) == (
        "0/3 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. "
        f"preemption: 0/3 nodes are available: 1 {VICTIMS}, 2 {HELPLESS}."
    )


def test_without_nodes(stage: Stage) -> None:
    stage.make(pod("one"))
    assert refused(stage) == "no nodes available to schedule pods"


@pytest.mark.parametrize(
    ("taint", "toleration", "fits"),
    [
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"}, True),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Equal", "value": "c", "effect": "NoSchedule"}, False),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Exists"}, True),
        ({"key": "a", "value": "b"}, {"key": "a", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "a", "value": "b"}, {"operator": "Exists"}, True),
        ({"key": "a", "value": "b"}, {"key": "b", "operator": "Exists"}, False),
    ],
)
def test_tolerations(stage: Stage, taint: dict[str, str], toleration: dict[str, str], fits: bool) -> None:
    stage.node("n1", taints=[{**taint, "effect": "NoSchedule"}])
    stage.make(pod("one", tolerations=[toleration]))
    if fits:
        assert node_of(stage) == "n1"
    else:
        assert "untolerated taint" in refused(stage)


@pytest.mark.parametrize(
    ("operator", "values", "node"),
    [
        ("In", ["2", "3"], "n2"),
        ("NotIn", ["1", "3"], "n2"),
        ("Gt", ["2"], "n3"),
        ("Lt", ["2"], "n1"),
        ("DoesNotExist", [], "n4"),
    ],
)
def test_required_node_affinity(stage: Stage, operator: str, values: list[str], node: str) -> None:
    for number in "123":
        stage.node(f"n{number}", labels={"size": number})
    if operator == "DoesNotExist":
        stage.node("n4")
    stage.make(pod("one", affinity=required("size", operator, *values)))
    assert node_of(stage) == node


def test_requests_fill_a_node(stage: Stage) -> None:
    stage.node("n1", cpu="1")
    stage.make(pod("one", cpu="600m"), pod("two", cpu="400m"))
    assert node_of(stage, "two") == "n1"
    stage.make(pod("three", cpu="1m"))
    assert refused(stage, "three") == (
        f"0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 {VICTIMS}."
    )


def test_a_host_port_is_taken_once(stage: Stage) -> None:
    stage.node("n1")
    first, second = pod("one"), pod("two")
    for each in (first, second):
        each["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 8080}]
    stage.make(first)
    node_of(stage)
    stage.make(second)
    assert "node(s) didn't have free ports for the requested pod ports" in refused(stage, "two")


def test_a_gated_pod_waits_for_its_gate(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one", schedulingGates=[{"name": "quota"}]), pod("two"))
    node_of(stage, "two")
    assert condition(stage.get(Pod, "one"), "PodScheduled").reason == "SchedulingGated"
    stage.patch(Pod, "one", {"spec": {"schedulingGates": None}})
    assert node_of(stage) == "n1"


def test_another_schedulers_pods_are_let_alone(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one", schedulerName="mine"), pod("two"))
    node_of(stage, "two")
    assert not stage.get(Pod, "one").spec.nodeName


class TestTriedAgain:
    def test_when_a_node_comes(self, stage: Stage) -> None:
        stage.make(pod("one"))
        refused(stage)
        stage.node("n1")
        assert node_of(stage) == "n1"

    def test_when_a_node_changes(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(pod("one", nodeSelector={"disk": "ssd"}))
        refused(stage)
        stage.patch(Node, "n1", {"metadata": {"labels": {"disk": "ssd"}}})
        assert node_of(stage) == "n1"

    def test_when_a_pod_goes(self, stage: Stage) -> None:
        stage.node("n1", pods=1)
        stage.make(pod("one"))
        node_of(stage)
        stage.make(pod("two"))
        refused(stage, "two")
        stage.client.delete(Pod, "one", namespace=stage.namespace)
        assert node_of(stage, "two") == "n1"

    def test_when_a_node_is_uncordoned(self, stage: Stage) -> None:
        stage.node("n1")
        stage.patch(Node, "n1", {"spec": {"unschedulable": True}})
        stage.make(pod("one"))
        refused(stage)
        stage.patch(Node, "n1", {"spec": {"unschedulable": None}})
        assert node_of(stage) == "n1"
        assert says(stage.get(Pod, "one"), "PodScheduled")

    def test_when_it_tolerates_more(self, stage: Stage) -> None:
        """Tolerations may be added to a pod that is there."""
        stage.node("n1", taints=[{"key": "mine", "effect": "NoSchedule"}])
        stage.make(pod("one"))
        refused(stage)
        now = stage.client.get(Pod, "one", namespace=stage.namespace).spec.tolerations
        added = [*(each.to_dict() for each in now), {"key": "mine", "operator": "Exists", "effect": "NoSchedule"}]
        stage.patch(Pod, "one", {"spec": {"tolerations": added}})
        assert node_of(stage) == "n1"
