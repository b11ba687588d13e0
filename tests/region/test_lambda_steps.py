"""State machines of the region see functions' errors by their real names, and their own SDK calls are in the log."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.region import Region

Deploy = Callable[..., str]
ROLE = "arn:aws:iam::111122223333:role/tester"


def run(region: Region, definition: dict[str, Any], given: Any = None) -> dict[str, Any]:
    """The ended execution of a state machine."""
    steps = region.client("stepfunctions")
    machine = steps.create_state_machine(
        name=f"m{time.monotonic_ns()}", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    execution = steps.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    deadline = time.monotonic() + 20
    while (ended := steps.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return dict(ended)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("class Busy(Exception): pass\ndef handler(event, context): raise Busy('now')", "Busy"),
        ("import time\ndef handler(event, context): time.sleep(5)", "Sandbox.Timedout"),
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime.ExitError"),
    ],
)
def test_catch_matches_the_real_name_of_an_error(fresh_region: Region, deploy: Deploy, source: str, error: str) -> None:
    """Step Functions developer guide, "Handling errors in Step Functions workflows", "Handling Lambda exceptions"."""
    function = deploy("task", source, Timeout=1)
    ended = run(
        fresh_region,
        {
            "StartAt": "Task",
            "States": {
                "Task": {
                    "Type": "Task",
                    "Resource": function,
                    "Catch": [
                        {"ErrorEquals": ["Other"], "Next": "Wrong"},
                        {"ErrorEquals": [error], "Next": "Right"},
                    ],
                    "End": True,
                },
                "Right": {"Type": "Pass", "Result": "caught", "End": True},
                "Wrong": {"Type": "Fail", "Error": "Wrong"},
            },
        },
    )
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", "caught")


def test_retry_by_name_runs_again_until_it_works_in_simulated_time(fresh_region: Region, deploy: Deploy) -> None:
    source = """
        class NotYet(Exception):
            pass

        tries = []

        def handler(event, context):
            tries.append(1)
            if len(tries) < 3:
                raise NotYet()
            return len(tries)
    """
    function = deploy("task", source)
    fresh_region.control.speed = 100
    retry = {"ErrorEquals": ["NotYet"], "IntervalSeconds": 30, "MaxAttempts": 3, "BackoffRate": 1}
    started = time.monotonic()
    ended = run(
        fresh_region,
        {
            "StartAt": "Task",
            "States": {"Task": {"Type": "Task", "Resource": function, "Retry": [retry], "End": True}},
        },
    )
    assert json.loads(ended["output"]) == 3
    assert 0.6 <= time.monotonic() - started < 10


def test_an_sdk_call_of_a_state_machine_is_in_the_log_and_can_be_made_to_fail(fresh_region: Region) -> None:
    definition = {
        "StartAt": "Look",
        "States": {"Look": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeVpcs", "End": True}},
    }
    assert run(fresh_region, definition, {})["status"] == "SUCCEEDED"
    assert [call.operation for call in fresh_region.control.calls("ec2")] == ["DescribeVpcs"]
    fresh_region.control.fail("ec2", "DescribeVpcs", code="UnauthorizedOperation", status=403, times=99)
    assert run(fresh_region, definition, {})["status"] == "FAILED"
