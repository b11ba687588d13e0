"""What a Kubernetes API server keeps, for what the daemon asks of it: list, watch, get, create and JSON patch.

As "Kubernetes API Concepts" describes them: one counter of versions for all objects; a watch tells what came after the
version asked for, and 410 Gone where that is forgotten; a JSON patch applies whole, or not at all with 422.
"""

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any

PODS, NODES, EVENTS = "/api/v1/pods", "/api/v1/nodes", "/api/v1/namespaces/default/events"


class Asked:
    """A request as it came."""

    def __init__(self, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.status = 0


class ApiServer:
    """Objects by collection; `asked` is every request in its order. Tests change objects with `put` and `delete`."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 100
        self.forgotten = 0
        self.objects: dict[str, dict[str, dict[str, Any]]] = {PODS: {}, NODES: {}, EVENTS: {}}
        self.history: list[tuple[int, str, str, dict[str, Any]]] = []
        self.asked: list[Asked] = []
        self.url = ""
        self.token = ""
        self.page = 500
        self.refuse_next: list[tuple[int, dict[str, str]]] = []
        self.before_patch: Callable[[], object] = lambda: None
        self.watchers = 0
        self._cut = 0
        self._half = False

    def put(self, collection: str, thing: dict[str, Any]) -> dict[str, Any]:
        """Adds or changes an object."""
        with self.changed:
            name = thing["metadata"]["name"]
            kind = "MODIFIED" if name in self.objects[collection] else "ADDED"
            return self._store(kind, collection, deepcopy(thing))

    def delete(self, collection: str, name: str) -> None:
        with self.changed:
            self._store("DELETED", collection, deepcopy(self.objects[collection][name]))
            del self.objects[collection][name]

    def bookmark(self, collection: str) -> None:
        """Tells watchers a version that none of their objects has."""
        with self.changed:
            self._store("BOOKMARK", collection, {"metadata": {"name": ""}})
            del self.objects[collection][""]

    def forget(self) -> None:
        """As a compaction: watches can only start from now on."""
        with self.changed:
            self.version += 1
            self.forgotten = self.version

    def cut(self, half_a_line: bool = False) -> None:
        """Ends the watches without a word, if asked in the middle of an event."""
        with self.changed:
            self._cut += 1
            self._half = half_a_line
            self.changed.notify_all()

    def wait_for(self, what: Callable[[], Any], seconds: float = 5) -> Any:
        """What becomes true, within a time."""
        with self.changed:
            assert self.changed.wait_for(what, seconds), "it did not happen"
            return what()

    def requests(self, method: str, path: str, watch: bool = False) -> list[Asked]:
        return [one for one in self.asked if (one.method, one.path, "watch" in one.query) == (method, path, watch)]

    def _store(self, kind: str, collection: str, thing: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.objects[collection][thing["metadata"]["name"]] = thing
        self.history.append((self.version, kind, collection, deepcopy(thing)))
        self.changed.notify_all()
        return thing

    def since(self, version: int, collection: str) -> list[tuple[int, str, dict[str, Any]]]:
        return [(at, kind, thing) for at, kind, where, thing in self.history if at > version and where == collection]

    def apply(self, collection: str, name: str, operations: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The object with a JSON patch of `test` and `remove` applied; None where a test fails (RFC 6902)."""
        with self.changed:
            thing: Any = deepcopy(self.objects[collection][name])
            for operation in operations:
                *parents, last = operation["path"].strip("/").split("/")
                place: Any = thing
                try:
                    for step in parents:
                        place = place[int(step) if isinstance(place, list) else step]
                    key: Any = int(last) if isinstance(place, list) else last
                    if operation["op"] == "test":
                        if place[key] != operation["value"]:
                            return None
                    else:
                        assert operation["op"] == "remove"
                        del place[key]
                except (LookupError, ValueError):
                    return None
            return self._store("MODIFIED", collection, thing)


def selected(thing: dict[str, Any], selector: str) -> bool:
    """Whether an object matches a field selector; bookmarks always do."""
    field, _, value = selector.partition("=")
    found: Any = thing
    for step in field.split(".") if field and thing["metadata"]["name"] else ():
        found = found.get(step) or {}
    return not field or not thing["metadata"]["name"] or found == value
