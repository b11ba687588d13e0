"""What nodes do to pods. Source: "Taints and Tolerations" (Taint based Evictions, Taint Nodes by Condition), "Nodes",
"Pod Lifecycle" (Garbage collection of Pods)."""

from typing import Any

import pytest
from lightkube.resources.core_v1 import Node, Pod

from tests.kubernetes.workload_stage import Stage, condition, eventually, pod, ready, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

PREFIX = "node.kubernetes.io/"


def taints(stage: Stage, of: str = "n1") -> list[tuple[str, str]]:
    found = stage.client.get(Node, of).spec.taints or ()
    return sorted((str(each.key).removeprefix(PREFIX), str(each.effect)) for each in found)


def tolerating(key: str, seconds: int | None = None) -> dict[str, Any]:
    times = {} if seconds is None else {"tolerationSeconds": seconds}
    return {"key": key, "operator": "Exists", "effect": "NoExecute", **times}


@pytest.mark.parametrize(
    ("type_", "status", "taint", "effects"),
    [
        ("Ready", "False", "not-ready", ["NoExecute", "NoSchedule"]),
        ("Ready", "Unknown", "unreachable", ["NoExecute", "NoSchedule"]),
        ("DiskPressure", "True", "disk-pressure", ["NoSchedule"]),
        ("MemoryPressure", "True", "memory-pressure", ["NoSchedule"]),
        ("PIDPressure", "True", "pid-pressure", ["NoSchedule"]),
        ("NetworkUnavailable", "True", "network-unavailable", ["NoSchedule"]),
    ],
)
def test_conditions_become_taints_and_go_with_them(
    stage: Stage, type_: str, status: str, taint: str, effects: list[str]
) -> None:
    stage.node("n1", taints=[{"key": "mine", "effect": "NoSchedule"}])
    stage.client.patch(Node.Status, "n1", {"status": {"conditions": [{"type": type_, "status": status}]}})
    eventually(lambda: taints(stage) == sorted([("mine", "NoSchedule"), *((taint, each) for each in effects)]))
    stage.client.patch(
        Node.Status, "n1", {"status": {"conditions": [{"type": type_, "status": str(type_ == "Ready")}]}}
    )
    eventually(lambda: taints(stage) == [("mine", "NoSchedule")])


def test_a_cordon_is_a_taint_too(stage: Stage) -> None:
    stage.node("n1")
    stage.patch(Node, "n1", {"spec": {"unschedulable": True}})
    eventually(lambda: taints(stage) == [("unschedulable", "NoSchedule")])
    stage.patch(Node, "n1", {"spec": {"unschedulable": None}})
    eventually(lambda: not taints(stage))


class TestEvictionsByTaint:
    def test_who_does_not_tolerate_it_goes_and_who_does_stays(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(pod("leaves"), pod("stays", tolerations=[tolerating("out")]))
        eventually(lambda: len(ready(stage.pods())) == 2)
        stage.patch(Node, "n1", {"spec": {"taints": [{"key": "out", "effect": "NoExecute"}]}})
        eventually(lambda: stage.gone(Pod, "leaves"))
        assert ready([stage.get(Pod, "stays")])

    def test_who_tolerates_it_for_some_seconds_goes_then(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(
            pod("later", tolerations=[tolerating("out", 30)]), pod("last", tolerations=[tolerating("out", 3000)])
        )
        eventually(lambda: len(ready(stage.pods())) == 2)
        stage.patch(Node, "n1", {"spec": {"taints": [{"key": "out", "effect": "NoExecute"}]}})
        going = eventually(lambda: [each for each in stage.pods() if says(each, "DisruptionTarget")])
        assert condition(going[0], "DisruptionTarget").reason == "DeletionByTaintManager"
        eventually(lambda: stage.gone(Pod, "later"))
        assert ready([stage.get(Pod, "last")])

    def test_a_taint_that_goes_in_time_evicts_nobody(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(pod("later", tolerations=[tolerating("out", 20)]))
        eventually(lambda: ready(stage.pods()))
        stage.patch(Node, "n1", {"spec": {"taints": [{"key": "out", "effect": "NoExecute"}]}})
        stage.patch(Node, "n1", {"spec": {"taints": None}})
        stage.make(pod("clock", notes={"run-seconds": "30", "exit-code": "0"}, restartPolicy="Never"))
        eventually(lambda: stage.get(Pod, "clock").status.phase == "Succeeded")
        assert ready([stage.get(Pod, "later")])

    def test_pods_stay_five_minutes_on_a_node_that_is_not_ready(self, stage: Stage) -> None:
        """The default tolerations of not-ready and unreachable."""
        stage.node("n1")
        stage.make(pod("one"))
        eventually(lambda: ready(stage.pods()))
        stage.node_is("n1", "False")
        eventually(lambda: taints(stage))
        found = {
            each.key.removeprefix(PREFIX): each.tolerationSeconds for each in stage.get(Pod, "one").spec.tolerations
        }
        assert found == {"not-ready": 300, "unreachable": 300}
        assert ready(stage.pods())


class TestNodesThatAreGone:
    def test_their_pods_are_deleted_after_a_while(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(pod("one"))
        eventually(lambda: ready(stage.pods()))
        stage.client.delete(Node, "n1")
        stage._nodes.clear()
        assert not stage.gone(Pod, "one")
        eventually(lambda: stage.gone(Pod, "one"))

    def test_one_that_does_not_answer_keeps_pods_that_are_to_go(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(pod("one"))
        eventually(lambda: ready(stage.pods()))
        stage.node_is("n1", "Unknown")
        eventually(lambda: says(stage.get(Pod, "one"), "Ready", "False"))
        stage.client.delete(Pod, "one", namespace=stage.namespace, grace_period=5)
        stage.node("n2")
        stage.make(pod("clock", notes={"run-seconds": "20", "exit-code": "0"}, restartPolicy="Never"))
        eventually(lambda: stage.get(Pod, "clock").status.phase == "Succeeded")
        assert stage.get(Pod, "one").metadata.deletionTimestamp
        stage.node_is("n1", "True")
        eventually(lambda: stage.gone(Pod, "one"))
