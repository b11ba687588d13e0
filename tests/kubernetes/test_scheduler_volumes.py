"""Pods and their volumes' zones. Source: "Persistent Volumes" (Node Affinity), "Storage Classes" (Volume Binding Mode,
Allowed Topologies), "Dynamic Volume Provisioning"."""

from typing import Any

import pytest
from lightkube.resources.core_v1 import Node, PersistentVolume, PersistentVolumeClaim, Pod

from tests.kubernetes.workload_stage import Stage, condition, eventually, name, pod, says
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

ZONE = "topology.kubernetes.io/zone"


def storage_class(mode: str = "WaitForFirstConsumer", **more: Any) -> dict[str, Any]:
    about = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "gp3"}}
    return {**about, "provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Delete", "volumeBindingMode": mode, **more}


def claim(class_: str = "gp3", size: str = "1Gi") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": class_,
            "resources": {"requests": {"storage": size}},
        },
    }


def volume(zone: str, size: str = "1Gi", of: str = "disk") -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": of},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "static",
            "persistentVolumeReclaimPolicy": "Retain",
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{of}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
        },
    }


def using(of: str = "one", **more: Any) -> dict[str, Any]:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    return pod(of, volumes=volumes, **more)


def zone_of(stage: Stage, of: str = "one") -> str:
    node = eventually(lambda: stage.get(Pod, of).spec.nodeName)
    return str(stage.client.get(Node, node).metadata.labels[ZONE])


def refused(stage: Stage, of: str = "one") -> str:
    eventually(lambda: says(stage.get(Pod, of), "PodScheduled", "False"))
    return str(condition(stage.get(Pod, of), "PodScheduled").message)


def test_a_volume_is_made_where_the_first_pod_goes_and_later_pods_follow(stage: Stage) -> None:
    stage.node("a0", "a")
    stage.node("b0", "b")
    stage.make(storage_class(), claim())
    eventually(lambda: stage.get(PersistentVolumeClaim, "data").status.phase == "Pending")
    stage.make(using(nodeSelector={ZONE: "b"}))
    assert zone_of(stage) == "b"
    bound = stage.get(PersistentVolumeClaim, "data")
    made = stage.client.get(PersistentVolume, bound.spec.volumeName)
    assert (bound.status.phase, made.status.phase, made.spec.claimRef.name) == ("Bound", "Bound", "data")
    (term,) = made.spec.nodeAffinity.required.nodeSelectorTerms
    assert [(each.key, each.values) for each in term.matchExpressions] == [(ZONE, ["b"])]
    stage.client.delete(Pod, "one", namespace=stage.namespace)
    eventually(lambda: stage.gone(Pod, "one"))
    stage.make(using("two"))
    assert zone_of(stage, "two") == "b"
    stage.patch(Node, "b0", {"spec": {"unschedulable": True}})
    stage.make(using("three"))
    message = refused(stage, "three")
    assert "1 node(s) didn't match PersistentVolume's node affinity" in message
    assert "1 node(s) were unschedulable" in message


def test_at_once_means_before_any_pod(stage: Stage) -> None:
    stage.node("a0", "a")
    stage.make(storage_class("Immediate"), claim())
    eventually(lambda: stage.get(PersistentVolumeClaim, "data").status.phase == "Bound")
    stage.make(using())
    assert zone_of(stage) == "a"


def test_a_class_may_allow_some_zones_only(stage: Stage) -> None:
    stage.node("a0", "a")
    allowed = [{"matchLabelExpressions": [{"key": ZONE, "values": ["b"]}]}]
    stage.make(storage_class(allowedTopologies=allowed), claim(), using())
    assert "1 node(s) didn't find available persistent volumes to bind" in refused(stage)
    stage.node("b0", "b")
    assert zone_of(stage) == "b"


@pytest.mark.parametrize(("size", "chosen"), [("1Gi", "small"), ("5Gi", "large")])
def test_a_volume_that_is_there_is_taken_the_smallest_that_fits(stage: Stage, size: str, chosen: str) -> None:
    stage.node("a0", "a")
    stage.make(volume("a", "2Gi", "small"), volume("a", "10Gi", "large"), claim("static", size), using())
    assert zone_of(stage) == "a"
    assert stage.get(PersistentVolumeClaim, "data").spec.volumeName == chosen


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], 'persistentvolumeclaim "data" not found'),
        ([claim("static")], "pod has unbound immediate PersistentVolumeClaims"),
    ],
)
def test_a_pod_waits_for_its_claim(stage: Stage, made: list[dict[str, Any]], message: str) -> None:
    stage.node("a0", "a")
    if made:
        stage.make(*made)
    stage.make(using())
    assert message in refused(stage)
    if not made:
        stage.make(claim("static"))
    stage.make(volume("a"))
    assert zone_of(stage) == "a"


def test_a_volume_goes_or_stays_with_its_claim_as_its_policy_says(stage: Stage) -> None:
    stage.node("a0", "a")
    stage.make(storage_class("Immediate"), claim())
    made = eventually(lambda: stage.get(PersistentVolumeClaim, "data").spec.volumeName)
    stage.client.delete(PersistentVolumeClaim, "data", namespace=stage.namespace)
    eventually(lambda: made not in [name(each) for each in stage.client.list(PersistentVolume)])
    stage.make(volume("a"), claim("static"))
    eventually(lambda: stage.get(PersistentVolumeClaim, "data").status.phase == "Bound")
    stage.client.delete(PersistentVolumeClaim, "data", namespace=stage.namespace)
    eventually(lambda: stage.client.get(PersistentVolume, "disk").status.phase == "Released")
