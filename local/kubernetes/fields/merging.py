"""One object made of two, and fields taken out of one.

Source: structured-merge-diff, typed/merge.go and typed/remove.go.
"""

from typing import Any

from local.kubernetes.fields.comparing import items, nested
from local.kubernetes.fields.paths import Fields, item_step
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.things import copied


def merged(live: Any, applied: Any, schema: Schema) -> Any:
    """What is applied laid over what is there; atomic values are replaced, items found by their keys."""
    kind = nested(schema, applied)
    if kind == "leaf" or nested(schema, live) != kind:
        return copied(applied)
    if kind == "map":
        return {
            **copied(live),
            **{
                name: merged(live[name], value, schema.field(name)) if name in live else copied(value)
                for name, value in applied.items()
            },
        }
    return _lists(live, applied, schema)


def without(value: Any, fields: Fields, schema: Schema) -> Any:
    """A copy without these fields; a list that loses all its items goes itself (None)."""
    steps: dict[str, set[tuple[str, ...]]] = {}
    for path in fields:
        steps.setdefault(path[0], set()).add(path[1:])
    kind = nested(schema, value)
    if kind == "leaf" or not value:
        return copied(value)
    if kind == "list":
        kept = [
            without(item, frozenset(below - {()}), schema.element)
            for item in value
            if () not in (below := steps.get(item_step(item, schema), set()))
        ]
        return kept or None
    result: dict[str, Any] = {}
    for name, each in value.items():
        below = steps.get(f"f:{name}", set())
        if () in below:
            continue
        left = without(each, frozenset(below), schema.field(name)) if below else copied(each)
        if left is not None or each is None:
            result[name] = left
    return result


def _lists(live: list[Any], applied: list[Any], schema: Schema) -> list[Any]:
    """Shared items stand in the order in which they are applied, the others where they were."""
    before, after = items(live, schema), items(applied, schema)
    rest: list[str] = list(before)
    result: list[Any] = []
    shared = [step for step in after if step in before]
    for step, item in after.items():
        while rest:
            first = rest[0]
            if first != step and shared[:1] == [first]:
                break
            rest.pop(0)
            if first not in after:
                result.append(copied(before[first]))
            if first == step:
                break
        if shared and shared[0] == step:
            shared.pop(0)
        result.append(merged(before[step], item, schema.element) if step in before else copied(item))
    return result + [copied(before[step]) for step in rest if step not in after]
