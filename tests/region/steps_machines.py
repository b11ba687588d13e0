"""State machines for tests: made, run to their end, and looked at."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.region import Region

ROLE = "arn:aws:iam::111122223333:role/tester"
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Machines:
    """Step Functions of a region, with definitions in JSONata unless they say otherwise."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.steps = region.client("stepfunctions")

    def create(self, states: Mapping[str, Any], role: str = ROLE, **more: Any) -> str:
        """The ARN of a machine of these states, the first of them its start."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
        name = f"m{time.monotonic_ns()}"
        made = self.steps.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
        return str(made["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        """The ARN of a new execution."""
        started = self.steps.start_execution(stateMachineArn=machine, input=json.dumps(given), **more)
        return str(started["executionArn"])

    def run(self, states: Mapping[str, Any], given: Any = None, **more: Any) -> dict[str, Any]:
        """The ended execution of a machine of these states."""
        return self.ended(self.start(self.create(states, **more), given))

    def describe(self, execution: str) -> dict[str, Any]:
        return dict(self.steps.describe_execution(executionArn=execution))

    def ended(self, execution: str) -> dict[str, Any]:
        eventually(lambda: self.describe(execution)["status"] in _ENDED)
        return self.describe(execution)

    def history(self, execution: str) -> list[dict[str, Any]]:
        pages = self.steps.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def kinds(self, execution: str) -> list[str]:
        """The types of the events, in their order."""
        return [event["type"] for event in self.history(execution)]

    def until(self, execution: str, kind: str, count: int = 1) -> None:
        """Waits for the n-th event of a type."""
        eventually(lambda: self.kinds(execution).count(kind) >= count)


def output(ended: Mapping[str, Any]) -> Any:
    """What a succeeded execution gave."""
    assert ended["status"] == "SUCCEEDED", {key: ended.get(key) for key in ("status", "error", "cause")}
    return json.loads(ended["output"])


def expression(text: str) -> str:
    return "{% " + text + " %}"


def passing(value: Any = None, **more: Any) -> dict[str, Any]:
    """A Pass state that ends, with an output."""
    return {
        "Type": "Pass",
        **({} if value is None else {"Output": value}),
        **({} if "Next" in more else {"End": True}),
        **more,
    }


def failing(error: str = "Broken", cause: str = "as told") -> dict[str, Any]:
    return {"Type": "Fail", "Error": error, "Cause": cause}


def invoke(function: str, **more: Any) -> dict[str, Any]:
    """A Task that calls a function with the state's input and gives what it returned."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": expression("$states.input")},
        "Output": expression("$states.result.Payload"),
        **({} if "Next" in more else {"End": True}),
        **more,
    }


def eventually(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """What `condition` gives once it is something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.02)
    return found
