"""Who owns the variables of a container, by the fields that are managed ("Server-Side Apply", Field management; their
form is that of structured-merge-diff, fieldpath/serialize.go)."""

import json
from collections.abc import Iterable
from typing import Any, Final

from nodenet.kubernetes.workload_kinds import Managed

_TO_CONTAINERS: Final = ("f:spec", "f:template", "f:spec", "f:containers")


def managers_of(managed: Iterable[Managed], container: str) -> dict[str, tuple[str, ...]]:
    """The field managers of each variable's value, by the variable's name."""
    found: dict[str, tuple[str, ...]] = {}
    for each in managed:
        for name in _variables(each.fields, container):
            found[name] = (*found.get(name, ()), each.manager)
    return found


def _variables(fields: Any, container: str) -> Iterable[str]:
    for step in (*_TO_CONTAINERS, _key(container), "f:env"):
        fields = (fields or {}).get(step)
    for key, below in (fields or {}).items():
        if key.startswith("k:") and "f:value" in below:
            yield json.loads(key.removeprefix("k:"))["name"]


def _key(name: str) -> str:
    return "k:" + json.dumps({"name": name}, separators=(",", ":"))
