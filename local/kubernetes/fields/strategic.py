"""Strategic merge patches: lists of objects are merged by the key that their type names.

Source: "Update API Objects in Place Using kubectl patch" and sig-api-machinery's strategic-merge-patch.md;
apimachinery, pkg/util/strategicpatch/patch.go.
"""

from typing import Any

from local.kubernetes.fields.schemas import Schema
from local.kubernetes.statuses import Refused, bad_request
from local.kubernetes.things import Thing, copied

_DIRECTIVE, _RETAIN = "$patch", "$retainKeys"
_DELETE_FROM, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


def patched(original: Thing, patch: Thing, schema: Schema) -> Thing:
    """The object after the patch; Refused: 400 for a directive that is none, 422 for an item without its key."""
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        whole: Thing = _plain(patch)
        return whole
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"Unknown patch type: {directive}")
    result = copied(original)
    if (kept := patch.get(_RETAIN)) is not None:
        result = {key: value for key, value in result.items() if key in kept}
    for key, value in patch.items():
        if key in (_DIRECTIVE, _RETAIN) or key.startswith(_ORDER):
            continue
        if key.startswith(_DELETE_FROM):
            name = key.removeprefix(_DELETE_FROM)
            if isinstance(result.get(name), list):
                result[name] = [each for each in result[name] if each not in value]
        elif value is None:
            result.pop(key, None)
        else:
            merged = _value(result.get(key), value, schema.field(key))
            if merged is None:
                result.pop(key, None)
            else:
                result[key] = merged
    for key, order in patch.items():
        if key.startswith(_ORDER) and isinstance(result.get(name := key.removeprefix(_ORDER)), list):
            result[name] = _ordered(result[name], order, schema.field(name))
    return result


def _value(original: Any, patch: Any, schema: Schema) -> Any:
    if isinstance(patch, dict):
        if isinstance(original, dict) and "replace" not in schema.strategies:
            return patched(original, patch, schema)
        return _plain(patch) if patch.get(_DIRECTIVE) != "delete" else None
    if isinstance(patch, list) and isinstance(original, list) and "merge" in schema.strategies:
        return _list(original, patch, schema)
    return _plain(patch)


def _list(original: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    if not schema.merge_key:
        return [*original, *(each for each in patch if each not in original)]
    result, key = copied(original), schema.merge_key
    if any(each.get(_DIRECTIVE) == "replace" for each in patch):
        return [_plain(each) for each in patch if _DIRECTIVE not in each]
    for item in patch:
        if key not in item:
            raise Refused(422, "Invalid", f"map: {item} does not contain declared merge key: {key}")
        at = next((index for index, each in enumerate(result) if each.get(key) == item[key]), None)
        if item.get(_DIRECTIVE) == "delete":
            result = [each for each in result if each.get(key) != item[key]]
        elif at is None:
            result.append(_plain(item))
        else:
            result[at] = patched(result[at], item, schema.element)
    return result


def _ordered(values: list[Any], order: list[Any], schema: Schema) -> list[Any]:
    """Those that the order names in its order, the others where they were among them."""
    key = schema.merge_key

    def name(each: Any) -> Any:
        return each.get(key) if key and isinstance(each, dict) else each

    wanted = [name(each) for each in order]
    named = iter(sorted((each for each in values if name(each) in wanted), key=lambda each: wanted.index(name(each))))
    return [next(named) if name(each) in wanted else each for each in values]


def _plain(value: Any) -> Any:
    """Without directives and nulls."""
    if isinstance(value, dict):
        return {
            key: _plain(each)
            for key, each in value.items()
            if each is not None and key not in (_DIRECTIVE, _RETAIN) and not key.startswith((_DELETE_FROM, _ORDER))
        }
    if isinstance(value, list):
        return [_plain(each) for each in value if not (isinstance(each, dict) and each.get(_DIRECTIVE) == "delete")]
    return value
