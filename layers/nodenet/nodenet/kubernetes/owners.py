"""Who starts a pod again: the controller at the end of its owner references."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.kinds import Reference
from nodenet.kubernetes.listing import ALL, listed
from nodenet.kubernetes.workload_kinds import ReplicaSet
from nodenet.migration.cluster import Owner

_FEW: Final = 20
"""Up to so many ReplicaSets are read one by one, as for the pods of a node, and more by a list of all."""


class Owners:
    """What stands above ReplicaSets, by their uid: a ReplicaSet's controller does not change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._above: dict[str, Owner] = {}

    def find(self, pods: Sequence[tuple[str, Reference | None]], namespace: str = ALL) -> list[Owner | None]:
        """For each pod, by its namespace and its controller. `namespace`: the only one of them, if it is."""
        wanted = {
            reference.uid: (where, reference.name)
            for where, reference in pods
            if reference and reference.kind == "ReplicaSet" and reference.uid not in self._above
        }
        self._read(wanted, namespace)
        return [self._owner(where, reference) for where, reference in pods]

    def _owner(self, namespace: str, reference: Reference | None) -> Owner | None:
        above = self._above.get(reference.uid) if reference else None
        return above or named(namespace, reference)

    def _read(self, wanted: dict[str, tuple[str, str]], namespace: str) -> None:
        if len(wanted) > _FEW:
            listed(self._connection, ReplicaSet, lambda item: self._learn(item, wanted), namespace=namespace)
            return
        for where, name in wanted.values():
            if found := unless_gone(partial(self._connection.client.get, ReplicaSet, name, namespace=where)):
                self._learn(found, wanted)

    def _learn(self, item: ReplicaSet, wanted: Collection[str]) -> None:
        about = item.metadata
        if about.uid in wanted and (above := about.controller):
            self._above[about.uid] = Owner(above.kind, about.namespace, above.name)


def named(namespace: str, controller: Reference | None) -> Owner | None:
    """The controller itself, of something in the namespace. A Node owns its static pods, and has no namespace."""
    if not controller:
        return None
    return Owner(controller.kind, "" if controller.kind == "Node" else namespace, controller.name)
