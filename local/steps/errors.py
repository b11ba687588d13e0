"""Errors of executions: their names, and which `ErrorEquals` matches them.

Amazon States Language, "Errors"; Step Functions developer guide, "Handling errors in Step Functions workflows".
"""

from collections.abc import Sequence

ALL = "States.ALL"
BRANCH_FAILED = "States.BranchFailed"
DATA_LIMIT = "States.DataLimitExceeded"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
NO_CHOICE = "States.NoChoiceMatched"
PERMISSIONS = "States.Permissions"
QUERY = "States.QueryEvaluationError"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"
THRESHOLD = "States.ExceedToleratedFailureThreshold"
TIMEOUT = "States.Timeout"

# "States.ALL can't catch the States.DataLimitExceeded terminal error or Runtime error types."
_TERMINAL = (DATA_LIMIT, RUNTIME)


class StepError(Exception):
    """A state failed with `error` and `cause`.

    `also` are further names that `ErrorEquals` may give it: a missed heartbeat is reported as States.Timeout and
    caught as that or as States.HeartbeatTimeout. `location` is the field whose expression failed.
    """

    def __init__(self, error: str, cause: str = "", also: tuple[str, ...] = (), location: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.also = also
        self.location = location

    def matches(self, names: Sequence[str]) -> bool:
        """Whether a retrier or catcher with these `ErrorEquals` is meant."""
        if self.error in names or any(one in names for one in self.also):
            # "States.Runtime ... isn't retriable, and will always cause the execution to fail."
            return self.error != RUNTIME
        if self.error in _TERMINAL:
            return False
        return ALL in names or (TASK_FAILED in names and self.error != TIMEOUT)

    @property
    def output(self) -> dict[str, str]:
        """The Error Output that a catcher passes on."""
        return {"Error": self.error, "Cause": self.cause}


class Halted(Exception):
    """What runs is to end without a word: its execution has ended, or a branch beside it has failed."""


def too_large(state: str) -> StepError:
    return StepError(
        DATA_LIMIT,
        f"The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )
