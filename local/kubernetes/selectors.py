"""Label and field selectors ("Labels and Selectors", "Field Selectors" in the Kubernetes documentation)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.kubernetes.paths import Resource
from local.kubernetes.statuses import bad_request

type Matches = Callable[[Mapping[str, Any]], bool]

_SET = re.compile(r"(?P<key>[\w./-]+)\s+(?P<not>not)?in\s+\((?P<values>[^)]*)\)")
_EQUAL = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>!=|==?)\s*(?P<value>[\w./-]*)")
_EXISTS = re.compile(r"(?P<not>!)?\s*(?P<key>[\w./-]+)")
_FIELDS: Mapping[str, frozenset[str]] = {
    "Pod": frozenset({"spec.nodeName", "spec.hostNetwork", "status.phase", "status.podIP"}),
    "Node": frozenset({"spec.unschedulable"}),
}
"""Beside metadata.name and metadata.namespace, which every kind has ("List of supported fields")."""


def labels(selector: str) -> Matches:
    """Whether an object's labels fit all requirements; Refused (400) for what is no selector."""
    requirements = [_requirement(part.strip()) for part in re.split(r",(?![^(]*\))", selector) if part.strip()]

    def matches(thing: Mapping[str, Any]) -> bool:
        found = thing["metadata"].get("labels") or {}
        return all(each(found) for each in requirements)

    return matches


def fields(selector: str, resource: Resource) -> Matches:
    """Whether an object's fields fit; Refused (400) for a field that the kind cannot be selected by."""
    allowed = _FIELDS.get(resource.kind, frozenset()) | {"metadata.name", "metadata.namespace"}
    wanted: list[tuple[str, bool, str]] = []
    for part in filter(None, selector.split(",")):
        match = _EQUAL.fullmatch(part)
        if not match:
            raise bad_request(f"invalid selector: {part!r}; can't understand {part!r}")
        if match["key"] not in allowed:
            raise bad_request(f"field label not supported: {match['key']}")
        wanted.append((match["key"], match["operator"] != "!=", match["value"]))
    return lambda thing: all((_field(thing, key) == value) is equal for key, equal, value in wanted)


def _field(thing: Mapping[str, Any], path: str) -> str:
    found: Any = thing
    for step in path.split("."):
        found = (found or {}).get(step)
    return str(found).lower() if isinstance(found, bool) else str(found or ("false" if path in _FLAGS else ""))


_FLAGS = ("spec.hostNetwork", "spec.unschedulable")


def _requirement(text: str) -> Matches:
    if match := _SET.fullmatch(text):
        key, values = match["key"], {value.strip() for value in match["values"].split(",")}
        if match["not"]:
            return lambda found: found.get(key) not in values
        return lambda found: found.get(key) in values
    if match := _EQUAL.fullmatch(text):
        key, value = match["key"], match["value"]
        if match["operator"] == "!=":
            return lambda found: found.get(key) != value
        return lambda found: found.get(key) == value
    if match := _EXISTS.fullmatch(text):
        key, wanted = match["key"], not match["not"]
        return lambda found: (key in found) is wanted
    raise bad_request(f"unable to parse requirement: {text!r}")
