"""What the verification needs beside what draining asks."""

from typing import Protocol

from nodenet.migration.run import Run


class Probes(Protocol):
    def differing(self, run: Run) -> list[str]:
        """The probes of the request that answer otherwise than before the run, a sentence each. Waiting while they are
        tried."""
