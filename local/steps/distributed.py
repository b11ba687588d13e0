"""Map in distributed mode: each item is an execution of its own.

Developer guide, "Using Map state in Distributed mode for large-scale parallel workloads in Step Functions", "Setting
failure thresholds for Distributed Map states" and "Redriving Map Runs". Items come from the state's input or variables;
ItemReader, ItemBatcher and ResultWriter are not there.
"""

import json
import secrets
from collections import deque
from typing import Any

from local.steps import branches
from local.steps.errors import DATA_LIMIT, RUNTIME, THRESHOLD, Halted, StepError
from local.steps.execution import ABORTED, FAILED, RUNNING, SUCCEEDED, Execution, Machine
from local.steps.jobs import described
from local.steps.languages import Outcome, State
from local.steps.limits import DISTRIBUTED_MAP_CONCURRENCY
from local.steps.map_runs import MapRun, Tolerance
from local.steps.position import Data
from local.steps.visit import Visit

_ABSENT = ("ItemReader", "ItemBatcher", "ResultWriter")


def attempt(visit: Visit, processor: State) -> Outcome:
    """One attempt at a Distributed Map."""
    for name in _ABSENT:
        if name in visit.state:
            raise StepError(RUNTIME, f"The local region has no {name}")
    items = visit.language.items(visit.state, visit.view)
    given = [branches.item_input(visit, {"Index": index, "Value": value}) for index, value in enumerate(items)]
    run = _open(visit, processor, len(items))
    try:
        _work(visit, run, given)
        results = visit.checked([_result(run.children[index]) for index in range(len(items))])
        outcome = visit.language.ended(visit.state, visit.view, results)
    except Halted:
        _stop(visit, run, ABORTED)
        raise
    except StepError as error:
        if error.error == DATA_LIMIT:
            visit.position.map_run = None
        if run.status == RUNNING:
            _stop(visit, run, FAILED)
            details = {"error": error.error, "cause": error.cause}
            visit.line.record("MapRunFailed", details)
        raise
    visit.line.record("MapStateSucceeded", advance=False)
    return outcome


def _open(visit: Visit, processor: State, count: int) -> MapRun:
    """A new Map Run, or the one that a redrive takes up."""
    run: MapRun | None = visit.position.map_run
    if branches.resumed(visit) and run is not None and run.total == count:
        run.redrive()
        visit.line.record("MapRunRedriven", {"mapRunArn": run.arn, "redriveCount": run.redrives})
        return run
    visit.line.record("MapStateStarted", {"length": count})
    concurrency, tolerance = branches.concurrency(visit), _tolerance(visit)
    run = _new(visit, processor, count, concurrency, tolerance)
    visit.position.map_run = run
    visit.runner.children.add_map_run(run)
    visit.line.record("MapRunStarted", {"mapRunArn": run.arn})
    return run


def _new(visit: Visit, processor: State, count: int, concurrency: int, tolerance: Tolerance) -> MapRun:
    execution = visit.line.execution
    machine = execution.machine
    label = visit.state.get("Label") or secrets.token_hex(16)
    definition = {"QueryLanguage": visit.query_language, **processor}
    child = Machine(f"{machine.arn}/{label}", f"{machine.name}/{label}", machine.role, definition)
    place = f"arn:aws:states:{machine.region}:{machine.account}"
    arn = f"{place}:mapRun:{child.name}:{secrets.token_hex(16)}"
    return MapRun(arn, execution.arn, child, count, concurrency, tolerance)


def _tolerance(visit: Visit) -> Tolerance:
    percentage, count = visit.number("ToleratedFailurePercentage"), visit.number("ToleratedFailureCount")
    if percentage is not None and not 0 <= percentage <= 100:
        raise StepError(RUNTIME, "ToleratedFailurePercentage must be between 0 and 100.")
    if count is not None and count < 0:
        raise StepError(RUNTIME, "ToleratedFailureCount cannot be negative.")
    return Tolerance(percentage, None if count is None else int(count))


def _work(visit: Visit, run: MapRun, given: list[Data]) -> None:
    """Keeps as many children running as may be, until all have ended or too many have failed."""
    halt, children = visit.line.halt, visit.runner.children
    limit = min(run.concurrency or DISTRIBUTED_MAP_CONCURRENCY, DISTRIBUTED_MAP_CONCURRENCY)
    waiting = deque(index for index in range(run.total) if not _succeeded(run, index))
    active: list[Execution] = []

    def ended() -> bool:
        return any(child.ended.is_set() for child in active)

    while waiting or active:
        while waiting and len(active) < limit:
            index = waiting.popleft()
            active.append(children.run_item(run, index, given[index], halt.notify))
        halt.wait(ended)
        active = [child for child in active if not child.ended.is_set()]
        if run.tolerance.exceeded(run.failed(but=waiting), run.total):
            raise StepError(THRESHOLD, "The specified tolerated failure threshold was exceeded")
    run.end(SUCCEEDED)
    visit.line.record("MapRunSucceeded")


def _stop(visit: Visit, run: MapRun, status: str) -> None:
    if run.status != RUNNING:
        return
    run.end(status)
    for child in list(run.children.values()):
        visit.runner.children.stop(child, "", "")


def _succeeded(run: MapRun, index: int) -> bool:
    return index in run.children and run.children[index].status == SUCCEEDED


def _result(child: Execution) -> Any:
    """The child's output; "If a child workflow execution fails, Step Functions returns its execution result unchanged"
    (developer guide, "ResultWriter", WriterConfig)."""
    return json.loads(child.output) if child.output is not None else described(child)
