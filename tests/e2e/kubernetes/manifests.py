"""Objects of the API as the tests make them, typed by lightkube."""

from typing import Any

from lightkube.codecs import from_dict
from lightkube.core.resource import Resource


def node(name: str, address: str = "10.0.0.10", pods: int = 29) -> Any:
    """Ready, with room for so many pods."""
    room = {"cpu": "8", "memory": "32Gi", "pods": str(pods)}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]
    status = {"capacity": room, "allocatable": room, "addresses": addresses, "conditions": [ready]}
    about = {"name": name, "labels": {"kubernetes.io/hostname": name}}
    return _made("v1", "Node", about, status=status)


def deployment(name: str, replicas: int, **pod: Any) -> Any:
    """Of pods with the label app=<name>; `pod` goes into their spec, but for `annotations`."""
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": _template(name, pod)}
    return _made("apps/v1", "Deployment", {"name": name, "namespace": "default"}, spec=spec)


def stateful_set(name: str, replicas: int, storage: str = "", **pod: Any) -> Any:
    """With a volume of the storage class for each pod, where one is named."""
    if storage:
        pod["containers"] = [{"name": "app", "image": "app", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]
    spec: dict[str, Any] = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}}
    spec["template"] = _template(name, pod)
    about = {"name": name, "namespace": "default"}
    claim: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "storageClassName": storage}
    claim |= {"resources": {"requests": {"storage": "1Gi"}}}
    spec |= {"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}]} if storage else {}
    return _made("apps/v1", "StatefulSet", about, spec={**spec, "serviceName": name})


def storage_class(name: str) -> Any:
    """Of Amazon EBS, in the zone of the first pod."""
    parts = {"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer"}
    return _made("storage.k8s.io/v1", "StorageClass", {"name": name}, **parts)


def job(name: str, **pod: Any) -> Any:
    """Tried once."""
    template = _template(name, {"restartPolicy": "Never", **pod})
    about = {"name": name, "namespace": "default"}
    return _made("batch/v1", "Job", about, spec={"backoffLimit": 0, "template": template})


def budget(name: str, **spec: Any) -> Any:
    """Of the pods with the label app=<name>."""
    about = {"name": name, "namespace": "default"}
    whole = {"selector": {"matchLabels": {"app": name}}, **spec}
    return _made("policy/v1", "PodDisruptionBudget", about, spec=whole)


def _template(name: str, pod: dict[str, Any]) -> dict[str, Any]:
    about = {"labels": {"app": name}, "annotations": pod.pop("annotations", {})}
    containers = [{"name": "app", "image": "app"}]
    return {"metadata": about, "spec": {"containers": containers, "terminationGracePeriodSeconds": 10, **pod}}


def _made(version: str, kind: str, about: dict[str, Any], **parts: Any) -> Resource:
    made: Resource = from_dict({"apiVersion": version, "kind": kind, "metadata": about, **parts})
    return made
