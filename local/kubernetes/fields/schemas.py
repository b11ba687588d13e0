"""What Kubernetes' OpenAPI says of each field: what kind of list or map it is, by which keys its items are known.

The definitions are those of Kubernetes' release, as the package kubernetes-validate carries them, with the
x-kubernetes extensions ("Server-Side Apply", Merge strategy; "API Conventions", Strategic Merge Patch). Those of custom
resources are their CustomResourceDefinition's ("Structural schemas").
"""

import json
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from local.kubernetes.resources import Resource

_RELEASE = "v1.36.0-local"
_METADATA = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_PREFIX = "#/$defs/"
_DEFAULTS = {"protocol": "TCP"}
"""Defaults of fields that are keys of lists: ports of containers and services. The definitions do not carry them."""


class Schema:
    """One field's type. `shape` is "scalar", "list", "map" or "any" (as the value is, with lists atomic)."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = _resolved(raw)
        self._children: dict[str, Schema] = {}

    @cached_property
    def shape(self) -> str:
        kinds = self._raw.get("type") or ()
        kind = kinds if isinstance(kinds, str) else next((each for each in kinds if each != "null"), "")
        if self._raw.get("x-kubernetes-int-or-string") or "oneOf" in self._raw or "anyOf" in self._raw:
            return "scalar"
        if kind == "array":
            return "list"
        if kind == "object" or "properties" in self._raw:
            return "map" if "properties" in self._raw or "additionalProperties" in self._raw else "any"
        return "scalar" if kind else "any"

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """Named fields; empty for maps of labels and the like."""
        return self._raw.get("properties") or {}

    @cached_property
    def atomic(self) -> bool:
        """Whether it has one owner and is replaced whole. Lists are so unless they say otherwise."""
        if self.shape == "list":
            return bool(self._raw.get("x-kubernetes-list-type", "atomic") == "atomic")
        return bool(self._raw.get("x-kubernetes-map-type") == "atomic")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The fields that make the items of a list of type map what they are."""
        return tuple(self._raw.get("x-kubernetes-list-map-keys") or ())

    @cached_property
    def open(self) -> bool:
        """Whether fields are kept that the schema does not know."""
        return bool(self.shape == "any" or self._raw.get("x-kubernetes-preserve-unknown-fields"))

    @cached_property
    def merge_key(self) -> str | None:
        """By which strategic merge patches know the items of a list of objects."""
        return self._raw.get("x-kubernetes-patch-merge-key")

    @cached_property
    def strategies(self) -> frozenset[str]:
        return frozenset((self._raw.get("x-kubernetes-patch-strategy") or "").split(","))

    @property
    def raw(self) -> Mapping[str, Any]:
        return self._raw

    def key_default(self, key: str) -> Any:
        """What a key counts as where an item leaves it out."""
        default = self.element.raw.get("properties", {}).get(key, {}).get("default")
        return _DEFAULTS.get(key) if default is None else default

    @cached_property
    def element(self) -> "Schema":
        """Of a list's items, and of the values of a map without named fields."""
        given = self._raw.get("items" if self.shape == "list" else "additionalProperties")
        return Schema(given) if isinstance(given, Mapping) else ANY

    def field(self, name: str) -> "Schema":
        """Of what is under a name."""
        if name not in self._children:
            self._children[name] = Schema(self.fields[name]) if name in self.fields else self.element
        return self._children[name]


def of(resource: Resource, definition: Mapping[str, Any] | None = None) -> Schema:
    """A kind's schema; `definition` is the CustomResourceDefinition of a kind that has one."""
    if not resource.custom:
        return _built_in(resource.group, resource.version, resource.kind)
    for version in (definition or {}).get("spec", {}).get("versions") or ():
        if version["name"] == resource.version:
            return _custom(json.dumps((version.get("schema") or {}).get("openAPIV3Schema") or {}))
    return _custom("{}")


@cache
def _built_in(group: str, version: str, kind: str) -> Schema:
    return Schema(_kinds().get((group, version, kind), {}))


@cache
def _custom(text: str) -> Schema:
    raw = json.loads(text)
    properties = {**raw.get("properties", {}), "metadata": _METADATA}
    for key in ("apiVersion", "kind"):
        properties.setdefault(key, {"type": "string"})
    return Schema({**raw, "type": "object", "properties": properties})


@cache
def _definitions() -> Mapping[str, Any]:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / _RELEASE
    found: Mapping[str, Any] = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return found


@cache
def _kinds() -> Mapping[tuple[str, str, str], Any]:
    return {
        (each["group"], each["version"], each["kind"]): definition
        for definition in _definitions().values()
        for each in definition.get("x-kubernetes-group-version-kind") or ()
    }


def _resolved(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    while reference := raw.get("$ref"):
        own = {key: value for key, value in raw.items() if key.startswith("x-")}
        raw = {**_definitions()[reference.removeprefix(_PREFIX)], **own}
    return raw


ANY = Schema({})
