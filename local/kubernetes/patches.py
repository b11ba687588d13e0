"""PATCH ("Kubernetes API Concepts", Updating existing resources): what each media type makes of an object."""

from typing import Any

import jsonpatch

from local.kubernetes.fields import strategic
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.requests import Request
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import Refused, bad_request, unsupported_media
from local.kubernetes.things import Thing, copied

JSON_PATCH, MERGE = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"

_MOST_OPERATIONS = 10_000


def check_media_type(resource: Resource, media_type: str) -> None:
    """Refused (415): strategic merge needs a built-in kind's types."""
    accepted = [JSON_PATCH, MERGE, *([] if resource.custom else [STRATEGIC]), APPLY]
    if media_type not in accepted:
        raise unsupported_media(", ".join(accepted))


def patched(thing: Thing, request: Request, schema: Schema) -> Thing:
    """The object after any patch but server-side apply; Refused: 400, 413, 422."""
    patch = request.parsed()
    if request.media_type == JSON_PATCH:
        return _json_patch(thing, patch)
    if not isinstance(patch, dict):
        raise bad_request("the patch is no object")
    if request.media_type == MERGE:
        merged = _merge(thing, patch)
        return merged if isinstance(merged, dict) else {}
    return strategic.patched(thing, patch, schema)


def _json_patch(thing: Thing, operations: Any) -> Thing:
    if not isinstance(operations, list):
        raise bad_request("a JSON patch is a list of operations")
    if len(operations) > _MOST_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got {len(operations)}"
        raise Refused(413, "RequestEntityTooLarge", message)
    try:
        result: Thing = jsonpatch.apply_patch(copied(thing), operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        raise Refused(422, "Invalid", "the server rejected our request due to an error in our request")
    return result


def _merge(original: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copied(patch)
    result = dict(original) if isinstance(original, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key), value)
    return result
