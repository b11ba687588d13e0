"""A namespace that is deleted is emptied first, then it goes ("Namespaces"; the controller manager's namespace
controller)."""

from local.kubernetes.paths import Place, Resource
from local.kubernetes.rules.admission import NAMESPACES
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

FIRST = ("default", "kube-system", "kube-public", "kube-node-lease")
_OURS = "kubernetes"
"""The finalizer that stands for what is in the namespace."""


class Namespaces:
    """Empties the namespaces of one store for as long as that lives."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.watchers.append(self._seen)

    def begin(self) -> None:
        """Makes those that every cluster has."""
        for name in FIRST:
            self._store.create(Place(NAMESPACES), {"metadata": {"name": name}})

    def _seen(self, event: str, resource: Resource, thing: Thing) -> None:
        about = thing["metadata"]
        if resource == NAMESPACES and event == "MODIFIED" and "deletionTimestamp" in about:
            self._empty(about["name"])
        elif event == "DELETED" and about.get("namespace"):
            namespace = self._store.find(Place(NAMESPACES, "", about["namespace"]))
            if namespace and "deletionTimestamp" in namespace["metadata"]:
                self._finish(about["namespace"])

    def _empty(self, name: str) -> None:
        place = Place(NAMESPACES, "", name)
        if (namespace := self._store.find(place)) and namespace["status"].get("phase") != "Terminating":
            self._store.change(place, _terminate, "status")
        for resource, thing in self._content(name):
            if "deletionTimestamp" not in thing["metadata"]:
                try:
                    self._store.delete(Place(resource, name, thing["metadata"]["name"]), propagation="Background")
                except Refused as refused:
                    if refused.code != 404:
                        raise
        self._finish(name)

    def _content(self, name: str) -> list[tuple[Resource, Thing]]:
        kinds = [each for each in self._store.kinds() if each.namespaced]
        return [(resource, thing) for resource in kinds for thing in self._store.all(resource, name)]

    def _finish(self, name: str) -> None:
        if not self._content(name):
            try:
                self._store.change(Place(NAMESPACES, "", name), _finalize, "finalize")
            except Refused as refused:
                if refused.code != 404:
                    raise


def _terminate(namespace: Thing) -> None:
    namespace["status"]["phase"] = "Terminating"


def _finalize(namespace: Thing) -> None:
    spec = namespace.setdefault("spec", {})
    spec["finalizers"] = [each for each in spec.get("finalizers") or () if each != _OURS]
