"""The end of a good run: autoscalers go on as before."""

from dataclasses import dataclass

from nodenet.migration.quiet.quiet import Quiet
from nodenet.migration.run import Notes, Run


@dataclass(frozen=True, slots=True)
class Unquiet:
    """A Step forward that does what the way back of `quiet` does, by what that step kept."""

    quiet: Quiet
    name: str = "unquiet"

    def limit(self, run: Run) -> int:
        return self.quiet.limit(run)

    def forward(self, run: Run, notes: Notes) -> str:
        return self.quiet.back(run, run.notes(self.quiet.name))

    def back(self, run: Run, notes: Notes) -> str:
        return self.quiet.back(run, run.notes(self.quiet.name))
