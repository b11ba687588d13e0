"""What may be wrong with a field, as apimachinery's pkg/util/validation/field writes it."""

import json
from collections.abc import Iterable
from typing import Any

from local.kubernetes.statuses import Cause


def required(field: str, detail: str = "") -> Cause:
    return Cause("FieldValueRequired", _with("Required value", detail), field)


def invalid(field: str, value: Any, detail: str) -> Cause:
    return Cause("FieldValueInvalid", _with(f"Invalid value: {_shown(value)}", detail), field)


def mistyped(field: str, value: Any, detail: str) -> Cause:
    return Cause("FieldValueTypeInvalid", _with(f"Invalid value: {_shown(value)}", detail), field)


def duplicate(field: str, value: Any) -> Cause:
    return Cause("FieldValueDuplicate", f"Duplicate value: {_shown(value)}", field)


def forbidden(field: str, detail: str) -> Cause:
    return Cause("FieldValueForbidden", _with("Forbidden", detail), field)


def unsupported(field: str, value: Any, supported: Iterable[str]) -> Cause:
    values = ", ".join(json.dumps(each) for each in supported)
    return Cause("FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {values}", field)


def immutable(field: str, new: Any, old: Any) -> list[Cause]:
    return [] if new == old else [invalid(field, new, "field is immutable")]


def _with(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
