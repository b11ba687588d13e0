"""Sets of fields, as managedFields writes them: fieldsV1.

A path is a tuple of steps: `f:name` a field, `k:{…}` the item of a list with these keys, `v:…` a set's value
(structured-merge-diff, fieldpath/serialize-pe.go).
"""

import json
from collections.abc import Iterable
from typing import Any

from local.kubernetes.fields.schemas import Schema
from local.kubernetes.statuses import bad_request
from local.kubernetes.things import Thing

type Path = tuple[str, ...]
type Fields = frozenset[Path]


def encoded(fields: Iterable[Path]) -> Thing:
    """fieldsV1 of a set."""
    tree: Thing = {}
    for path in sorted(fields):
        at = tree
        for step in path:
            at = at.setdefault(step, {})
        at["."] = {}
    return _without_leaf_dots(tree)


def decoded(tree: Thing) -> Fields:
    """The set of a fieldsV1."""
    found: set[Path] = set()

    def walk(at: Thing, path: Path) -> None:
        if path and (not at or "." in at):
            found.add(path)
        for step, below in at.items():
            if step != ".":
                walk(below, (*path, step))

    walk(tree, ())
    return frozenset(found)


def item_step(item: Any, schema: Schema) -> str:
    """The step to an item of a list of type map or set; Refused (400) for an item without any of its keys."""
    if not schema.keys:
        return f"v:{_json(item)}"
    values = {key: item.get(key, schema.key_default(key)) for key in schema.keys}
    known = {key: value for key, value in values.items() if value is not None}
    if not known:
        raise bad_request(
            f"associative list with keys has an element that omits all key fields {json.dumps(list(schema.keys))}"
        )
    return f"k:{_json(known)}"


def shown(path: Path) -> str:
    """As conflicts name it: `.spec.template.spec.containers[name="app"].image`."""
    text = ""
    for step in path:
        kind, rest = step[0], step[2:]
        if kind == "f":
            text += f".{rest}"
        elif kind == "v":
            text += f"[={rest}]"
        else:
            text += "[" + ",".join(f"{key}={_json(value)}" for key, value in json.loads(rest).items()) + "]"
    return text


def with_named_ancestors(fields: Fields) -> Fields:
    """With every named field on the way to a member as a member too: a struct goes with the last of its fields."""
    more = {path[:end] for path in fields for end in range(1, len(path)) if path[end - 1].startswith("f:")}
    return fields | more


def _without_leaf_dots(tree: Thing) -> Thing:
    if tree.keys() == {"."}:
        return {}
    return {step: _without_leaf_dots(below) if step != "." else {} for step, below in tree.items()}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
