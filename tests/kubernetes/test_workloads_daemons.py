"""DaemonSets. Source: "DaemonSet", "Perform a Rolling Update on a DaemonSet" in the Kubernetes documentation."""

from typing import Any

import pytest
from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.core_v1 import Node

from tests.kubernetes.workload_stage import Stage, eventually, name, ready, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "other"}]}}}}


def on(stage: Stage) -> list[str]:
    """The nodes with a ready pod."""
    return sorted(str(each.spec.nodeName) for each in ready(stage.pods()))


def agent(**more: Any) -> dict[str, Any]:
    pod = more.pop("pod", None)
    return workload("DaemonSet", "agent", pod=pod, **more)


def test_every_node_has_one_cordoned_or_new(stage: Stage) -> None:
    stage.node("n1")
    stage.node("n2")
    stage.patch(Node, "n2", {"spec": {"unschedulable": True}})
    stage.make(agent())
    eventually(lambda: on(stage) == ["n1", "n2"])
    stage.node("n3")
    eventually(lambda: on(stage) == ["n1", "n2", "n3"])
    status = eventually(lambda: [s for s in [stage.get(DaemonSet, "agent").status] if s.numberAvailable == 3])[0]
    assert (status.desiredNumberScheduled, status.currentNumberScheduled, status.updatedNumberScheduled) == (3, 3, 3)
    assert (status.numberReady, status.numberMisscheduled, status.observedGeneration) == (3, 0, 1)


def test_only_nodes_that_its_template_selects(stage: Stage) -> None:
    stage.node("n1", labels={"disk": "ssd"})
    stage.node("n2")
    stage.make(agent(pod={"nodeSelector": {"disk": "ssd"}}))
    eventually(lambda: on(stage) == ["n1"])
    stage.patch(Node, "n1", {"metadata": {"labels": {"disk": "none"}}})
    eventually(lambda: not stage.pods())
    assert stage.get(DaemonSet, "agent").status.desiredNumberScheduled == 0


@pytest.mark.parametrize(("effect", "runs", "stays"), [("NoSchedule", False, True), ("NoExecute", False, False)])
def test_a_taint_keeps_pods_off_and_one_with_noexecute_takes_them_away(
    stage: Stage, effect: str, runs: bool, stays: bool
) -> None:
    taint = {"key": "dedicated", "effect": effect}
    stage.node("n1")
    stage.node("n2", taints=[taint])
    stage.make(agent())
    eventually(lambda: on(stage) == ["n1"])
    stage.patch(Node, "n1", {"spec": {"taints": [taint]}})
    eventually(lambda: stage.get(DaemonSet, "agent").status.desiredNumberScheduled == 0)
    if stays:
        assert on(stage) == ["n1"]
        assert stage.get(DaemonSet, "agent").status.numberMisscheduled == 1
    else:
        eventually(lambda: not stage.pods())


def test_a_node_that_is_not_ready_keeps_its_pod(stage: Stage) -> None:
    """Daemons tolerate not-ready and unreachable for good."""
    stage.node("n1")
    stage.make(agent())
    before = [each.metadata.uid for each in eventually(lambda: ready(stage.pods()))]
    stage.node_is("n1", "False")
    eventually(lambda: stage.client.get(Node, "n1").spec.taints)
    tolerations = {(each.key, each.effect) for each in stage.pods()[0].spec.tolerations}
    assert tolerations >= {
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    }
    assert all(each.tolerationSeconds is None for each in stage.pods()[0].spec.tolerations)
    assert [each.metadata.uid for each in stage.pods()] == before


@pytest.mark.parametrize(("unavailable", "least"), [(1, 3), ("50%", 2)])
def test_a_new_template_rolls_with_so_many_away_at_most(stage: Stage, unavailable: int | str, least: int) -> None:
    nodes = ["n1", "n2", "n3", "n4"]
    for each in nodes:
        stage.node(each)
    stage.make(agent(updateStrategy={"rollingUpdate": {"maxUnavailable": unavailable}}))
    eventually(lambda: on(stage) == nodes)
    stage.patch(DaemonSet, "agent", IMAGE)
    seen: list[int] = []

    def look() -> bool:
        seen.append(len(on(stage)))
        return len(on(stage)) == 4 and {each.spec.containers[0].image for each in stage.pods()} == {"other"}

    eventually(look)
    assert min(seen) >= least
    status = eventually(lambda: [s for s in [stage.get(DaemonSet, "agent").status] if s.updatedNumberScheduled == 4])[0]
    assert status.observedGeneration == 2


def test_with_a_surge_the_new_pod_is_ready_before_the_old_one_goes(stage: Stage) -> None:
    stage.node("n1")
    stage.make(agent(updateStrategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}))
    eventually(lambda: on(stage) == ["n1"])
    stage.patch(DaemonSet, "agent", IMAGE)
    seen: list[int] = []

    def look() -> bool:
        seen.append(len(on(stage)))
        return [each.spec.containers[0].image for each in stage.pods()] == ["other"]

    eventually(look)
    assert min(seen) >= 1


def test_on_delete_replaces_nothing_by_itself(stage: Stage) -> None:
    stage.node("n1")
    stage.make(agent(updateStrategy={"type": "OnDelete"}))
    before = [name(each) for each in eventually(lambda: ready(stage.pods()))]
    stage.patch(DaemonSet, "agent", IMAGE)
    eventually(lambda: stage.get(DaemonSet, "agent").status.observedGeneration == 2)
    assert [name(each) for each in stage.pods()] == before
    assert not stage.get(DaemonSet, "agent").status.updatedNumberScheduled
