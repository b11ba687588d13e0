"""Whether an execution can be redriven (developer guide, "Redrive eligibility for unsuccessful executions")."""

from local.steps.execution import RUNNING, SUCCEEDED, Execution
from local.steps.limits import OPEN_SECONDS, REDRIVABLE_SECONDS, limits
from local.world import world


def obstacle(execution: Execution) -> str | None:
    """Why it cannot be, in Step Functions' words; None where it can."""
    if execution.status in (RUNNING, SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven"
    now = world.clock.now()
    if execution.stopped is not None and now - execution.stopped > REDRIVABLE_SECONDS:
        return "Execution redrivable period exceeded"
    if now - execution.started > OPEN_SECONDS:
        return "Execution has exceeded the max execution time"
    # ExecutionRedriven and one event more must find room.
    if len(execution.history) >= limits.history_events - 1:
        return "Execution history event limit exceeded"
    return None
