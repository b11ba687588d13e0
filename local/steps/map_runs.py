"""Map Runs: the child executions of a Distributed Map (developer guide, "Using Map state in Distributed mode")."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.steps.execution import ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT, Execution, Machine
from local.steps.moments import now

_MEMBERS = {RUNNING: "running", SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted"}


@dataclass
class Tolerance:
    """How many items may fail. Where neither is given, none may; where both are, the first that is exceeded counts
    (developer guide, "Setting failure thresholds for Distributed Map states")."""

    percentage: float | None = None
    count: int | None = None

    def exceeded(self, failed: int, total: int) -> bool:
        if self.percentage is None and self.count is None:
            return failed > 0
        by_count = self.count is not None and failed > self.count
        return by_count or (self.percentage is not None and failed * 100 > self.percentage * total)


@dataclass
class MapRun:
    """`machine` is what the children are executions of; `children` stand under their item's index."""

    arn: str
    execution: str
    machine: Machine
    total: int
    concurrency: int
    tolerance: Tolerance
    children: dict[int, Execution] = field(default_factory=dict)
    status: str = RUNNING
    started: float = field(default_factory=now)
    stopped: float | None = None
    redrives: int = 0
    redriven: float | None = None

    def end(self, status: str) -> None:
        self.status, self.stopped = status, now()

    def redrive(self) -> None:
        self.status, self.stopped, self.redriven = RUNNING, None, now()
        self.redrives += 1

    def failed(self, but: Collection[int] = ()) -> int:
        """Items that failed or timed out, without those that a redrive has yet to take up."""
        children = list(self.children.items())
        return sum(child.status in (FAILED, TIMED_OUT) and index not in but for index, child in children)

    def described(self) -> dict[str, Any]:
        """The answer of DescribeMapRun."""
        counts = self._counts()
        found: dict[str, Any] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution,
            "status": self.status,
            "startDate": self.started,
            "maxConcurrency": self.concurrency,
            "toleratedFailurePercentage": self.tolerance.percentage or 0.0,
            "toleratedFailureCount": self.tolerance.count or 0,
            "itemCounts": counts,
            "executionCounts": dict(counts),
            "redriveCount": self.redrives,
        }
        if self.stopped is not None:
            found["stopDate"] = self.stopped
        if self.redriven is not None:
            found["redriveDate"] = self.redriven
        return found

    def _counts(self) -> Mapping[str, int]:
        states = Counter(child.status for child in list(self.children.values()))
        counts = {member: states[status] for status, member in _MEMBERS.items()}
        # "Returns the count of items whose results were written by ResultWriter": all that ended, as AWS shows it.
        written = sum(states.values()) - states[RUNNING]
        missing = self.total - len(self.children)
        # Items that were never started end with the run they belong to.
        counts["pending" if self.status == RUNNING else "aborted"] = missing + (
            0 if self.status == RUNNING else counts["aborted"]
        )
        return {"pending": 0, **counts, "total": self.total, "resultsWritten": written if self.status != RUNNING else 0}
