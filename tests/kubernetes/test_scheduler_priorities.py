"""Pods that are more important. Source: "Pod Priority and Preemption"."""

from typing import Any

from lightkube.resources.core_v1 import Pod

from tests.kubernetes.workload_stage import Stage, condition, eventually, pod, ready, says, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

CRITICAL: Any = {"priorityClassName": "system-node-critical"}
SLOW = {"termination-seconds": "10"}


def refused(stage: Stage, of: str) -> str:
    eventually(lambda: says(stage.get(Pod, of), "PodScheduled", "False"))
    return str(condition(stage.get(Pod, of), "PodScheduled").message)


def test_a_less_important_pod_goes_for_one_that_has_no_room(stage: Stage) -> None:
    stage.node("n1", pods=2)
    stage.make(pod("first", notes=SLOW), pod("other", notes=SLOW))
    eventually(lambda: len(ready(stage.pods())) == 2)
    stage.make(pod("vital", **CRITICAL))
    gone = eventually(lambda: [each for each in stage.pods() if each.metadata.deletionTimestamp])
    assert [condition(each, "DisruptionTarget").reason for each in gone] == ["PreemptionByScheduler"]
    assert stage.get(Pod, "vital").status.nominatedNodeName == "n1"
    eventually(lambda: ready([stage.get(Pod, "vital")]))
    assert len(stage.pods()) == 2


def test_the_room_is_kept_for_it(stage: Stage) -> None:
    """Pods that wait, and are less important, do not take the place that was made."""
    stage.node("n1", pods=1)
    stage.make(workload("ReplicaSet", "web", SLOW, replicas=4))
    eventually(lambda: len(ready(stage.pods())) == 1)
    stage.make(pod("vital", **CRITICAL))
    eventually(lambda: ready([stage.get(Pod, "vital")]))
    assert sum(bool(each.spec.nodeName) for each in stage.pods()) == 1


def test_nobody_goes_for_one_that_would_not_fit_anyway_or_is_not_more_important(stage: Stage) -> None:
    stage.node("n1", pods=1)
    stage.make(pod("first"))
    eventually(lambda: ready(stage.pods()))
    stage.make(pod("large", cpu="100", **CRITICAL), pod("like"))
    assert "Preemption is not helpful for scheduling" in refused(stage, "large")
    assert "No preemption victims found for incoming pod" in refused(stage, "like")
    assert len(ready([stage.get(Pod, "first")])) == 1


def test_a_daemon_gets_its_place_on_a_full_node(stage: Stage) -> None:
    stage.node("n1", pods=2)
    daemon: Any = workload("DaemonSet", "agent", pod=CRITICAL)
    stage.make(workload("ReplicaSet", "web", replicas=3))
    eventually(lambda: len(ready(stage.pods())) == 2)
    stage.make(daemon)
    eventually(lambda: ready(stage.pods(app="agent")))
