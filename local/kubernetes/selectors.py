"""Field selectors ("Field Selectors" in the Kubernetes documentation)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.kubernetes.paths import Resource
from local.kubernetes.statuses import bad_request

type Matches = Callable[[Mapping[str, Any]], bool]

_EQUAL = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>!=|==?)\s*(?P<value>[\w./-]*)")
_FIELDS: Mapping[str, frozenset[str]] = {
    "Pod": frozenset({"spec.nodeName", "spec.hostNetwork", "status.phase", "status.podIP"}),
    "Node": frozenset({"spec.unschedulable"}),
}
"""Beside metadata.name and metadata.namespace, which every kind has ("List of supported fields")."""


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
