"""One thread that does what is to be done for the nodes of one cluster, in its order."""

import logging
import queue
import threading
from collections.abc import Callable

from local.world import world

log = logging.getLogger(__name__)


class Worker:
    """`do` and `later` may be called from any thread; what they are given runs on the worker's own, until `close`."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = False
        threading.Thread(target=self._run, name=f"nodes-of-{name}", daemon=True).start()

    def do(self, action: Callable[[], None]) -> None:
        self._queue.put(action)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """After so many simulated seconds."""
        world.clock.later(seconds, lambda: self.do(action))

    def close(self) -> None:
        self._closed = True
        self._queue.put(None)

    def _run(self) -> None:
        while action := self._queue.get():
            try:
                if not self._closed:
                    action()
            except Exception:
                # What fails for one node must not end the others'.
                log.exception("an action for a node failed")
