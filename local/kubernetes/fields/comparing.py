"""Which fields an object has, and which differ between two.

Source: structured-merge-diff, typed/tofieldset.go and typed/compare.go.
"""

from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.fields.paths import Fields, Path, item_step
from local.kubernetes.fields.schemas import Schema

ABSENT = object()


@dataclass
class Comparison:
    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)


def field_set(value: Any, schema: Schema) -> Fields:
    """The fields that an applied configuration speaks of."""
    found: set[Path] = set()
    _collect(value, schema, (), found)
    return frozenset(found)


def compare(old: Any, new: Any, schema: Schema) -> Comparison:
    """Two objects of a kind."""
    result = Comparison()
    _compare(old, new, schema, (), result)
    return result


def items(value: Any, schema: Schema) -> dict[str, Any]:
    """A list's items by their steps; of several with the same keys the first."""
    found: dict[str, Any] = {}
    for item in value or ():
        found.setdefault(item_step(item, schema), item)
    return found


def nested(schema: Schema, value: Any) -> str:
    """How deep to look: "map", "list" (of items with an identity), or "leaf"."""
    if schema.shape == "any":
        return "map" if isinstance(value, dict) else "leaf"
    if schema.shape == "scalar" or schema.atomic:
        return "leaf"
    if schema.shape == "list":
        return "list" if isinstance(value, list) else "leaf"
    return "map" if isinstance(value, dict) else "leaf"


def _collect(value: Any, schema: Schema, path: Path, found: set[Path]) -> None:
    kind = nested(schema, value)
    if kind == "leaf":
        found.add(path)
    elif kind == "list":
        for step, item in items(value, schema).items():
            _collect(item, schema.element, (*path, step), found)
            found.add((*path, step))
    else:
        for name, each in value.items():
            at = (*path, f"f:{name}")
            _collect(each, schema.field(name), at, found)
            if each is None or each == {} or name not in schema.fields:
                found.add(at)


def _compare(old: Any, new: Any, schema: Schema, path: Path, into: Comparison) -> None:
    if old is not ABSENT and new is not ABSENT and old == new:
        return
    kinds = {nested(schema, each) for each in (old, new) if each is not ABSENT}
    kind = kinds.pop() if len(kinds) == 1 else "leaf"
    empty = all(each is ABSENT or not each for each in (old, new))
    if kind != "leaf" and not empty:
        if kind == "list":
            before, after = (items([] if each is ABSENT else each, schema) for each in (old, new))
            for step in before | after:
                child = (*path, step)
                _compare(before.get(step, ABSENT), after.get(step, ABSENT), schema.element, child, into)
        else:
            before, after = ({} if each is ABSENT else each for each in (old, new))
            for name in before | after:
                child = (*path, f"f:{name}")
                _compare(before.get(name, ABSENT), after.get(name, ABSENT), schema.field(name), child, into)
    elif old is not ABSENT and new is not ABSENT:
        into.modified.add(path)
    # A struct is as good as there: it is owned by its fields alone.
    if old is ABSENT and not (kind == "map" and schema.fields and not empty):
        into.added.add(path)
    elif new is ABSENT:
        into.removed.add(path)
