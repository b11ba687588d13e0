"""What controllers write: straight to the store, and into their own cache, so that they see at once what they did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.controllers.cache import Cache
from local.kubernetes.paths import Place
from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

_KINDS: Mapping[str, Resource] = {each.kind: each for each in BUILT_IN.values()}


def place_of(kind: str, namespace: str = "", name: str = "") -> Place:
    """Where objects of a kind are; KeyError for a kind that is not built in."""
    return Place(_KINDS[kind], namespace, name)


class _Another(Exception):
    """An object of the same name has taken this one's place."""


@dataclass
class Writes:
    """Each method but `create` takes it in good part that an object is gone."""

    store: Store
    cache: Cache

    def create(self, thing: Thing) -> Thing:
        """Refused where the API server does not take it."""
        kind = thing["kind"]
        made = self.store.create(place_of(kind, thing["metadata"].get("namespace", "")), thing)
        self.cache.put(kind, made)
        return made

    def change(self, thing: Thing, mutate: Callable[[Thing], None], subresource: str = "") -> Thing | None:
        """Changes what the object is now, whatever `thing` was; None where it is gone."""
        about = thing["metadata"]

        def change(current: Thing) -> None:
            if current["metadata"]["uid"] != about["uid"]:
                raise _Another
            mutate(current)

        place = place_of(thing["kind"], about.get("namespace", ""), about["name"])
        try:
            changed = self.store.change(place, change, subresource)
        except _Another:
            return None
        except Refused as refusal:
            if refusal.code == 404:
                return None
            raise
        self.cache.put(thing["kind"], changed)
        return changed

    def status(self, thing: Thing, **fields: Any) -> Thing | None:
        """Sets fields of the status, where they are not so already; a field that is None goes."""
        present = thing.get("status") or {}
        if all(present.get(name) == value for name, value in fields.items()):
            return thing

        def set_fields(current: Thing) -> None:
            status = {**(current.get("status") or {}), **fields}
            current["status"] = {name: value for name, value in status.items() if value is not None}

        return self.change(thing, set_fields, "status")

    def delete(self, thing: Thing, grace: int | None = None) -> None:
        about = thing["metadata"]
        place = place_of(thing["kind"], about.get("namespace", ""), about["name"])
        try:
            left, gone = self.store.delete(place, grace=grace, uid=about["uid"])
        except Refused as refusal:
            if refusal.code not in (404, 409):  # 409: the name is another object's by now
                raise
            return
        if gone:
            self.cache.remove(thing["kind"], left)
        else:
            self.cache.put(thing["kind"], left)
