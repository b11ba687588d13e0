"""What kubelets do with pods, as far as there are no containers. Source: "Pod Lifecycle"; "Pods" (static pods);
"Persistent Volumes" (Access Modes). The annotations local.kubernetes/... are those of the stand-in."""

from typing import Any

import pytest
from lightkube.resources.core_v1 import Pod
from lightkube.resources.storage_v1 import VolumeAttachment

from tests.kubernetes.workload_stage import Stage, condition, eventually, pod, ready, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401


def running(stage: Stage, of: str = "one") -> Any:
    return eventually(lambda: [p for p in [stage.get(Pod, of)] if p.status.phase == "Running"])[0]


def clock(stage: Stage, seconds: int) -> None:
    """Waits so many of the region's seconds, by a pod that takes them."""
    stage.make(pod("clock", notes={"run-seconds": str(seconds), "exit-code": "0"}, restartPolicy="Never"))
    eventually(lambda: stage.get(Pod, "clock").status.phase == "Succeeded")


def test_a_bound_pod_gets_an_address_and_is_ready(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one"))
    (found,) = eventually(lambda: ready(stage.pods()))
    assert found.status.podIP == found.status.podIPs[0].ip
    assert found.status.hostIP == "10.0.0.11"
    assert all(says(found, each) for each in ("PodScheduled", "Initialized", "ContainersReady", "Ready"))
    (status,) = found.status.containerStatuses
    assert (status.ready, status.state.running is not None, status.restartCount) == (True, True, 0)


def test_addresses_are_each_pods_own_and_of_the_host_on_its_network(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one"), pod("two"), pod("host", hostNetwork=True))
    eventually(lambda: len(ready(stage.pods())) == 3)
    addresses = {each.metadata.name: each.status.podIP for each in stage.pods()}
    assert addresses["host"] == "10.0.0.11"
    assert len(set(addresses.values())) == 3


def test_a_pod_that_starts_is_pending_with_its_container_being_made(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one"))
    seen = eventually(lambda: [p for p in stage.pods() if p.status.containerStatuses])[0]
    assert seen.status.containerStatuses[0].state.waiting.reason == "ContainerCreating"
    assert (seen.status.phase, says(seen, "Ready")) == ("Pending", False)


def test_readiness_comes_late_or_never_as_ordered(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("late", notes={"ready-seconds": "20"}), pod("never", notes={"ready": "never"}))
    first = running(stage, "late")
    assert condition(first, "Ready").reason == "ContainersNotReady"
    eventually(lambda: ready([stage.get(Pod, "late")]))
    clock(stage, 10)
    assert not ready([stage.get(Pod, "never")])


def test_a_readiness_gate_holds_ready_back(stage: Stage) -> None:
    """Pod readiness: ContainersReady, and every gate's condition."""
    gate = "target-health.elbv2.k8s.aws/web"
    stage.node("n1")
    stage.make(pod("one", readinessGates=[{"conditionType": gate}]))
    found = eventually(lambda: [p for p in [running(stage)] if says(p, "ContainersReady")])[0]
    assert condition(found, "Ready").reason == "ReadinessGatesNotReady"
    for status in ("True", "False"):
        stage.client.patch(
            Pod.Status, "one", {"status": {"conditions": [{"type": gate, "status": status}]}}, namespace=stage.namespace
        )
        eventually(lambda: says(stage.get(Pod, "one"), "Ready", status))  # noqa: B023 - awaited at once


def test_a_pod_that_is_deleted_takes_its_time_and_at_most_its_grace(stage: Stage) -> None:
    stage.node("n1")
    for name, seconds in (("slow", "20"), ("hasty", "2000")):
        stage.make(pod(name, notes={"termination-seconds": seconds}))
    eventually(lambda: len(ready(stage.pods())) == 2)
    stage.client.delete(Pod, "slow", namespace=stage.namespace)
    stage.client.delete(Pod, "hasty", namespace=stage.namespace, grace_period=2)
    eventually(lambda: stage.gone(Pod, "hasty"))
    assert stage.get(Pod, "slow").metadata.deletionTimestamp
    assert says(stage.get(Pod, "slow"), "Ready")
    eventually(lambda: stage.gone(Pod, "slow"))


def test_an_address_that_is_free_again_is_given_again(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one"))
    before = eventually(lambda: ready(stage.pods()))[0].status.podIP
    stage.client.delete(Pod, "one", namespace=stage.namespace)
    eventually(lambda: stage.gone(Pod, "one"))
    stage.make(pod("two"))
    assert running(stage, "two").status.podIP == before


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", "0", "Succeeded"), ("Never", "2", "Failed"), ("OnFailure", "0", "Succeeded")],
)
def test_a_pod_ends_by_its_exit_code(stage: Stage, policy: str, code: str, phase: str) -> None:
    stage.node("n1")
    notes = {"exit-code": code, "run-seconds": "1", "termination-message": "bye"}
    stage.make(pod("one", notes=notes, restartPolicy=policy))
    eventually(lambda: stage.get(Pod, "one").status.phase == phase)
    ended = stage.get(Pod, "one").status.containerStatuses[0].state.terminated
    assert (ended.exitCode, ended.message) == (int(code), "bye")
    assert not says(stage.get(Pod, "one"), "Ready")


def test_a_container_that_is_to_run_always_is_started_again_later_each_time(stage: Stage) -> None:
    stage.node("n1")
    stage.make(pod("one", notes={"exit-code": "1", "run-seconds": "2"}))
    waiting = eventually(lambda: [p for p in stage.pods() if p.status.containerStatuses[0].restartCount == 1])[0]
    assert waiting.status.containerStatuses[0].state.waiting.reason == "CrashLoopBackOff"
    assert waiting.status.containerStatuses[0].lastState.terminated.exitCode == 1
    assert waiting.status.phase == "Running"
    eventually(lambda: stage.pods()[0].status.containerStatuses[0].restartCount == 2)


def test_a_mirror_pod_comes_back(stage: Stage) -> None:
    """It only shows a static pod: deleting it ends nothing ("Create static Pods")."""
    stage.node("n1")
    mirror = pod("static-n1", nodeName="n1", hostNetwork=True)
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "hash"}
    stage.make(mirror)
    before = eventually(lambda: ready(stage.pods()))[0].metadata.uid
    stage.client.delete(Pod, "static-n1", namespace=stage.namespace)
    eventually(lambda: [each for each in ready(stage.pods()) if each.metadata.uid != before])


class TestVolumes:
    def test_one_for_a_single_node_is_attached_elsewhere_after_it_is_off_the_first(self, stage: Stage) -> None:
        stage.node("n1")
        stage.node("n2")
        stage.make(volume("ReadWriteOnce"), claim("ReadWriteOnce"), using("first", "n1"))
        eventually(lambda: ready(stage.pods()))
        (attachment,) = stage.client.list(VolumeAttachment)
        assert (attachment.spec.nodeName, attachment.spec.attacher) == ("n1", "ebs.csi.aws.com")
        assert (attachment.spec.source.persistentVolumeName, attachment.status.attached) == ("disk", True)
        stage.make(using("second", "n2"))
        eventually(
            lambda: [m for m in stage.events("FailedAttachVolume") if 'Multi-Attach error for volume "disk"' in m]
        )
        assert stage.get(Pod, "second").status.phase == "Pending"
        stage.client.delete(Pod, "first", namespace=stage.namespace)
        eventually(lambda: ready([stage.get(Pod, "second")]))
        assert [each.spec.nodeName for each in stage.client.list(VolumeAttachment)] == ["n2"]

    def test_one_for_many_nodes_is_attached_to_all(self, stage: Stage) -> None:
        stage.node("n1")
        stage.node("n2")
        made = [using("first", "n1"), using("second", "n2")]
        stage.make(volume("ReadWriteMany"), claim("ReadWriteMany"), *made)
        eventually(lambda: len(ready(stage.pods())) == 2)
        assert sorted(each.spec.nodeName for each in stage.client.list(VolumeAttachment)) == ["n1", "n2"]

    def test_it_is_off_the_node_some_time_after_its_pod(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(volume("ReadWriteOnce"), claim("ReadWriteOnce"), using("first", "n1"))
        eventually(lambda: ready(stage.pods()))
        stage.client.delete(Pod, "first", namespace=stage.namespace)
        eventually(lambda: stage.gone(Pod, "first"))
        assert list(stage.client.list(VolumeAttachment))
        eventually(lambda: not list(stage.client.list(VolumeAttachment)))


def volume(mode: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "disk"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": [mode],
            "storageClassName": "static",
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
        },
    }


def claim(mode: str) -> dict[str, Any]:
    spec = {"accessModes": [mode], "storageClassName": "static", "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}


def using(of: str, node: str) -> dict[str, Any]:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    return pod(of, volumes=volumes, nodeSelector={"kubernetes.io/hostname": node})
