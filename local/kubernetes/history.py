"""What has happened to objects lately, for those who watch ("Kubernetes API Concepts", Efficient detection of
changes)."""

import threading
from collections import deque
from dataclasses import dataclass

from local.kubernetes.resources import Resource
from local.kubernetes.things import Thing

_KEPT = 20_000
"""Changes of a kind: a real server keeps some minutes of them (etcd's compaction; the watch cache's window)."""


@dataclass(frozen=True)
class Change:
    """`type`: ADDED, MODIFIED, DELETED. `before`: the object until then, if any. Objects must not be changed."""

    version: int
    type: str
    resource: Resource
    thing: Thing
    before: Thing | None


class History:
    """The changes of each kind in order; `add` and `since` are called under the store's lock, `wait` is not."""

    def __init__(self, lock: threading.RLock) -> None:
        self._changes: dict[Resource, deque[Change]] = {}
        self._changed = threading.Condition(lock)
        self._forgotten: dict[Resource, int] = {}
        self._latest = 0

    def add(self, change: Change) -> None:
        kept = self._changes.setdefault(change.resource, deque())
        kept.append(change)
        self._latest = change.version
        if len(kept) > _KEPT:
            self._forgotten[change.resource] = kept.popleft().version
        self._changed.notify_all()

    def oldest(self, resource: Resource) -> int:
        """The version from which on nothing of this kind is forgotten."""
        return self._forgotten.get(resource, 0)

    def forget(self) -> None:
        """As when etcd is compacted: watches can begin only from now on."""
        with self._changed:
            for resource, kept in self._changes.items():
                if kept:
                    self._forgotten[resource] = kept[-1].version
                    kept.clear()

    def since(self, resource: Resource, version: int) -> list[Change]:
        """Changes after a version."""
        newer: list[Change] = []
        for change in reversed(self._changes.get(resource, ())):
            if change.version <= version:
                break
            newer.append(change)
        return newer[::-1]

    def wait(self, resource: Resource, version: int, seconds: float) -> tuple[list[Change], int]:
        """The changes after a version, once there are any, or none after this many real seconds; and up to which
        version there are no others."""

        def news() -> bool:
            kept = self._changes.get(resource)
            return kept is not None and len(kept) > 0 and kept[-1].version > version

        with self._changed:
            self._changed.wait_for(news, seconds)
            return self.since(resource, version), max(version, self._latest)
