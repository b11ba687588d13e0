"""The region's time: real seconds multiplied by a speed, and what is to happen later."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Timer:
    """A call that is to come; `cancel()` makes it never come."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def run(self) -> None:
        if not self.cancelled:
            self._action()


class Clock:
    """Simulated seconds since the epoch.

    With a speed of 10 a heartbeat of 600 s passes in one real minute. `later` runs its calls on one thread,
    in order of their time, so that two callbacks never run at once.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._real_origin = time.monotonic()
        self._origin = time.time()
        self._queue: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._era = 0
        self._thread: threading.Thread | None = None

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError(f"the speed of time must be above 0, not {speed}")
        with self._changed:
            self._origin, self._real_origin = self.now(), time.monotonic()
            self._speed = speed
            self._changed.notify_all()

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return self._origin + (time.monotonic() - self._real_origin) * self._speed

    def sleep(self, seconds: float) -> None:
        """Blocks the calling thread for `seconds` of simulated time, also where the speed changes meanwhile.

        Returns at once when the clock is reset or closed.
        """
        with self._changed:
            end, era = self.now() + seconds, self._era
            while not self._closed and era == self._era and (left := end - self.now()) > 0:
                self._changed.wait(left / self._speed)

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Runs `action` after `seconds` of simulated time."""
        timer = Timer(action)
        with self._changed:
            heapq.heappush(self._queue, (self.now() + seconds, next(self._order), timer))
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="region-clock", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return timer

    @property
    def era(self) -> int:
        """How often the clock was reset: who waits across a reset belongs to a world that is gone."""
        return self._era

    def reset(self, speed: float) -> None:
        """Back to the machine's time, at `speed`, with nothing that is to happen later."""
        with self._changed:
            self._era += 1
            self._origin, self._real_origin, self._speed = time.time(), time.monotonic(), speed
            self._queue.clear()
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue or self._queue[0][0] > self.now():
                    if self._closed:
                        return
                    due = (self._queue[0][0] - self.now()) / self._speed if self._queue else None
                    self._changed.wait(due)
                timer = heapq.heappop(self._queue)[2]
            try:
                timer.run()
            except Exception:
                # One action that fails must not stop the clock for all others.
                log.exception("an action of the region's clock failed")
