"""The objects of a cluster whose API server is somewhere else, had as those of a Store are."""

import logging
import queue
import threading
from collections.abc import Sequence

from local.kubernetes.outside.asking import Access, Asking, path_of
from local.kubernetes.outside.mirror import Mirror
from local.kubernetes.paths import Place
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Watcher
from local.kubernetes.things import Mutate, Thing, copied

log = logging.getLogger("local.kubernetes")

_TRIES = 20
_PATIENCE = 30.0


class OutsideStore:
    """The methods of a Store that those need who work on clusters (local.nodes, local.kubernetes.controllers).

    What is read of the `followed` kinds comes from a mirror of them, of others it is asked for. Every write is a
    request as the field manager `manager`. `watchers` hear of the followed kinds, one call at a time.
    """

    def __init__(self, access: Access, manager: str, followed: Sequence[Resource]) -> None:
        self.watchers: list[Watcher] = []
        self.asking = Asking(access, manager)
        self._news: queue.SimpleQueue[tuple[str, Resource, Thing] | None] = queue.SimpleQueue()
        self._mirrors = {each: Mirror(self.asking, each, self._heard) for each in followed}

    def begin(self) -> None:
        """Waits for the first lists; TimeoutError."""
        for resource, mirror in self._mirrors.items():
            if not mirror.wait(_PATIENCE):
                raise TimeoutError(f"no list of {resource.full}")

    def tell(self) -> None:
        """Tells the watchers, beginning with all that was there at the start."""
        threading.Thread(target=self._tell, name="outside-store", daemon=True).start()

    def close(self) -> None:
        """Follows no more; what somebody is just asking is still answered."""
        for mirror in self._mirrors.values():
            mirror.close()
        self._news.put(None)

    def find(self, place: Place) -> Thing | None:
        """The object: not to be changed."""
        if mirror := self._mirrors.get(place.resource):
            return mirror.find(place.key)
        try:
            return self.asking.ask("GET", path_of(place))
        except Refused as refused:
            if refused.code != 404:
                raise
            return None

    def get(self, place: Place) -> Thing:
        """A copy of the newest; Refused (404)."""
        return self.asking.ask("GET", path_of(place))

    def all(self, resource: Resource, namespace: str = "") -> list[Thing]:
        """Every object of a kind: not to be changed."""
        if mirror := self._mirrors.get(resource):
            return mirror.all(namespace)
        items: list[Thing] = self.asking.ask("GET", path_of(Place(resource, namespace)))["items"]
        return [{"kind": resource.kind, "apiVersion": resource.api_version, **each} for each in items]

    def create(self, place: Place, given: Thing) -> Thing:
        """Makes an object of a collection, with its status, where it has one; Refused as the server does."""
        whole = {"kind": place.resource.kind, "apiVersion": place.resource.api_version, **given}
        made = self.asking.write("POST", Place(place.resource, place.namespace), whole)
        return self._written(place, made)

    def change(self, place: Place, mutate: Mutate, subresource: str = "", *, dry: bool = False) -> Thing:
        """Reads, mutates and writes; again from the newest where another came between. Refused: 404, 409, 422."""
        query = {"dryRun": "All"} if dry else {}
        old = self.find(place) or self.get(place)
        for attempt in range(_TRIES):
            new = copied(old)
            mutate(new)
            if new == old:
                return new
            try:
                written = self.asking.write("PUT", place, new, subresource, **query)
            except Refused as refused:
                if refused.code != 409 or attempt == _TRIES - 1:
                    raise
                old = self.get(place)
            else:
                return written if dry else self._written(place, written)
        raise AssertionError("the last attempt returns or raises")

    def replace(self, place: Place, thing: Thing, subresource: str = "") -> Thing:
        """Puts an object in the place of what is there. Refused: 404, 409 (another resourceVersion), 422."""
        return self._written(place, self.asking.write("PUT", place, thing, subresource))

    def apply(self, place: Place, thing: Thing, manager: str, *, force: bool, dry: bool = False) -> Thing:
        """Server-side apply as a field manager of its own. Refused: 409 with a cause for each conflict."""
        applied = self.asking.apply(place, thing, manager, force=force, dry=dry)
        return applied if dry else self._written(place, applied)

    def delete(
        self, place: Place, grace: int | None = None, uid: str | None = None, propagation: str | None = None
    ) -> tuple[Thing, bool]:
        """The object, and whether it is gone: it stays while it has finalizers or a period of grace. Refused: 404, 409
        where the uid is another."""
        options: Thing = {"gracePeriodSeconds": grace, "propagationPolicy": propagation}
        options["preconditions"] = {"uid": uid} if uid else None
        before = self.find(place)
        given = {name: value for name, value in options.items() if value is not None}
        left = self.asking.ask("DELETE", path_of(place), given)
        if left["kind"] == "Status":  # so the server answers where nothing is left
            return before or {"metadata": {"name": place.name, "namespace": place.namespace}}, True
        about = left["metadata"]
        return left, not about.get("finalizers") and not about.get("deletionGracePeriodSeconds")

    def _written(self, place: Place, thing: Thing) -> Thing:
        if mirror := self._mirrors.get(place.resource):
            mirror.wrote(copied(thing))
        return thing

    def _heard(self, type_: str, resource: Resource, thing: Thing) -> None:
        self._news.put((type_, resource, thing))

    def _tell(self) -> None:
        while news := self._news.get():
            for watcher in tuple(self.watchers):
                try:
                    watcher(*news)
                except Exception:
                    # One that fails must not keep the others from hearing.
                    log.exception("a watcher failed on %s %s", news[0], news[2]["metadata"]["name"])
