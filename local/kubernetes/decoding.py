"""From a request's body to an object of its kind: null and unknown fields go, wrong types are refused.

Source: "Kubernetes API Concepts", Field validation; apimachinery, pkg/runtime/serializer/json;
apiextensions-apiserver, pkg/apiserver/schema/pruning.
"""

from typing import Any

from local.kubernetes.fields.schemas import Schema
from local.kubernetes.resources import Resource
from local.kubernetes.rules import field_errors
from local.kubernetes.statuses import Cause, bad_request, invalid
from local.kubernetes.things import Thing

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


class _Walk:
    def __init__(self) -> None:
        self.unknown: list[str] = []
        self.wrong: list[tuple[str, str, Any]] = []

    def value(self, value: Any, schema: Schema, path: str) -> Any:
        if schema.shape == "any":
            return value
        if schema.shape == "list":
            if not isinstance(value, list):
                return self._mistaken(path, "array", value)
            return [self.value(each, schema.element, f"{path}[{index}]") for index, each in enumerate(value)]
        if schema.shape == "map":
            if not isinstance(value, dict):
                return self._mistaken(path, "object", value)
            return self._map(value, schema, path)
        return self._scalar(value, schema, path)

    def _map(self, value: Thing, schema: Schema, path: str) -> Thing:
        result: Thing = {}
        for key, each in value.items():
            at = f"{path}.{key}" if path else key
            if schema.fields and key not in schema.fields:
                if not schema.open:
                    self.unknown.append(at)
                elif each is not None:
                    result[key] = each
            elif each is not None:
                result[key] = self.value(each, schema.field(key), at)
        return result

    def _scalar(self, value: Any, schema: Schema, path: str) -> Any:
        kinds = schema.raw.get("type") or ()
        kind = kinds if isinstance(kinds, str) else next((each for each in kinds if each != "null"), "")
        allowed = _TYPES.get(kind)
        if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean")):
            return self._mistaken(path, kind, value)
        return value

    def _mistaken(self, path: str, kind: str, value: Any) -> Any:
        self.wrong.append((path, kind, value))
        return value


def decoded(resource: Resource, given: Thing, schema: Schema, validation: str = "") -> tuple[Thing, list[str]]:
    """The object, and warnings about fields that nobody knows. Refused: 400 for a value of another type than its
    field's, and with the fieldValidation Strict for unknown fields; 422 for a custom resource's values."""
    walk = _Walk()
    thing = walk.value(given, schema, "")
    if walk.wrong:
        raise _mistaken(resource, given, walk.wrong)
    unknown = [f'unknown field "{each}"' for each in walk.unknown]
    if unknown and validation == "Strict":
        raise bad_request(f"strict decoding error: {', '.join(unknown)}")
    return thing, unknown if validation in ("", "Warn") else []


def _mistaken(resource: Resource, given: Thing, wrong: list[tuple[str, str, Any]]) -> Exception:
    if resource.custom:
        causes: list[Cause] = []
        for path, kind, value in wrong:
            says = f'{path} in body must be of type {kind}: "{_go(value)}"'
            causes.append(field_errors.mistyped(path, _go(value), says))
        name = str((given.get("metadata") or {}).get("name", ""))
        return invalid(resource.kind, resource.group, name, causes)
    path, kind, value = wrong[0]
    return bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: json: cannot '
        f"unmarshal {_go(value)} into Go struct field {resource.kind}.{path} of type {kind}"
    )


def _go(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {dict: "object", list: "array", str: "string", int: "number", float: "number"}.get(type(value), "null")
