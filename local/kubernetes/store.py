"""The objects of one cluster: one counter of versions for all ("Kubernetes API Concepts", Resource versions).

What is kept is never changed but replaced: lists and watches hand it out without a copy.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local.kubernetes import deletion, field_managers, strategies
from local.kubernetes.deletion import Deletion
from local.kubernetes.field_managers import Manager
from local.kubernetes.history import Change, History
from local.kubernetes.indexes import Indexes, Where
from local.kubernetes.paths import Place, Resource
from local.kubernetes.statuses import already_exists, modified, not_found
from local.kubernetes.telling import Telling
from local.kubernetes.telling import Watcher as Watcher
from local.kubernetes.things import Mutate, Thing, copied
from local.world import world


class Store:
    """Every write refuses what an API server does (Refused), applies its defaults and counts its versions.

    `watchers` are called with ADDED, MODIFIED or DELETED, the kind and the object (not to be changed), after the lock
    is let go and in order of versions; one call at a time. A `manager` is who owns the fields that a write sets;
    without one, metadata.managedFields stays as it is. Nothing is kept of a `dry` write.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.history = History(self._lock)
        self._version = 1
        self._things: dict[Resource, dict[tuple[str, str], Thing]] = {}
        self._indexes = Indexes()
        self._telling = Telling()
        self.watchers = self._telling.watchers
        self._depth = 0

    @property
    def version(self) -> int:
        return self._version

    def find(self, place: Place) -> Thing | None:
        """The object as it is kept: not to be changed."""
        return self._things.get(place.resource, {}).get(place.key)

    def get(self, place: Place) -> Thing:
        """A copy; Refused (404)."""
        return copied(self._found(place))

    def all(self, resource: Resource, namespace: str = "") -> list[Thing]:
        """Every object of a kind, as they are kept: not to be changed."""
        with self._lock:
            things = self._things.get(resource, {})
            return [each for key, each in things.items() if namespace in ("", key[0])]

    def keys(self, resource: Resource, node: str | None = None) -> tuple[int, dict[tuple[str, str], Thing]]:
        """The version, and every object of a kind by (namespace, name) as of then; with `node` the pods on that."""
        with self._lock:
            things = self._things.get(resource, {})
            if node is None:
                return self._version, dict(things)
            return self._version, {key: things[key] for key in self._indexes.pods_on(node)}

    def dependents(self, uid: str) -> set[Where]:
        """Where the objects are that have this uid among their owners."""
        with self._lock:
            return self._indexes.dependents(uid)

    def kinds(self) -> list[Resource]:
        """Those of which there are objects."""
        with self._lock:
            return [resource for resource, things in self._things.items() if things]

    def create(self, place: Place, given: Thing, manager: Manager | None = None, *, dry: bool = False) -> Thing:
        """Makes an object of a collection. Refused: 400, 403, 404 (namespace), 409 (it exists), 422."""
        thing = strategies.named(place, given)
        with self.writing():
            strategies.prepare_create(place.resource, thing, self.find)
            at = Place(place.resource, place.namespace, thing["metadata"]["name"])
            if self.find(at):
                raise already_exists(place.resource, at.name)
            if manager:
                field_managers.update(place.resource, {}, thing, manager)
            return self._put(at, thing, None, dry=dry)

    def replace(
        self, place: Place, thing: Thing, subresource: str = "", manager: Manager | None = None, *, dry: bool = False
    ) -> Thing:
        """Puts an object in the place of what is there. Refused: 404, 409 (another resourceVersion), 422."""
        given = copied(thing)

        def put(now: Thing) -> None:
            now.clear()
            now.update(given)

        return self.change(place, put, subresource, manager, dry=dry)

    def change(
        self,
        place: Place,
        mutate: Mutate,
        subresource: str = "",
        manager: Manager | None = None,
        *,
        dry: bool = False,
    ) -> Thing:
        """Reads, mutates and writes under the lock; with `subresource` "status" only that is written.

        Refused: 404; 409 where the result names another resourceVersion or uid; 422. What changes nothing makes no
        version.
        """
        with self.writing():
            old = self._found(place)
            new = copied(old)
            mutate(new)
            new = strategies.prepare_update(place, old, new, subresource or place.subresource)
            if manager:
                field_managers.update(place.resource, old, new, manager)
            return self._rewritten(place, old, new, dry=dry)

    def delete(
        self,
        place: Place,
        grace: int | None = None,
        uid: str | None = None,
        propagation: str | None = None,
        *,
        version: str | None = None,
        dry: bool = False,
    ) -> tuple[Thing, bool]:
        """The object, and whether it is gone: it stays while it has finalizers or, a pod on a node, a period of grace.

        Refused: 404; 409 where uid or version are not the object's.
        """
        with self.writing():
            old = self._found(place)
            wish = Deletion(grace, uid, propagation, version)
            deletion.check(place, old, wish)
            new = deletion.marked(place.resource, old, wish, world.clock.now())
            if new is None:
                return self._removed(place, old, dry=dry), True
            return self._rewritten(place, old, new, dry=dry), False

    def _found(self, place: Place) -> Thing:
        thing = self.find(place)
        if thing is None:
            raise not_found(place.resource, place.name)
        return thing

    def _rewritten(self, place: Place, old: Thing, new: Thing, *, dry: bool) -> Thing:
        about, before = new["metadata"], old["metadata"]
        if about.get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
            raise modified(place.resource, place.name)
        about["resourceVersion"] = before["resourceVersion"]
        if field_managers.same(old, new):
            return copied(old)
        if deletion.complete(new):
            return self._removed(place, new, dry=dry)
        return self._put(place, new, old, dry=dry)

    def _put(self, place: Place, thing: Thing, old: Thing | None, *, dry: bool) -> Thing:
        if dry:
            return copied(thing)
        self._version += 1
        thing["metadata"]["resourceVersion"] = str(self._version)
        self._things.setdefault(place.resource, {})[place.key] = thing
        self._indexes.change(place.resource, place.key, old, thing)
        self._happened(Change(self._version, "MODIFIED" if old else "ADDED", place.resource, thing, old))
        return copied(thing)

    def _removed(self, place: Place, last: Thing, *, dry: bool) -> Thing:
        gone = copied(last)
        if not dry:
            self._version += 1
            before = self._things[place.resource].pop(place.key)
            self._indexes.change(place.resource, place.key, before, None)
            gone["metadata"]["resourceVersion"] = str(self._version)
            self._happened(Change(self._version, "DELETED", place.resource, gone, before))
        return copied(gone)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Several writes of which nobody sees a part; who watches is told at the end."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                outermost = not self._depth
        if outermost:
            self._telling.tell()

    def _happened(self, change: Change) -> None:
        self.history.add(change)
        self._telling.add(change)
