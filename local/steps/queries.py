"""Questions about executions and Map Runs (API reference, the actions of their names)."""

import json
from collections.abc import Mapping
from typing import Any

from local.steps import pages
from local.steps.answers import described, listed
from local.steps.execution import Execution
from local.steps.executions import Executions
from local.steps.map_runs import MapRun
from local.steps.refusals import OperationError

type Request = Mapping[str, Any]
type Answer = dict[str, Any]

_STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")


class Queries:
    """Each method may raise OperationError."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def describe_execution(self, request: Request) -> Answer:
        return described(self.execution(request))

    def list_executions(self, request: Request) -> Answer:
        """The latest first."""
        found = [one for one in list(self._executions.all.values()) if self._wanted(one, request)]
        found.sort(key=lambda one: (one.started, one.number), reverse=True)
        limit = pages.size(request, 1000)
        question = [request.get(name) for name in ("stateMachineArn", "mapRunArn", "statusFilter", "redriveFilter")]
        before = pages.place(request, question)
        if before is not None:
            found = [one for one in found if one.number < before]
        answer: Answer = {"executions": [listed(one) for one in found[:limit]]}
        if len(found) > limit:
            answer["nextToken"] = pages.token(question, found[limit - 1].number)
        return answer

    def get_execution_history(self, request: Request) -> Answer:
        """Pages of one question see the history as it was at the first of them."""
        execution = self.execution(request)
        limit = pages.size(request, 100)
        backwards, data = bool(request.get("reverseOrder")), request.get("includeExecutionData") is not False
        question = [execution.arn, limit, backwards, data]
        start, count = pages.place(request, question) or (0, len(execution.history))
        events = execution.history.events(count, data)
        ordered = events[::-1] if backwards else events
        answer: Answer = {"events": ordered[start : start + limit]}
        if start + limit < count:
            answer["nextToken"] = pages.token(question, [start + limit, count])
        return answer

    def describe_state_machine_for_execution(self, request: Request) -> Answer:
        execution = self.execution(request)
        machine = execution.machine
        answer: Answer = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": json.dumps(machine.definition),
            "roleArn": machine.role,
            "updateDate": execution.started,
        }
        return {**answer, "mapRunArn": execution.map_run} if execution.map_run else answer

    def list_map_runs(self, request: Request) -> Answer:
        execution = self.execution(request)
        runs = [run for run in list(self._executions.map_runs.values()) if run.execution == execution.arn]
        shown = ("executionArn", "mapRunArn", "startDate", "stopDate")
        told = [(run, run.described()) for run in runs]
        return {
            "mapRuns": [
                {**{name: one[name] for name in shown if name in one}, "stateMachineArn": run.machine.arn}
                for run, one in told
            ]
        }

    def describe_map_run(self, request: Request) -> Answer:
        return self.map_run(request).described()

    def execution(self, request: Request) -> Execution:
        arn = request.get("executionArn", "")
        if not arn.startswith("arn:"):
            raise OperationError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
        execution = self._executions.all.get(arn)
        if execution is None:
            raise OperationError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return execution

    def map_run(self, request: Request) -> MapRun:
        arn = request.get("mapRunArn", "")
        run = self._executions.map_runs.get(arn)
        if run is None:
            raise OperationError("ResourceNotFound", f"Map Run Does Not Exist: '{arn}'")
        return run

    def _wanted(self, execution: Execution, request: Request) -> bool:
        if (status := request.get("statusFilter")) not in (None, *_STATUSES):
            raise OperationError("ValidationException", f"Value '{status}' at 'statusFilter' is not one of {_STATUSES}")
        if "mapRunArn" in request:
            self.map_run(request)
        machine = execution.machine
        chosen = (machine.arn, machine.version, machine.alias)
        redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(request.get("redriveFilter", ""))
        return (
            ("mapRunArn" not in request or execution.map_run == request["mapRunArn"])
            and ("stateMachineArn" not in request or request["stateMachineArn"] in chosen)
            and status in (None, execution.status)
            and redriven in (None, execution.redrives > 0)
        )
