"""Waiting that ends when what waits is to stop, in simulated time."""

import threading
from collections.abc import Callable

from local.steps.errors import Halted
from local.world import world


class Halt:
    """Says to everything that runs below it that it is to stop.

    A branch's halt stands below its execution's: halting the execution halts the branch, but not the other way round.
    """

    def __init__(self, above: "Halt | None" = None) -> None:
        self._above = above
        self._changed: threading.Condition = above._changed if above else threading.Condition()
        self._halted = False

    @property
    def halted(self) -> bool:
        return self._halted or (self._above is not None and self._above.halted)

    def halt(self) -> None:
        with self._changed:
            self._halted = True
            self._changed.notify_all()

    def check(self) -> None:
        """Raises Halted where it is time to stop."""
        if self.halted:
            raise Halted

    def notify(self) -> None:
        """Something that somebody may wait for has happened."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, done: Callable[[], bool], until: float | None = None) -> bool:
        """Whether `done` came true before the moment `until`, in seconds of the region's clock.

        Raises Halted. The clock's timer wakes it, so that a change of speed counts at once.
        """
        timer = None if until is None else world.clock.later(max(0.0, until - world.clock.now()), self.notify)
        try:
            with self._changed:
                while not done():
                    self.check()
                    if until is not None and world.clock.now() >= until:
                        return False
                    self._changed.wait(None if timer else 1.0)
                self.check()
                return True
        finally:
            if timer:
                timer.cancel()

    def sleep(self, seconds: float) -> None:
        """Lets simulated seconds pass. Raises Halted."""
        self.wait(lambda: False, world.clock.now() + seconds)
