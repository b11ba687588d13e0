"""Pods as they are read, with who starts them again."""

import json
import tracemalloc
from typing import Any

import httpx2

from nodenet.kubernetes.pods import Pods
from nodenet.migration.cluster import Owner, Pod
from tests.unit.kubernetes_server import Answer, Server, items, ok, routed

POD: dict[str, Any] = {
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "uid": "u-1",
        "labels": {"app": "web"},
        "annotations": {"a": "b", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
    },
    "spec": {
        "nodeName": "n",
        "nodeSelector": {"x": "y"},
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-1"}},
            {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
            {"name": "token", "projected": {"sources": []}},
        ],
        "readinessGates": [{"conditionType": "target-health.elbv2.k8s.aws/b"}],
    },
    "status": {"phase": "Running", "podIP": "10.0.0.9", "conditions": [{"type": "Ready", "status": "True"}]},
}


def owned(kind: str, name: str, uid: str = "r", **more: Any) -> dict[str, Any]:
    reference = {"kind": kind, "name": name, "uid": uid, "controller": True}
    return {**POD, "metadata": {**POD["metadata"], "ownerReferences": [reference], **more}}


def replica_set(name: str, uid: str, kind: str = "Deployment", above: str = "web") -> dict[str, Any]:
    reference = {"kind": kind, "name": above, "uid": "d", "controller": True}
    return {"metadata": {"name": name, "namespace": "shop", "uid": uid, "ownerReferences": [reference]}}


def only(pod: dict[str, Any], more: dict[str, Any] | None = None) -> Pod:
    server = routed({"GET /api/v1/pods": {"items": [pod]}, **(more or {})})
    (found,) = Pods(server.connection()).pods()
    return found


def test_a_pod_is_read() -> None:
    assert only(POD) == Pod(
        "shop",
        "web-1",
        "u-1",
        "n",
        address="10.0.0.9",
        empty_dir=True,
        claims=("data-web-1", "web-1-scratch"),
        gates=("target-health.elbv2.k8s.aws/b",),
        labels={"app": "web"},
        annotations={"a": "b"},
        node_selector={"x": "y"},
    )


def test_one_that_is_going_or_a_static_ones_image_is_told() -> None:
    going = only({**POD, "metadata": {**POD["metadata"], "deletionTimestamp": "2026-01-02T03:04:05Z"}})
    assert going.terminating
    static = only(owned("Node", "n", annotations={"kubernetes.io/config.mirror": "x"}))
    assert (static.mirror, static.owner) == (True, Owner("Node", "", "n"))


def test_an_owner_that_is_no_controller_starts_nothing() -> None:
    """ "Owners and Dependents": one of the owners at most is the controller."""
    pod = owned("ReplicaSet", "r")
    pod["metadata"]["ownerReferences"][0]["controller"] = False
    assert only(pod).owner is None


def test_the_owner_is_that_above_the_replica_set() -> None:
    path = "GET /apis/apps/v1/namespaces/shop/replicasets/web-5d"
    assert only(owned("ReplicaSet", "web-5d"), {path: replica_set("web-5d", "r")}).owner == Owner(
        "Deployment", "shop", "web"
    )
    rollout = replica_set("web-5d", "r", "Rollout")
    assert only(owned("ReplicaSet", "web-5d"), {path: rollout}).owner == Owner("Rollout", "shop", "web")
    bare = {"metadata": {"name": "web-5d", "namespace": "shop", "uid": "r"}}
    assert only(owned("ReplicaSet", "web-5d"), {path: bare}).owner == Owner("ReplicaSet", "shop", "web-5d")
    assert only(owned("ReplicaSet", "web-5d")).owner == Owner("ReplicaSet", "shop", "web-5d")
    assert only(owned("StatefulSet", "db")).owner == Owner("StatefulSet", "shop", "db")


def test_each_replica_set_of_a_node_is_asked_for_once() -> None:
    pods = [owned("ReplicaSet", f"web-{number % 3}", f"r-{number % 3}") for number in range(30)]
    sets = {
        f"GET /apis/apps/v1/namespaces/shop/replicasets/web-{number}": replica_set(f"web-{number}", f"r-{number}")
        for number in range(3)
    }
    server = routed({"GET /api/v1/pods": {"items": pods}, **sets})
    reading = Pods(server.connection())
    for _ in range(2):
        assert {pod.owner for pod in reading.pods(node="n")} == {Owner("Deployment", "shop", "web")}
    assert sorted(server.requests) == sorted(["GET /api/v1/pods"] * 2 + list(sets))
    assert server.asked[0].url.params["fieldSelector"] == "spec.nodeName=n"


def test_many_replica_sets_are_listed_once() -> None:
    pods = [owned("ReplicaSet", f"web-{number}", f"r-{number}") for number in range(21)]
    sets = [replica_set(f"web-{number}", f"r-{number}") for number in range(40)]
    server = routed({"GET /api/v1/pods": {"items": pods}, "GET /apis/apps/v1/replicasets": {"items": sets}})
    assert {pod.owner for pod in Pods(server.connection()).pods()} == {Owner("Deployment", "shop", "web")}
    assert server.requests == ["GET /api/v1/pods", "GET /apis/apps/v1/replicasets"]


def test_pods_of_a_namespace_and_with_labels_are_asked_for_so() -> None:
    server = Server(lambda _: items())
    Pods(server.connection()).pods(namespace="shop", labels="app=web,!x")
    (asked,) = server.asked
    assert (asked.url.path, asked.url.params["labelSelector"]) == ("/api/v1/namespaces/shop/pods", "app=web,!x")


def test_one_pod_is_read_with_its_owner_and_one_that_is_gone_is_none() -> None:
    server = routed(
        {
            "GET /api/v1/namespaces/shop/pods/web-1": owned("ReplicaSet", "web-5d"),
            "GET /apis/apps/v1/namespaces/shop/replicasets/web-5d": replica_set("web-5d", "r"),
        }
    )
    pods = Pods(server.connection())
    found = pods.pod("shop", "web-1")
    assert found
    assert found.owner == Owner("Deployment", "shop", "web")
    assert pods.pod("shop", "web-2") is None


def test_volumes_are_attached_until_their_attachment_is_gone() -> None:
    def attachment(node: str, name: str, **source: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "spec": {"nodeName": node, "attacher": "ebs.csi.aws.com", "source": source}}

    every = [
        attachment("n", "csi-2", persistentVolumeName="pv-2"),
        attachment("m", "csi-3", persistentVolumeName="pv-3"),
        attachment("n", "csi-1", persistentVolumeName="pv-1"),
        attachment("n", "inline"),
    ]
    server = routed({"GET /apis/storage.k8s.io/v1/volumeattachments": {"items": every}})
    assert Pods(server.connection()).attached("n") == ["inline", "pv-1", "pv-2"]


def test_ten_thousand_pods_are_read_in_some_megabytes() -> None:
    """As they come they are ten kilobytes each."""
    pods = 10_000
    big = owned("ReplicaSet", "web-5d", managedFields=[{"fieldsV1": {"f": {}}}] * 40)
    big["spec"] = {**POD["spec"], "containers": [{"name": "c", "env": [{"name": "E", "value": "v" * 90}] * 30}] * 2}
    page = ",".join([json.dumps(big)] * 500)

    def answer(request: httpx2.Request) -> Answer:
        if "replicasets" in request.url.path:
            return ok(replica_set("web-5d", "r"))
        following = int(request.url.params.get("continue", "0")) + 500
        about = {"continue": str(following)} if following < pods else {}
        return httpx2.Response(200, text=f'{{"metadata": {json.dumps(about)}, "items": [{page}]}}')

    connection = Server(answer).connection()
    reading = Pods(connection)
    tracemalloc.start()
    assert len(reading.pods()) == pods
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 40e6
    assert peak < 60e6
