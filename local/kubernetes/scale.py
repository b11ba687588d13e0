"""The scale subresource (autoscaling/v1 Scale) of Deployments, ReplicaSets and StatefulSets."""

from typing import Any

from local.kubernetes.resources import Resource
from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import conflict, invalid, modified
from local.kubernetes.things import Thing, found


def shown(thing: Thing) -> Thing:
    about = thing["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: about[key] for key in kept if key in about},
        "spec": {"replicas": found(thing, "spec", "replicas") or 0},
        "status": {
            "replicas": found(thing, "status", "replicas") or 0,
            "selector": _text(found(thing, "spec", "selector") or {}),
        },
    }


def applied(resource: Resource, thing: Thing, scale: Thing) -> None:
    """Changes the object as its scale says. Refused: 409 for another version or uid, 422 for fewer than none."""
    about, before = scale.get("metadata") or {}, thing["metadata"]
    if about.get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
        raise modified(resource, before["name"])
    if about.get("uid", before["uid"]) != before["uid"]:
        why = f"Precondition failed: UID in precondition: {about['uid']}, UID in object meta: {before['uid']}"
        raise conflict(resource, before["name"], why)
    replicas: Any = found(scale, "spec", "replicas") or 0
    if replicas < 0:
        wrong = field_errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("Scale", "autoscaling", before["name"], [wrong])
    thing["spec"]["replicas"] = replicas


def _text(selector: Thing) -> str:
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or ():
        values = ",".join(sorted(each.get("values") or ()))
        operator = each["operator"].lower()
        if operator in ("in", "notin"):
            parts.append(f"{each['key']} {operator} ({values})")
        else:
            parts.append(each["key"] if operator == "exists" else f"!{each['key']}")
    return ",".join(sorted(parts))
