"""The state machines' definitions, for the tests to look at, and how much history they write."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import yaml

from tests.contracts.stack import ROOT

NAMES: Final = ("migrate", "roll_back", "drain_nodes", "drain_node")
LAMBDA: Final = "arn:${Partition}:states:::lambda:invoke"
TOKEN: Final = f"{LAMBDA}.waitForTaskToken"
NESTED: Final = "arn:${Partition}:states:::states:startExecution.sync:2"

type State = Mapping[str, Any]


@cache
def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "statemachines" / f"{name}.asl.yaml").read_text())
    return found


def states(name: str) -> dict[str, State]:
    found: dict[str, State] = definition(name)["States"]
    return found


def tasks(name: str, resource: str = LAMBDA) -> dict[str, State]:
    """The tasks of one resource."""
    return {key: state for key, state in states(name).items() if state.get("Resource") == resource}


def followers(state: State) -> Iterator[str]:
    """Where it can go on."""
    for each in (state, *state.get("Catch", ()), *state.get("Choices", ())):
        if "Next" in each:
            yield each["Next"]
    if "Default" in state:
        yield state["Default"]


def errors(name: str) -> set[str]:
    """All error names that the machine retries, catches or looks for."""
    found: set[str] = set()
    for state in states(name).values():
        for each in (*state.get("Retry", ()), *state.get("Catch", ())):
            found.update(each["ErrorEquals"])
    return found


# Events of a state's visit: "GetExecutionHistory" and HistoryEvent, Step Functions API Reference. Every state is
# entered and exited; a task is scheduled, started, perhaps submitted, and succeeds; a retry is a failure and a start.
RETRY: Final = 3
_OF_TASKS: Final = {LAMBDA: 5, TOKEN: 6, NESTED: 6}
_OF_A_MAP_RUN: Final = 6


def events_of(state: State) -> int:
    if state["Type"] == "Task":
        return _OF_TASKS.get(state["Resource"], 5)
    return _OF_A_MAP_RUN if state["Type"] == "Map" else 2
