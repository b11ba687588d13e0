"""`states:startExecution.sync`: an execution that is waited for (developer guide, "Start workflow executions")."""

import json
from typing import Any

from local.steps.errors import TASK_FAILED, TIMEOUT, Halted, StepError
from local.steps.execution import SUCCEEDED, Execution
from local.steps.moments import iso
from local.steps.position import Data
from local.steps.resources import SYNC_2
from local.steps.visit import Visit


def wait(visit: Visit, pattern: str, started: Data, until: float | None) -> Data:
    """What DescribeExecution says of the child once it has ended; `.sync:2` gives its output as JSON, not as a text.

    Raises StepError(States.TaskFailed) where it did not succeed. A task that is given up stops its child: "Step
    Functions will make a best-effort attempt to cancel the task".
    """
    children = visit.runner.children
    child = children.find(started["ExecutionArn"])
    child.on_end.append(visit.line.halt.notify)
    try:
        in_time = visit.line.halt.wait(child.ended.is_set, until)
    except Halted:
        children.stop(child, "", "")
        raise
    if not in_time:
        children.stop(child, "", "")
        raise StepError(TIMEOUT)
    if child.status != SUCCEEDED:
        raise StepError(TASK_FAILED, json.dumps(described(child), separators=(",", ":")))
    return described(child, parsed=pattern == SYNC_2)


def described(execution: Execution, parsed: bool = False) -> dict[str, Any]:
    """The members of DescribeExecution in the spelling of integrations."""

    def value(data: str | None) -> Data:
        return json.loads(data) if parsed and data is not None else data

    found: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": value(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "RedriveCount": execution.redrives,
        "StartDate": iso(execution.started),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
    }
    if execution.stopped is not None:
        found["StopDate"] = iso(execution.stopped)
    if execution.output is not None:
        found |= {"Output": value(execution.output), "OutputDetails": {"Included": True}}
    if execution.error:
        found["Error"] = execution.error
    if execution.cause:
        found["Cause"] = execution.cause
    return found
