"""A run on the terminal: a line for each step that has ended, and one that lives, with who serves meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich.live import Live
from rich.markup import escape

from demo.migration.operator import Run
from demo.migration.serving import Watch
from demo.watch import NotInTimeError
from nodenet.migration.report.words import lasted, step_name


@dataclass
class Progress:
    """Follows one run. `live` is rich's; where the output is no terminal only the lines of ended steps are there.
    It looks `every` so many seconds, and gives up after the `longest` that a run may take: real seconds."""

    run: Run
    watch: Watch
    live: Live
    say: Callable[[str], None]
    every: float = 0.4
    longest: float = 180.0
    told: set[Any] = field(default_factory=set)

    def until(self, reached: Callable[[Run], bool]) -> None:
        """Until the run is so far, or has ended. NotInTimeError where that takes too long."""
        end = time.monotonic() + self.longest
        while True:
            going = self.run.look()
            self._tell_drained()
            for step in self.run.status.get("steps", ()):
                self._tell(step)
            self.live.update(self.line())
            if not going or (self.run.status and reached(self.run)):
                return
            if time.monotonic() > end:
                raise NotInTimeError(f"run {self.run.name} goes on too long; {self.line()}")
            time.sleep(self.every)

    def line(self) -> str:
        """Where the run is, how many nodes are drained, and who is ready."""
        status = self.run.status
        now = f"{_way(status)}{status.get('step', '').replace('_', ' ') or 'begins'}"
        if progress := status.get("progress"):
            now += f": {progress}"
        nodes = status.get("nodes", {"of": 0})
        drained = f"; {nodes['drained']} of {nodes['of']} nodes drained" if nodes["of"] else ""
        return f"         [bold]{escape(now)}{drained}[/bold]\n         [cyan]ready: {self.watch.last}[/cyan]"

    def _tell(self, step: dict[str, Any]) -> None:
        key = (step["name"], step["way"], step["attempts"])
        if step["ended"] is None or key in self.told:
            return
        self.told.add(key)
        took = lasted(step["ended"] - step["began"])
        self.say(f"  {step_name(step):<24} [dim]{took:>12}[/dim]  {escape(step['said'])}")

    def _tell_drained(self) -> None:
        status = self.run.status
        nodes = status.get("nodes", {"of": 0})
        key = ("drained", status.get("way"), nodes.get("drained"))
        if nodes["of"] and nodes["drained"] and status["way"] != "ended" and key not in self.told:
            self.told.add(key)
            self.say(f"    [cyan]{nodes['drained']} of {nodes['of']} nodes drained; ready: {self.watch.last}[/cyan]")


def _way(status: dict[str, Any]) -> str:
    return "way back, " if status.get("way") == "back" else ""
