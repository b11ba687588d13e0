"""The API's operations on executions, Map Runs and task tokens (API reference, the actions of their names).

Those that only ask are in queries.
"""

import json
import re
from collections.abc import Callable, Mapping

from local.steps import redrive
from local.steps.execution import RUNNING, Execution, Machine
from local.steps.executions import Executions, new_name
from local.steps.limits import NAME_LENGTH, PAYLOAD_BYTES, RETENTION_SECONDS
from local.steps.queries import Answer, Queries, Request
from local.steps.refusals import OperationError
from local.steps.tokens import Tokens
from local.world import world

# "A name must not contain: white space, brackets, wildcard characters, special characters, control characters".
_NOT_IN_NAMES = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")


class Operations:
    """`machine_of(arn)` finds a state machine, version or alias, None where there is none."""

    def __init__(self, executions: Executions, tokens: Tokens, machine_of: Callable[[str], Machine | None]) -> None:
        self._executions = executions
        self._tokens = tokens
        self._machine_of = machine_of
        self._queries = queries = Queries(executions)
        self.table: Mapping[str, Callable[[Request], Answer]] = {
            "StartExecution": self.start_execution,
            "StopExecution": self.stop_execution,
            "RedriveExecution": self.redrive_execution,
            "DescribeExecution": queries.describe_execution,
            "ListExecutions": queries.list_executions,
            "GetExecutionHistory": queries.get_execution_history,
            "DescribeStateMachineForExecution": queries.describe_state_machine_for_execution,
            "ListMapRuns": queries.list_map_runs,
            "DescribeMapRun": queries.describe_map_run,
            "UpdateMapRun": self.update_map_run,
            "SendTaskSuccess": self.send_task_success,
            "SendTaskFailure": self.send_task_failure,
            "SendTaskHeartbeat": self.send_task_heartbeat,
        }

    def answer(self, operation: str, request: Request) -> Answer:
        """Raises OperationError."""
        return self.table[operation](request)

    def start_execution(self, request: Request) -> Answer:
        """The same name and input while the execution runs give the same answer again; a name is free after 90 days."""
        arn = request.get("stateMachineArn", "")
        machine = self._machine_of(arn)
        if machine is None:
            raise OperationError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        name, given = request.get("name") or new_name(), request.get("input", "{}")
        if len(name) > NAME_LENGTH or _NOT_IN_NAMES.search(name):
            raise OperationError("InvalidName", f"Invalid Name: '{name}'")
        _check_input(given)
        with self._executions.lock:
            there = self._executions.all.get(_execution_arn(machine, name))
            if there and not _forgotten(there):
                if there.status != RUNNING or there.input != given:
                    raise OperationError("ExecutionAlreadyExists", f"Execution Already Exists: '{there.arn}'")
                execution = there
            else:
                execution = self._executions.start(machine, name, given)
        return {"executionArn": execution.arn, "startDate": execution.started}

    def stop_execution(self, request: Request) -> Answer:
        execution = self._queries.execution(request)
        self._executions.stop(execution, request.get("error", ""), request.get("cause", ""))
        return {"stopDate": execution.stopped}

    def redrive_execution(self, request: Request) -> Answer:
        execution = self._queries.execution(request)
        if obstacle := redrive.obstacle(execution):
            raise OperationError("ExecutionNotRedrivable", f"{obstacle}: '{execution.arn}'")
        self._executions.redrive(execution)
        return {"redriveDate": execution.redriven}

    def update_map_run(self, request: Request) -> Answer:
        run = self._queries.map_run(request)
        run.concurrency = int(request.get("maxConcurrency", run.concurrency))
        if "toleratedFailurePercentage" in request:
            run.tolerance.percentage = float(request["toleratedFailurePercentage"])
        if "toleratedFailureCount" in request:
            run.tolerance.count = int(request["toleratedFailureCount"])
        return {}

    def send_task_success(self, request: Request) -> Answer:
        self._tokens.succeed(request["taskToken"], request["output"])
        return {}

    def send_task_failure(self, request: Request) -> Answer:
        self._tokens.fail(request["taskToken"], request.get("error", ""), request.get("cause", ""))
        return {}

    def send_task_heartbeat(self, request: Request) -> Answer:
        self._tokens.beat(request["taskToken"])
        return {}


def _execution_arn(machine: Machine, name: str) -> str:
    return f"arn:aws:states:{machine.region}:{machine.account}:execution:{machine.name}:{name}"


def _forgotten(execution: Execution) -> bool:
    return execution.stopped is not None and world.clock.now() - execution.stopped > RETENTION_SECONDS


def _check_input(given: str) -> None:
    if len(given.encode()) > PAYLOAD_BYTES:
        raise OperationError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less "
            f"than or equal to {PAYLOAD_BYTES}",
        )
    try:
        json.loads(given)
    except ValueError as mistake:
        raise OperationError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{mistake}'") from None
