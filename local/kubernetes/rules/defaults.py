"""What an API server fills into objects that leave it out, by kind.

Sources: kubernetes, pkg/apis/{core,apps,batch,rbac,admissionregistration}/v1/defaults.go, pkg/registry/*/strategy.go.
"""

import ipaddress
import random
from collections.abc import Callable

from local.kubernetes.resources import Resource
from local.kubernetes.rules.pod_defaults import fill_spec, quality
from local.kubernetes.things import Thing, found

_KEEP_STATUS = frozenset({"Node", "Namespace"})
"""Kinds whose status a create may set: a kubelet registers its node with one; a namespace's is Active at once."""


def fill(resource: Resource, thing: Thing) -> None:
    """At every write."""
    if resource.custom:
        return
    if isinstance(template := found(thing, "spec", "template", "spec"), dict):
        fill_spec(template)
    if (resource.group, resource.kind) in _FILLERS:
        spec = thing.setdefault("spec", {})
        _FILLERS[resource.group, resource.kind](spec)


def begin(resource: Resource, thing: Thing) -> None:
    """At creation: the status that an object begins with."""
    if "status" in resource.subresources and (resource.custom or resource.kind not in _KEEP_STATUS):
        thing.pop("status", None)
    if resource.custom:
        return
    if resource.kind == "Pod":
        thing["status"] = {"phase": "Pending", "qosClass": quality(thing["spec"])}
        if thing["spec"].get("schedulingGates"):
            waiting = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
            thing["status"]["conditions"] = [
                {**waiting, "message": "Scheduling is blocked due to non-empty scheduling gates"}
            ]
    elif resource.kind == "Namespace":
        thing["status"] = {"phase": "Active"}
        about = thing["metadata"]
        about.setdefault("labels", {})["kubernetes.io/metadata.name"] = about["name"]
        thing.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    elif resource.kind == "Job":
        _select(thing)
    elif resource.kind in ("PersistentVolume", "PersistentVolumeClaim"):
        thing["status"] = {"phase": "Pending"}
    elif resource.kind == "PodDisruptionBudget":
        zero = dict.fromkeys(("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0)
        thing["status"] = dict(zero)
    elif resource.kind == "Service":
        _give_address(thing)
        thing["status"] = {"loadBalancer": {}}


def _deployment(spec: Thing) -> None:
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _replica_set(spec: Thing) -> None:
    spec.setdefault("replicas", 1)


def _stateful_set(spec: Thing) -> None:
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        _claim(claim.setdefault("spec", {}))
        claim.setdefault("status", {"phase": "Pending"})


def _daemon_set(spec: Thing) -> None:
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)


def _job(spec: Thing) -> None:
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    for key, value in (
        ("parallelism", 1),
        ("completionMode", "NonIndexed"),
        ("suspend", False),
        ("backoffLimit", 6),
        ("podReplacementPolicy", "TerminatingOrFailed"),
        ("manualSelector", False),
    ):
        spec.setdefault(key, value)


def _service(spec: Thing) -> None:
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))


def _claim(spec: Thing) -> None:
    spec.setdefault("volumeMode", "Filesystem")


def _volume(spec: Thing) -> None:
    spec.setdefault("volumeMode", "Filesystem")
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")


def _policy(spec: Thing) -> None:
    spec.setdefault("policyTypes", ["Ingress", *(["Egress"] if spec.get("egress") else [])])


_FILLERS: dict[tuple[str, str], Callable[[Thing], None]] = {
    ("", "Pod"): fill_spec,
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("networking.k8s.io", "NetworkPolicy"): _policy,
}


def _select(job: Thing) -> None:
    """A Job's selector and labels are generated, unless it brings its own (pkg/registry/batch/job/strategy.go)."""
    spec, about = job["spec"], job["metadata"]
    if spec.get("manualSelector"):
        return
    metadata = spec.setdefault("template", {}).setdefault("metadata", {})
    labels = metadata.setdefault("labels", {})
    for prefix in ("batch.kubernetes.io/", ""):
        labels.setdefault(f"{prefix}controller-uid", about["uid"])
        labels.setdefault(f"{prefix}job-name", about["name"])
    wanted = spec.setdefault("selector", {}).setdefault("matchLabels", {})
    wanted.setdefault("batch.kubernetes.io/controller-uid", about["uid"])
    if not about.get("labels"):
        about["labels"] = dict(labels)


def _give_address(service: Thing) -> None:
    """An address of EKS's usual range for services."""
    spec = service["spec"]
    if spec["type"] != "ExternalName":
        first = int(ipaddress.ip_address("172.20.0.0"))
        spec.setdefault("clusterIP", str(ipaddress.ip_address(first + 16 + random.randrange(65_000))))  # noqa: S311
        spec.setdefault("clusterIPs", [spec["clusterIP"]])
