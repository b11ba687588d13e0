"""Runs a line of states from where it stands (Amazon States Language, "States" and "Transitions")."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from local.steps import branches, simple_states, tasks
from local.steps.errors import StepError
from local.steps.execution import Execution, Line, shown, text
from local.steps.languages import Outcome, State
from local.steps.map_runs import MapRun
from local.steps.position import Data, Position
from local.steps.resources import Resource
from local.steps.tokens import Tokens
from local.steps.visit import Visit

_KINDS: Mapping[str, Callable[[Visit], Outcome]] = {
    "Choice": simple_states.choose,
    "Fail": simple_states.fail,
    "Pass": simple_states.go_on,
    "Succeed": simple_states.succeed,
    "Wait": simple_states.wait,
    "Task": tasks.run,
    "Parallel": branches.run_parallel,
    "Map": branches.run_map,
}


class Calls(Protocol):
    """What Tasks ask of other services; each raises StepError with the name that Step Functions gives the error."""

    def call(self, resource: Resource, arguments: Data, execution: Execution) -> Data:
        """The result of a call; `execution` is who asks."""

    def offer(self, activity: str, given: Data, token: str) -> None:
        """Puts a task before an activity's workers."""


class Children(Protocol):
    """Executions that an execution starts."""

    def find(self, arn: str) -> Execution:
        """An execution that is there."""

    def stop(self, execution: Execution, error: str, cause: str) -> None:
        """Ends one that runs; no more where it has ended."""

    def add_map_run(self, run: MapRun) -> None:
        """Makes a Map Run known to those who ask for it."""

    def run_item(self, run: MapRun, index: int, given: Data, ended: Callable[[], None]) -> Execution:
        """The child for an item, running: a new one, or the one that is there and is redriven."""


class Runner:
    """What lines need while they run."""

    def __init__(self, calls: Calls, children: Children, tokens: Tokens) -> None:
        self.calls = calls
        self.children = children
        self.tokens = tokens

    def run(self, line: Line, states: Mapping[str, State], position: Position, language: str) -> Data:
        """The output of the state that ends the line. Raises StepError and Halted, with `position` where it stopped."""
        while True:
            state = states[position.state]
            kind = state["Type"]
            entered = line.last
            # A redrive takes up the state as it is; only a Fail state is entered again.
            if not position.resumed or kind == "Fail":
                details = {"name": position.state, **shown("input", position.input)}
                entered = line.record(f"{kind}StateEntered", details)
            line.entered.append(kind)
            visit = Visit(self, line, state, position, language, entered)
            outcome = self._visit(visit)
            line.entered.pop()
            line.record(f"{kind}StateExited", _exit(position.state, outcome))
            if outcome.next is None:
                return outcome.output
            position.move(outcome.next, outcome.output, {**position.variables, **outcome.assigned})

    def input_of(self, execution: Execution) -> Data:
        return json.loads(execution.input)

    def _visit(self, visit: Visit) -> Outcome:
        try:
            outcome = _KINDS[visit.state["Type"]](visit)
            visit.checked(outcome.output)
            visit.checked(outcome.assigned)
        except StepError as error:
            visit.report(error)
            raise
        return outcome


def _exit(name: str, outcome: Outcome) -> dict[str, Any]:
    details = {"name": name, **shown("output", outcome.output)}
    if outcome.assigned:
        details["assignedVariables"] = {key: text(value) for key, value in outcome.assigned.items()}
        details["assignedVariablesDetails"] = {"truncated": False}
    return details
