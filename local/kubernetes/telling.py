"""How writers' news reaches those who watch in this process."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from local.kubernetes.history import Change
from local.kubernetes.resources import Resource
from local.kubernetes.things import Thing

log = logging.getLogger("local.kubernetes")

type Watcher = Callable[[str, Resource, Thing], None]


class Telling:
    """Tells `watchers` of each change once, in order, one call at a time."""

    def __init__(self) -> None:
        self.watchers: list[Watcher] = []
        self._untold: deque[Change] = deque()
        self._busy = threading.Lock()

    def add(self, change: Change) -> None:
        """Under the store's lock: that makes the order."""
        self._untold.append(change)

    def tell(self) -> None:
        """With no lock held. Whoever finds another at it leaves his news to that one."""
        while self._untold and self._busy.acquire(blocking=False):
            try:
                while self._untold:
                    change = self._untold.popleft()
                    for watcher in tuple(self.watchers):
                        _call(watcher, change)
            finally:
                self._busy.release()


def _call(watcher: Watcher, change: Change) -> None:
    try:
        watcher(change.type, change.resource, change.thing)
    except Exception:
        # One that fails must not keep the others from hearing, nor the writer from his answer.
        log.exception("a watcher failed on %s %s", change.type, change.thing["metadata"]["name"])
