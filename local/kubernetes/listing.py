"""Lists: pages, selectors, versions ("Kubernetes API Concepts", Retrieving large results sets in chunks)."""

import base64
import json
from collections.abc import Callable, Mapping

from local.kubernetes import field_selectors, selectors
from local.kubernetes.paths import Place
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import Refused, bad_request, expired
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

type Matches = Callable[[Thing], bool]


def matches(place: Place, query: Mapping[str, str]) -> Matches:
    """Whether an object is of the place's namespace and name, and fits both selectors; Refused (400)."""
    by_label = selectors.parsed(query.get("labelSelector", ""))
    by_field = field_selectors.parsed(query.get("fieldSelector", ""), place.resource)

    def fits(thing: Thing) -> bool:
        about = thing["metadata"]
        return (
            place.namespace in ("", about.get("namespace", ""))
            and place.name in ("", about["name"])
            and by_field(thing)
            and by_label(about.get("labels") or {})
        )

    return fits


def listed(store: Store, place: Place, query: Mapping[str, str]) -> Thing:
    """One page, in the order of namespaces and names; its objects are the store's own. Refused: 400, 410, 504."""
    fits, resource = matches(place, query), place.resource
    after, since = _continued(query.get("continue", ""))
    limit = _whole(query, "limit")
    node = field_selectors.value_of(query.get("fieldSelector", ""), "spec.nodeName") if resource.kind == "Pod" else None
    version, things = store.keys(resource, node)
    if _whole(query, "resourceVersion") > version:
        raise _too_large(_whole(query, "resourceVersion"), version)
    found = sorted(key for key, thing in things.items() if (after is None or key > after) and fits(thing))
    page = found[:limit] if limit else found
    # All pages are of the first one's version: who watches from there misses nothing.
    about: Thing = {"resourceVersion": since or str(version)}
    if len(page) < len(found):
        token = json.dumps([*page[-1], about["resourceVersion"]])
        about["continue"] = base64.urlsafe_b64encode(token.encode()).decode()
        if not query.get("fieldSelector") and not query.get("labelSelector"):
            about["remainingItemCount"] = len(found) - len(page)
    return of_kind(resource, about, [things[key] for key in page])


def of_kind(resource: Resource, about: Thing, items: list[Thing]) -> Thing:
    """A list object. The items of a built-in kind's do not repeat their kind."""
    if not resource.custom:
        items = [{key: value for key, value in each.items() if key not in ("kind", "apiVersion")} for each in items]
    return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": about, "items": items}


def _continued(token: str) -> tuple[tuple[str, str] | None, str]:
    if not token:
        return None, ""
    try:
        namespace, name, version = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise expired()
    return (namespace, name), version


def _whole(query: Mapping[str, str], name: str) -> int:
    value = query.get(name) or "0"
    if not value.isdigit():
        raise bad_request(f"{name}: Invalid value: {json.dumps(value)}: must be a whole number")
    return int(value)


def _too_large(wanted: int, version: int) -> Refused:
    """apiserver, pkg/storage/errors.go (NewTooLargeResourceVersionError)."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {wanted}, current: {version}"
    return Refused(504, "Timeout", message, causes=[cause], retryAfterSeconds=1)
