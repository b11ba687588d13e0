"""Garbage collection: what is owned goes with its owners ("Garbage Collection", "Owners and Dependents").

The controller manager does it in a real cluster; here it follows the store at once, in whatever thread writes.
"""

from local.kubernetes.deletion import FOREGROUND, ORPHAN
from local.kubernetes.indexes import Where
from local.kubernetes.paths import Place, Resource
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Store
from local.kubernetes.things import Mutate, Thing

_LOST = 409, 404
"""Somebody else was quicker."""


class Garbage:
    """Collects in one store for as long as that lives."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.watchers.append(self._seen)

    def _seen(self, event: str, resource: Resource, thing: Thing) -> None:
        about = thing["metadata"]
        uid, finalizers = about["uid"], about.get("finalizers") or ()
        dependents = self._store.dependents(uid)
        if event == "DELETED":
            for where in dependents:
                self._bereave(where, uid)
            self._release(thing)
        elif "deletionTimestamp" in about:
            if ORPHAN in finalizers:
                for where in dependents:
                    self._change(where, lambda dependent: _disown(dependent, uid))
                self._finish(resource, thing, ORPHAN)
            elif FOREGROUND in finalizers:
                self._foreground(resource, thing)
        elif event == "ADDED":
            self._orphaned_at_birth(resource, thing)

    def _bereave(self, where: Where, gone: str) -> None:
        """One owner is gone: of several the reference goes, of the last the dependent."""
        thing = self._store.find(_place(where))
        if thing and any(self._owner(each, thing) for each in _owners(thing) if each["uid"] != gone):
            self._change(where, lambda dependent: _disown(dependent, gone))
        elif thing:
            self._delete(
                where, thing, "Foreground" if FOREGROUND in (thing["metadata"].get("finalizers") or ()) else None
            )

    def _foreground(self, resource: Resource, owner: Thing) -> None:
        uid = owner["metadata"]["uid"]
        for where in self._store.dependents(uid):
            thing = self._store.find(_place(where))
            if thing and "deletionTimestamp" not in thing["metadata"]:
                self._delete(where, thing, "Foreground" if self._store.dependents(thing["metadata"]["uid"]) else None)
        left = [self._store.find(_place(where)) for where in self._store.dependents(uid)]
        if not any(
            each["uid"] == uid and each.get("blockOwnerDeletion") for thing in left if thing for each in _owners(thing)
        ):
            self._finish(resource, owner, FOREGROUND)

    def _release(self, gone: Thing) -> None:
        """A dependent is gone: an owner that waited for it in the foreground may go."""
        for reference in _owners(gone):
            if (found := self._owner(reference, gone)) and FOREGROUND in (found[1]["metadata"].get("finalizers") or ()):
                self._seen("MODIFIED", *found)

    def _orphaned_at_birth(self, resource: Resource, thing: Thing) -> None:
        """Born of owners that were gone already, which is how a late creation of a controller ends."""
        owners = _owners(thing)
        if owners and not any(self._owner(each, thing) for each in owners):
            self._delete((resource, (thing["metadata"].get("namespace", ""), thing["metadata"]["name"])), thing, None)

    def _owner(self, reference: Thing, dependent: Thing) -> tuple[Resource, Thing] | None:
        namespace = dependent["metadata"].get("namespace", "")
        group, _, version = reference["apiVersion"].rpartition("/")
        for resource in self._store.kinds():
            if (resource.group, resource.version, resource.kind) == (group, version, reference["kind"]):
                owner = self._store.find(Place(resource, namespace if resource.namespaced else "", reference["name"]))
                return (resource, owner) if owner and owner["metadata"]["uid"] == reference["uid"] else None
        return None

    def _finish(self, resource: Resource, thing: Thing, finalizer: str) -> None:
        about = thing["metadata"]

        def take_off(now: Thing) -> None:
            now["metadata"]["finalizers"] = [
                each for each in now["metadata"].get("finalizers") or () if each != finalizer
            ]

        self._change((resource, (about.get("namespace", ""), about["name"])), take_off)

    def _change(self, where: Where, mutate: Mutate) -> None:
        try:
            self._store.change(_place(where), mutate)
        except Refused as refused:
            if refused.code not in _LOST:
                raise

    def _delete(self, where: Where, thing: Thing, propagation: str | None) -> None:
        try:
            self._store.delete(_place(where), uid=thing["metadata"]["uid"], propagation=propagation)
        except Refused as refused:
            if refused.code not in _LOST:
                raise


def _place(where: Where) -> Place:
    resource, (namespace, name) = where
    return Place(resource, namespace, name)


def _owners(thing: Thing) -> list[Thing]:
    return list(thing["metadata"].get("ownerReferences") or ())


def _disown(thing: Thing, uid: str) -> None:
    thing["metadata"]["ownerReferences"] = [each for each in _owners(thing) if each["uid"] != uid]
