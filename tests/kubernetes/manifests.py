"""Objects as the tests send them; nothing schedules or runs their pods, on a real control plane either."""

from typing import Any

type Thing = dict[str, Any]

NOBODY = "nobody"
"""A scheduler that is not there."""


def config_map(name: str, **data: str) -> Thing:
    about = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    return {**about, "data": data} if data else about


def pod(name: str, labels: dict[str, str] | None = None, **spec: Any) -> Thing:
    about = {"name": name, "labels": labels or {}}
    given = {"schedulerName": NOBODY, "containers": [{"name": "app", "image": "app:1"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": given}


def deployment(name: str, replicas: int = 0, **container: Any) -> Thing:
    labels = {"app": name}
    spec = {"schedulerName": NOBODY, "containers": [{"name": "app", "image": "app:1", **container}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def node(name: str, **spec: Any) -> Thing:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}


def definition(group: str, kind: str, *, scope: str = "Namespaced", schema: Thing | None = None, **more: Any) -> Thing:
    """A CustomResourceDefinition of version v1 that keeps every field, unless it has a schema."""
    plural = f"{kind.lower()}s"
    open_ = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or open_}, **more}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": scope, "names": {"plural": plural, "kind": kind}, "versions": [version]},
    }
