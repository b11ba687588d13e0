"""What the API says of executions (API reference, DescribeExecution, ListExecutions)."""

from typing import Any

from local.steps import redrive
from local.steps.execution import Execution


def described(execution: Execution) -> dict[str, Any]:
    """The answer of DescribeExecution."""
    obstacle = redrive.obstacle(execution)
    found: dict[str, Any] = {
        **listed(execution),
        "input": execution.input,
        "inputDetails": {"included": True},
        "redriveStatus": "NOT_REDRIVABLE" if obstacle else "REDRIVABLE",
    }
    if obstacle:
        found["redriveStatusReason"] = obstacle
    if execution.output is not None:
        found |= {"output": execution.output, "outputDetails": {"included": True}}
    found |= {name: value for name in ("error", "cause") if (value := getattr(execution, name)) is not None}
    return found


def listed(execution: Execution) -> dict[str, Any]:
    """One of ListExecutions' answer."""
    machine = execution.machine
    optional = {
        "stopDate": execution.stopped,
        "mapRunArn": execution.map_run,
        "redriveDate": execution.redriven,
        "stateMachineVersionArn": machine.version,
        "stateMachineAliasArn": machine.alias,
    }
    return {
        "executionArn": execution.arn,
        "stateMachineArn": machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started,
        "redriveCount": execution.redrives,
        **{name: value for name, value in optional.items() if value is not None},
    }
