"""One thread for all controllers of a cluster: what changes makes keys, each key is reconciled once, however often it
was named meanwhile (client-go, util/workqueue)."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from local.kubernetes.controllers.cache import Cache, Key, key_of
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing
from local.world import world

log = logging.getLogger(__name__)

type Concerns = Callable[[Thing], Iterable[Key]]

_FIRST_RETRY, _LONGEST_RETRY = 1.0, 60.0


class Controller(Protocol):
    """`watches` says for each kind which keys an object of it concerns."""

    @property
    def watches(self) -> Mapping[str, Concerns]: ...

    def reconcile(self, key: Key) -> None:
        """Brings what is to what should be; Refused and other errors have it tried again, later and later."""
        ...


class Engine:
    """`notice` takes the store's changes, from any thread; `after` calls again in simulated seconds."""

    def __init__(self, name: str, cache: Cache) -> None:
        self._cache = cache
        self._watchers: dict[str, list[tuple[Controller, Concerns]]] = {}
        self._changed = threading.Condition()
        self._events: deque[tuple[str, str, Thing]] = deque()
        self._queue: deque[tuple[Controller, Key]] = deque()
        self._queued: set[tuple[int, Key]] = set()
        self._due: dict[tuple[int, Key], float] = {}
        self._failures: dict[tuple[int, Key], float] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"controllers-{name}", daemon=True)

    def start(self, controllers: Sequence[Controller]) -> None:
        for controller in controllers:
            for kind, concerns in controller.watches.items():
                self._watchers.setdefault(kind, []).append((controller, concerns))
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def notice(self, event: str, kind: str, thing: Thing) -> None:
        """ADDED, MODIFIED or DELETED."""
        with self._changed:
            self._events.append((event, kind, thing))
            self._changed.notify_all()

    def add(self, controller: Controller, key: Key) -> None:
        """From any thread."""
        with self._changed:
            self._enqueue(controller, key)
            self._changed.notify_all()

    def after(self, seconds: float, controller: Controller, key: Key) -> None:
        """Names the key again in so many simulated seconds, or sooner where that was asked for already."""
        at, mark = world.clock.now() + seconds, (id(controller), key)
        with self._changed:
            if self._due.get(mark, at + 1) <= at:
                return
            self._due[mark] = at

        def due() -> None:
            with self._changed:
                if self._due.get(mark) == at:
                    del self._due[mark]
                self._enqueue(controller, key)
                self._changed.notify_all()

        world.clock.later(seconds, due)

    def _enqueue(self, controller: Controller, key: Key) -> None:
        if (id(controller), key) not in self._queued:
            self._queued.add((id(controller), key))
            self._queue.append((controller, key))

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._events or self._queue or self._closed):
                    self._changed.wait()
                if self._closed:
                    return
                events = list(self._events)
                self._events.clear()
            for event in events:
                self._take_in(*event)
            with self._changed:
                if not self._queue or self._events:
                    continue
                controller, key = self._queue.popleft()
                self._queued.discard((id(controller), key))
            self._reconcile(controller, key)

    def _take_in(self, event: str, kind: str, thing: Thing) -> None:
        before = self._cache.get(kind, *key_of(thing))
        if event == "DELETED":
            self._cache.remove(kind, thing)
        else:
            self._cache.put(kind, thing)
        about = [thing]
        if before is not None and before["metadata"].get("labels") != thing["metadata"].get("labels"):
            about.append(before)  # what selected it before is concerned too
        for controller, concerns in self._watchers.get(kind, ()):
            for each in about:
                for key in concerns(each):
                    with self._changed:
                        self._enqueue(controller, key)

    def _reconcile(self, controller: Controller, key: Key) -> None:
        mark = (id(controller), key)
        try:
            controller.reconcile(key)
        except Exception as problem:
            pause = min(2 * self._failures.get(mark, _FIRST_RETRY / 2), _LONGEST_RETRY)
            self._failures[mark] = pause
            if isinstance(problem, Refused):
                log.debug("%s of %s is refused: %s", type(controller).__name__, key, problem)
            elif not self._closed:
                log.exception("%s of %s failed", type(controller).__name__, key)
            self.after(pause, controller, key)
        else:
            self._failures.pop(mark, None)
