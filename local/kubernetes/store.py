"""The objects of one cluster: one counter of versions for all ("Kubernetes API Concepts", Resource versions)."""

import base64
import json
import threading
import uuid
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from local.kubernetes import selectors
from local.kubernetes.paths import Place, Resource
from local.kubernetes.statuses import already_exists, bad_request, expired, not_found

type Thing = dict[str, Any]


class Store:
    """Get, list, create; each raises Refused as an API server does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 1
        self._things: dict[Resource, dict[tuple[str, str], Thing]] = {}

    def get(self, place: Place) -> Thing:
        with self._lock:
            return deepcopy(self._found(place))

    def all(self, resource: Resource) -> list[Thing]:
        """Every object of a kind, for the server's own use."""
        with self._lock:
            return list(self._things.get(resource, {}).values())

    def list(self, place: Place, query: Mapping[str, str]) -> Thing:
        """One page of what the selectors match, in the order of namespaces and names; `limit` and `continue` as in
        "Retrieving large results sets in chunks"."""
        if query.get("labelSelector"):
            raise bad_request("this server selects by fields only")
        by_field = selectors.fields(query.get("fieldSelector", ""), place.resource)
        after = _continued(query.get("continue", ""))
        limit = int(query.get("limit") or 0)
        with self._lock:
            things = self._things.get(place.resource, {})
            found = [key for key in sorted(things) if place.namespace in ("", key[0]) and by_field(things[key])]
            rest = [key for key in found if after is None or key > after]
            page = rest[:limit] if limit else rest
            about: Thing = {"resourceVersion": str(self._version)}
            if len(page) < len(rest):
                about["continue"] = base64.urlsafe_b64encode(json.dumps(page[-1]).encode()).decode()
                if not query.get("fieldSelector"):
                    about["remainingItemCount"] = len(rest) - len(page)
            items = [deepcopy(things[key]) for key in page]
        resource = place.resource
        for item in items:  # the items of a typed list do not repeat their kind
            item.pop("kind", None), item.pop("apiVersion", None)
        return {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": about, "items": items}

    def create(self, place: Place, given: Thing) -> Thing:
        thing = _prepared(place, given)
        about = thing["metadata"]
        if not about.get("name") and about.get("generateName"):
            about["name"] = f"{about['generateName']}{uuid.uuid4().hex[:5]}"
        if not about.get("name"):
            raise bad_request("name or generateName is required")
        about |= {"uid": str(uuid.uuid4()), "creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        with self._lock:
            things = self._things.setdefault(place.resource, {})
            if (place.namespace, about["name"]) in things:
                raise already_exists(place.resource.plural, place.resource.group, about["name"])
            return self._kept(place, thing)

    def _found(self, place: Place) -> Thing:
        found = self._things.get(place.resource, {}).get((place.namespace, place.name))
        if found is None:
            raise not_found(place.resource.plural, place.resource.group, place.name)
        return found

    def _kept(self, place: Place, thing: Thing) -> Thing:
        self._version += 1
        thing["metadata"]["resourceVersion"] = str(self._version)
        self._things[place.resource][place.namespace, thing["metadata"]["name"]] = thing
        return deepcopy(thing)


def _prepared(place: Place, given: Thing) -> Thing:
    """The object as the collection has it; Refused (400) where it says that it belongs elsewhere."""
    resource = place.resource
    for key, is_ in (("kind", resource.kind), ("apiVersion", resource.api_version)):
        if given.get(key, is_) != is_:
            raise bad_request(f"the {key} in the data ({given[key]}) does not match the expected {is_}")
    about = dict(given.get("metadata") or {})
    if resource.namespaced and about.setdefault("namespace", place.namespace) != place.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    return {**deepcopy(given), "kind": resource.kind, "apiVersion": resource.api_version, "metadata": about}


def _continued(token: str) -> tuple[str, str] | None:
    if not token:
        return None
    try:
        namespace, name = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise expired()
    return namespace, name
