"""Ways to objects that are asked for too often to look at all of them."""

from collections import defaultdict

from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.things import Thing

type Where = tuple[Resource, tuple[str, str]]

_PODS = BUILT_IN["", "v1", "pods"]


class Indexes:
    """Pods by their node, dependents by their owner's uid. Kept under the store's lock."""

    def __init__(self) -> None:
        self._on: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._of: defaultdict[str, set[Where]] = defaultdict(set)

    def pods_on(self, node: str) -> set[tuple[str, str]]:
        """(namespace, name) of each; "" for those without a node."""
        return self._on.get(node, set())

    def dependents(self, uid: str) -> set[Where]:
        return set(self._of.get(uid, ()))

    def change(self, resource: Resource, key: tuple[str, str], before: Thing | None, after: Thing | None) -> None:
        if resource == _PODS:
            self._move(self._on, key, *({_node(each)} if each else set() for each in (before, after)))
        self._move(self._of, (resource, key), *(_owners(each) if each else set() for each in (before, after)))

    @staticmethod
    def _move[T](index: defaultdict[str, set[T]], what: T, before: set[str], after: set[str]) -> None:
        for value in before - after:
            index[value].discard(what)
            if not index[value]:
                del index[value]
        for value in after - before:
            index[value].add(what)


def _node(pod: Thing) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _owners(thing: Thing) -> set[str]:
    return {each["uid"] for each in thing["metadata"].get("ownerReferences") or ()}
