"""Retry and Catch.

Amazon States Language, "Errors"; Step Functions developer guide, "Handling errors in Step Functions workflows".
"""

import json
import time
from typing import Any

import pytest

from local.region import Region
from local.steps.errors import StepError
from local.steps.retries import Retries, wait_before
from tests.region.steps_machines import Machines, eventually, expression, invoke, output, passing


@pytest.mark.parametrize(
    ("retrier", "waits"),
    [
        ({}, [1, 2, 4, 8]),
        ({"IntervalSeconds": 30, "BackoffRate": 1}, [30, 30, 30]),
        ({"IntervalSeconds": 60, "BackoffRate": 2}, [60, 120, 240]),
        ({"IntervalSeconds": 3, "BackoffRate": 2, "MaxDelaySeconds": 10}, [3, 6, 10, 10]),
    ],
)
def test_waits_grow_by_the_rate_up_to_the_greatest_delay(retrier: dict[str, Any], waits: list[float]) -> None:
    assert [wait_before(retrier, attempt) for attempt in range(1, len(waits) + 1)] == waits


def test_full_jitter_waits_any_time_up_to_the_delay() -> None:
    waits = [wait_before({"IntervalSeconds": 10, "BackoffRate": 1, "JitterStrategy": "FULL"}, 1) for _ in range(200)]
    assert 0 <= min(waits) < 3
    assert 7 < max(waits) <= 10


def test_the_first_retrier_that_matches_decides_and_each_counts_its_own_attempts() -> None:
    retriers = [
        {"ErrorEquals": ["Busy"], "MaxAttempts": 1, "IntervalSeconds": 5},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "IntervalSeconds": 7, "BackoffRate": 1},
    ]
    retries = Retries({"Retry": retriers})
    assert [retries.delay(StepError(name)) for name in ("Busy", "Other", "Busy", "Other", "Other")] == [
        5,
        7,
        None,
        7,
        None,
    ]
    assert retries.count == 3


@pytest.mark.parametrize(
    ("error", "names", "matches"),
    [
        ("Busy", ["Busy"], True),
        ("Busy", ["Other", "States.TaskFailed"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.Timeout", ["States.ALL"], True),
        ("States.DataLimitExceeded", ["States.ALL"], False),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
        ("States.Runtime", ["States.ALL"], False),
        ("States.Runtime", ["States.Runtime"], False),
        ("States.Runtime", ["States.TaskFailed"], False),
    ],
)
def test_which_names_match_which_error(error: str, names: list[str], matches: bool) -> None:
    """ "States.ALL can't catch the States.DataLimitExceeded terminal error or Runtime error types." """
    assert StepError(error).matches(names) is matches


def test_a_function_is_tried_again_after_its_own_exception_and_the_history_shows_each_attempt(
    fresh_region: Region, deploy: Any
) -> None:
    source = """
        class NotYet(Exception):
            pass

        tries = []

        def handler(event, context):
            tries.append(1)
            if len(tries) < 3:
                raise NotYet("soon")
            return len(tries)
    """
    machines = Machines(fresh_region)
    fresh_region.control.speed = 200
    retry = [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 100, "BackoffRate": 1}]
    state = invoke(deploy("task", source), Retry=retry)
    started = time.monotonic()
    execution = machines.start(machines.create({"Task": state}))
    assert output(machines.ended(execution)) == 3
    # Twice 100 s: no cap of a minute.
    assert time.monotonic() - started >= 1
    attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert machines.kinds(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        *attempt,
        *attempt,
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    failed = next(event for event in machines.history(execution) if event["type"] == "TaskFailed")
    details = failed["taskFailedEventDetails"]
    assert (details["resourceType"], details["resource"], details["error"]) == ("lambda", "invoke", "NotYet")
    assert json.loads(details["cause"])["errorMessage"] == "soon"


def test_a_change_of_speed_counts_for_a_wait_that_is_under_way(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}))
    machines.until(execution, "WaitStateEntered")
    fresh_region.control.speed = 3600
    started = time.monotonic()
    assert machines.ended(execution)["status"] == "SUCCEEDED"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ("TooManyRequestsException", 429, "Lambda.TooManyRequestsException"),
        ("ServiceException", 500, "Lambda.ServiceException"),
        ("SubnetIPAddressLimitReachedException", 502, "Lambda.SubnetIPAddressLimitReachedException"),
        ("ResourceNotReadyException", 502, "Lambda.ResourceNotReadyException"),
        ("AccessDeniedException", 403, "Lambda.AWSLambdaException"),
    ],
)
def test_errors_of_lambda_itself_have_their_names(
    fresh_region: Region, deploy: Any, code: str, status: int, name: str
) -> None:
    """Developer guide, "Handling errors", "Lambda service exceptions"; a code that Lambda's API does not model is
    AWSLambdaException."""
    machines = Machines(fresh_region)
    function = deploy("task", "def handler(event, context): return 1")
    fresh_region.control.fail("lambda", "Invoke", code=code, status=status, times=2)
    state = invoke(function, Retry=[{"ErrorEquals": [name], "IntervalSeconds": 1, "MaxAttempts": 1}])
    fresh_region.control.speed = 50
    ended = machines.run({"Task": state})
    assert (ended["status"], ended["error"]) == ("FAILED", name)
    assert output(machines.run({"Task": state})) == 1


def test_a_function_that_is_not_there(fresh_region: Region) -> None:
    ended = Machines(fresh_region).run({"Task": invoke("nobody")})
    assert ended["error"] == "Lambda.ResourceNotFoundException"
    assert "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException;" in ended["cause"]


def test_a_catcher_assigns_and_gives_the_error(fresh_region: Region, deploy: Any) -> None:
    function = deploy("task", "class Gone(Exception): pass\ndef handler(event, context): raise Gone('away')")
    catcher = {
        "ErrorEquals": ["Gone"],
        "Assign": {"error": expression("$states.errorOutput.Error")},
        "Output": expression("$parse($states.errorOutput.Cause).errorMessage"),
        "Next": "Look",
    }
    states = {
        "Task": invoke(function, Catch=[catcher]),
        "Look": passing(expression("[$states.input, $error]")),
    }
    assert output(Machines(fresh_region).run(states)) == ["away", "Gone"]


def test_a_result_that_is_too_large_is_caught_by_its_own_name_only(fresh_region: Region, deploy: Any) -> None:
    """Developer guide, "Step Functions service quotas": 256 KiB of UTF-8."""
    machines = Machines(fresh_region)
    large = deploy("large", "def handler(event, context): return 'x' * 300_000")
    catch_all = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    ended = machines.run({"Task": invoke(large, Catch=catch_all), "Caught": passing("caught")})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")
    by_name = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught"}]
    assert output(machines.run({"Task": invoke(large, Catch=by_name), "Caught": passing("caught")})) == "caught"


def test_a_task_is_tried_again_while_its_arguments_fail(fresh_region: Region) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ec2:describeVpcs",
        "Arguments": {"VpcIds": expression("$states.context.State.RetryCount = 0 ? $missing : []")},
        "Output": "looked",
        "Retry": [{"ErrorEquals": ["States.QueryEvaluationError"], "IntervalSeconds": 1}],
        "End": True,
    }
    machines = Machines(fresh_region)
    fresh_region.control.speed = 50
    execution = machines.start(machines.create({"Look": state}))
    assert output(machines.ended(execution)) == "looked"
    assert eventually(lambda: machines.kinds(execution)).count("EvaluationFailed") == 1
