"""Every object of a cluster as last seen, found by kind and name, by controller, by node, by labels. Nothing in it is
changed by who reads it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from local.kubernetes.controllers.labels import matches
from local.kubernetes.things import Thing

type Key = tuple[str, str]
"""Namespace ("" for what has none) and name."""
type Observer = Callable[[str, Thing | None, Thing | None], None]


def key_of(thing: Thing) -> Key:
    about = thing["metadata"]
    return about.get("namespace", ""), about["name"]


def controller_of(thing: Thing) -> dict[str, Any] | None:
    """The owner reference of the controller, if there is one (apimachinery, meta/v1, GetControllerOf)."""
    for reference in thing["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


class Cache:
    """Used by one thread. `observers` are told of each change at once: kind, what was there, what is now."""

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self._things: dict[str, dict[str, dict[str, Thing]]] = defaultdict(lambda: defaultdict(dict))
        self._controlled = _Index()
        self._on_node = _Index()
        self._labelled: dict[str, _Index] = defaultdict(_Index)

    def get(self, kind: str, namespace: str, name: str) -> Thing | None:
        return self._things[kind][namespace].get(name)

    def all(self, kind: str) -> Iterator[Thing]:
        for things in list(self._things[kind].values()):
            yield from list(things.values())

    def inside(self, kind: str, namespace: str) -> Sequence[Thing]:
        """Those of one namespace."""
        return list(self._things[kind][namespace].values())

    def controlled(self, kind: str, uid: str) -> Sequence[Thing]:
        """What the controller of this uid has of a kind, in no order."""
        return self._controlled.get((kind, uid))

    def orphans(self, kind: str, namespace: str) -> Sequence[Thing]:
        """What has no controller."""
        return self._controlled.get((kind, "", namespace))

    def pods_on(self, node_name: str) -> Sequence[Thing]:
        return self._on_node.get(node_name)

    def pods_by(self, namespace: str, selector: Mapping[str, Any] | None) -> Iterator[Thing]:
        """The pods of a namespace that a LabelSelector selects; asked once for all of the same labels."""
        index = self._labelled[namespace]
        for labels in index.marks():
            if matches(selector, dict(labels)):
                yield from index.get(labels)

    def put(self, kind: str, thing: Thing) -> None:
        """Keeps an object unless a newer one is there."""
        namespace, name = key_of(thing)
        before = self._things[kind][namespace].get(name)
        if before is not None and _version(before) >= _version(thing):
            return
        self._things[kind][namespace][name] = thing
        for index, mark in self._marks(kind, before) if before else ():
            index.drop(mark, (namespace, name))
        for index, mark in self._marks(kind, thing):
            index.keep(mark, (namespace, name), thing)
        for observe in self.observers:
            observe(kind, before, thing)

    def remove(self, kind: str, thing: Thing) -> None:
        """Forgets an object, unless another one has its name by now."""
        namespace, name = key_of(thing)
        before = self._things[kind][namespace].get(name)
        if before is None or before["metadata"]["uid"] != thing["metadata"]["uid"]:
            return
        del self._things[kind][namespace][name]
        for index, mark in self._marks(kind, before):
            index.drop(mark, (namespace, name))
        for observe in self.observers:
            observe(kind, before, None)

    def _marks(self, kind: str, thing: Thing) -> Iterable[tuple["_Index", Any]]:
        namespace = key_of(thing)[0]
        controller = controller_of(thing)
        yield self._controlled, (kind, controller["uid"]) if controller else (kind, "", namespace)
        if kind == "Pod":
            yield self._labelled[namespace], frozenset((thing["metadata"].get("labels") or {}).items())
            if node_name := thing["spec"].get("nodeName"):
                yield self._on_node, node_name


class _Index:
    """Objects by a mark that several of them have."""

    def __init__(self) -> None:
        self._members: dict[Any, dict[Key, Thing]] = {}

    def get(self, mark: Any) -> Sequence[Thing]:
        return list(self._members.get(mark, {}).values())

    def marks(self) -> Sequence[Any]:
        return list(self._members)

    def keep(self, mark: Any, key: Key, thing: Thing) -> None:
        self._members.setdefault(mark, {})[key] = thing

    def drop(self, mark: Any, key: Key) -> None:
        members = self._members.get(mark, {})
        members.pop(key, None)
        if not members:
            self._members.pop(mark, None)


def _version(thing: Thing) -> int:
    return int(thing["metadata"]["resourceVersion"])
