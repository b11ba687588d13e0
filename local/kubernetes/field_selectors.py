"""Field selectors ("Field Selectors" in the Kubernetes documentation), and which fields each kind can be selected by.

Source of the fields: kubernetes, pkg/apis/*/v1/conversion.go (AddFieldLabelConversionFunc) and pkg/registry.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.kubernetes.resources import Resource
from local.kubernetes.statuses import bad_request

type Matches = Callable[[Mapping[str, Any]], bool]

_EQUAL = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>!=|==?)\s*(?P<value>(?:[^,=\\]|\\[,=\\])*)")
_PARTS = re.compile(r"(?<!\\),")
_FIELDS: Mapping[str, frozenset[str]] = {
    "Pod": frozenset(
        {
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        }
    ),
    "Node": frozenset({"spec.unschedulable"}),
    "Namespace": frozenset({"status.phase"}),
    "Secret": frozenset({"type"}),
    "Service": frozenset({"spec.clusterIP", "spec.type"}),
    "ReplicaSet": frozenset({"status.replicas"}),
    "Job": frozenset({"status.successful"}),
    "Event": frozenset(
        {
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        }
    ),
}
"""Beside metadata.name and metadata.namespace, which every kind has ("List of supported fields")."""

_FLAGS = ("spec.hostNetwork", "spec.unschedulable")
_NAMED_OTHERWISE = {"status.successful": "status.succeeded", "source": "source.component"}


def parsed(selector: str, resource: Resource) -> Matches:
    """Whether an object's fields fit; Refused (400) for a field that the kind cannot be selected by."""
    wanted = _wanted(selector, resource)
    return lambda thing: all((_field(thing, key) == value) is equal for key, equal, value in wanted)


def value_of(selector: str, field: str) -> str | None:
    """The value that a selector wants a field to have, if it does."""
    found = [each.partition("=") for each in _PARTS.split(selector) if each.startswith(f"{field}=")]
    return found[0][2].removeprefix("=") if found else None


def _wanted(selector: str, resource: Resource) -> list[tuple[str, bool, str]]:
    allowed = {"metadata.name"} | ({"metadata.namespace"} if resource.namespaced or not resource.custom else set())
    if not resource.custom:
        allowed |= _FIELDS.get(resource.kind, frozenset())
    wanted: list[tuple[str, bool, str]] = []
    for part in filter(None, _PARTS.split(selector)):
        match = _EQUAL.fullmatch(part)
        if not match:
            raise bad_request(f"invalid selector: {part!r}; can't understand {part!r}")
        if match["key"] not in allowed:
            raise bad_request(_unknown(match["key"], resource))
        wanted.append((match["key"], match["operator"] != "!=", re.sub(r"\\(.)", r"\1", match["value"])))
    return wanted


def _unknown(field: str, resource: Resource) -> str:
    """In the words of apimachinery (pkg/runtime/conversion.go) for kinds that have no fields of their own."""
    if resource.custom or resource.kind in _FIELDS:
        return f"field label not supported: {field}"
    return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _field(thing: Mapping[str, Any], path: str) -> str:
    found: Any = thing
    for step in _NAMED_OTHERWISE.get(path, path).split("."):
        found = (found or {}).get(step)
    return str(found).lower() if isinstance(found, bool) else str(found or ("false" if path in _FLAGS else ""))
