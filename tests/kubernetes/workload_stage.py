"""A cluster with controllers, and what its tests make in it. Nothing here orders the stand-in about, so that the tests
can be held against a real control plane; the annotations local.kubernetes/... are the kubelets' here."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from lightkube import codecs
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Event, Namespace, Node, Pod

from local.region import Region
from tests.kubernetes import control_plane

SPEED = 20.0
type Thing = dict[str, Any]


@dataclass
class Stage:
    """One namespace of its own in a cluster. `region` is None where the control plane is a real one."""

    client: Any
    region: Region | None
    namespace: str = "default"
    _nodes: list[str] = field(default_factory=list)

    def make(self, *things: Thing) -> Any:
        """Creates objects; the last one as it was made."""
        for thing in things:
            about = thing["metadata"]
            if thing["kind"] not in ("Node", "PersistentVolume", "StorageClass", "Namespace"):
                about.setdefault("namespace", self.namespace)
            made = self.client.create(codecs.from_dict(thing))
        return made

    def node(self, name: str, zone: str = "a", *, pods: int = 20, cpu: str = "4", **more: Any) -> Any:
        """A node that is Ready. `more`: labels, taints."""
        self._nodes.append(name)
        labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, **more.get("labels", {})}
        capacity = {"cpu": cpu, "memory": "8Gi", "pods": str(pods)}
        return self.make(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
                "spec": {"taints": more["taints"]} if "taints" in more else {},
                "status": {
                    "allocatable": capacity,
                    "capacity": capacity,
                    "addresses": [{"type": "InternalIP", "address": f"10.0.0.{10 + len(self._nodes)}"}],
                    "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
                },
            }
        )

    def pods(self, **labels: str) -> list[Any]:
        found = self.client.list(Pod, namespace=self.namespace, labels=labels or None)
        return sorted(found, key=name)

    def get(self, kind: Any, of: str) -> Any:
        return self.client.get(kind, of, namespace=self.namespace)

    def gone(self, kind: Any, of: str) -> bool:
        return of not in [name(each) for each in self.client.list(kind, namespace=self.namespace)]

    def patch(self, kind: Any, of: str, change: Thing) -> Any:
        """A merge patch (strategic where the kind has one)."""
        return self.client.patch(kind, of, change, namespace=self.namespace)

    def events(self, reason: str) -> list[str]:
        """The messages of the namespace's events with this reason."""
        return [
            each.message or "" for each in self.client.list(Event, namespace=self.namespace) if each.reason == reason
        ]

    def node_is(self, name: str, status: str) -> None:
        """Writes a node's Ready condition."""
        ready = {"type": "Ready", "status": status, "reason": "KubeletNotReady", "message": ""}
        self.client.patch(Node.Status, name, {"status": {"conditions": [ready]}})


@pytest.fixture(name="stage")
def stage_with_controllers(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A cluster whose controllers run, at twenty times the speed of time."""
    region: Region | None = None
    if not control_plane.REAL:
        region = request.getfixturevalue("fresh_region")
        region.control.kubernetes(controllers=True, alone=True)
        region.control.speed = SPEED
    stage = Stage(control_plane.client(region), region)
    made = stage.client.create(Namespace(metadata=ObjectMeta(generateName="test-")))
    stage.namespace = made.metadata.name
    yield stage
    stage.client.delete(Namespace, stage.namespace)
    for each in stage._nodes:
        stage.client.delete(Node, each)
    stage.client.close()


def eventually[T](look: Callable[[], T], what: str = "", seconds: float = 10) -> T:
    """What `look` gives once it is true; it is asked again and again, in real seconds."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, what or "it did not come to be"
        time.sleep(0.02)
    return found


def spec(**more: Any) -> Thing:
    """A pod's spec with one container; `cpu` is what it asks for."""
    resources = {"requests": {"cpu": more.pop("cpu"), "memory": "10Mi"}} if "cpu" in more else {}
    return {"containers": [{"name": "main", "image": "registry.k8s.io/pause", "resources": resources}], **more}


def pod(of: str, labels: Mapping[str, str] | None = None, notes: Mapping[str, str] | None = None, **more: Any) -> Thing:
    """A pod; `notes` are annotations below local.kubernetes/."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _about(of, labels, notes), "spec": spec(**more)}


def workload(
    kind: str, of: str, notes: Mapping[str, str] | None = None, pod: Thing | None = None, **more: Any
) -> Thing:
    """A Deployment, StatefulSet, DaemonSet or ReplicaSet whose pods have the label app=<its name>; `pod` goes to their
    spec, `more` to its own."""
    labels = {"app": of}
    template = {
        "metadata": {k: v for k, v in _about("", labels, notes).items() if k != "name"},
        "spec": spec(**pod or {}),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": of},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **more},
    }


def job(of: str, notes: Mapping[str, str] | None = None, **more: Any) -> Thing:
    template = {
        "metadata": {"annotations": _about("", None, notes)["annotations"]},
        "spec": spec(restartPolicy="Never"),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": of},
        "spec": {"template": template, **more},
    }


def name(thing: Any) -> str:
    return str(thing.metadata.name)


def condition(thing: Any, type_: str) -> Any:
    """An object's condition of a type, None without."""
    return next((each for each in (thing.status and thing.status.conditions) or () if each.type == type_), None)


def says(thing: Any, type_: str, status: str = "True") -> bool:
    found = condition(thing, type_)
    return bool(found and found.status == status)


def ready(pods: list[Any]) -> list[Any]:
    return [each for each in pods if says(each, "Ready") and not each.metadata.deletionTimestamp]


def _about(of: str, labels: Mapping[str, str] | None, notes: Mapping[str, str] | None) -> Thing:
    noted = {f"local.kubernetes/{key}": value for key, value in (notes or {}).items()}
    return {"name": of, "labels": dict(labels or {}), "annotations": noted}
