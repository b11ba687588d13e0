"""Events of executions on the default bus.

Developer guide, "Automating Step Functions event delivery with EventBridge": standard workflows tell every change of
status; `startDate` and the like are milliseconds since the epoch; an input or output above 248 KiB is left out.
"""

from typing import Any

from local.steps import redrive
from local.steps.execution import Execution
from local.world import world

_LARGEST = 248 * 1024


def publish(execution: Execution) -> None:
    """Puts the execution's status on the bus."""
    if execution.machine.kind == "STANDARD":
        world.publish("aws.states", "Step Functions Execution Status Change", detail(execution), [execution.arn])


def detail(execution: Execution) -> dict[str, Any]:
    obstacle = redrive.obstacle(execution)
    given, output = _shown(execution.input), _shown(execution.output)
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "stateMachineVersionArn": execution.machine.version,
        "stateMachineAliasArn": execution.machine.alias,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.started),
        "stopDate": _milliseconds(execution.stopped),
        "input": given,
        "inputDetails": {"included": given is not None},
        "output": output,
        "outputDetails": None if execution.output is None else {"included": output is not None},
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": execution.redrives,
        "redriveDate": _milliseconds(execution.redriven),
        "redriveStatus": "NOT_REDRIVABLE" if obstacle else "REDRIVABLE",
        "redriveStatusReason": obstacle,
    }


def _shown(data: str | None) -> str | None:
    return None if data is None or len(data.encode()) > _LARGEST else data


def _milliseconds(moment: float | None) -> int | None:
    return None if moment is None else int(moment * 1000)
