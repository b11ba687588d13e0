"""RedriveExecution: an execution goes on where it stopped.

API reference, RedriveExecution; Step Functions developer guide, "Restarting state machine executions with redrive" and
"Redriving Map Runs".
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from tests.region.steps_machines import Machines, eventually, expression, failing, invoke, output, passing

# Fails until the parameter of the event's name is there; counts its calls by another one.
SOURCE = """
    import boto3
    ssm = boto3.client("ssm")

    class NotYet(Exception):
        pass

    def handler(event, context):
        name = f"count-{event['name']}"
        found = ssm.get_parameters(Names=[name, f"mended-{event['name']}"])["Parameters"]
        values = {one["Name"]: one["Value"] for one in found}
        ssm.put_parameter(Name=name, Value=str(int(values.get(name, 0)) + 1), Type="String", Overwrite=True)
        if f"mended-{event['name']}" not in values:
            raise NotYet(event["name"])
        return event["name"]
"""


class Flaky:
    """A function that fails for a name until that is mended."""

    def __init__(self, region: Region, deploy: Callable[..., str]) -> None:
        self.arn = deploy("flaky", SOURCE)
        self._ssm = region.client("ssm")

    def mend(self, *names: str) -> None:
        for name in names:
            self._ssm.put_parameter(Name=f"mended-{name}", Value="yes", Type="String")

    def calls(self, name: str) -> int:
        found = self._ssm.get_parameters(Names=[f"count-{name}"])["Parameters"]
        return int(found[0]["Value"]) if found else 0

    def state(self, **more: Any) -> dict[str, Any]:
        return invoke(self.arn, **more)


def redrive(machines: Machines, execution: str) -> dict[str, Any]:
    machines.steps.redrive_execution(executionArn=execution)
    return machines.ended(execution)


def test_the_failed_task_runs_again_with_its_input_and_variables(fresh_region: Region, deploy: Any) -> None:
    machines, flaky = Machines(fresh_region), Flaky(fresh_region, deploy)
    flaky.mend("first")
    states = {
        "Set": {
            "Type": "Pass",
            "Assign": {"kept": expression("$uuid()")},
            "Output": {"name": "first"},
            "Next": "First",
        },
        "First": flaky.state(Output={"name": "second"}, Next="Second"),
        "Second": flaky.state(Output=expression("[$states.result.Payload, $kept]")),
    }
    execution = machines.start(machines.create(states))
    failed = machines.ended(execution)
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    before = machines.history(execution)
    kept = before[2]["stateExitedEventDetails"]["assignedVariables"]["kept"].strip('"')
    flaky.mend("second")
    ended = redrive(machines, execution)
    assert output(ended) == ["second", kept]
    assert (ended["redriveCount"], ended["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    assert ended["redriveDate"] > failed["stopDate"]
    assert (flaky.calls("first"), flaky.calls("second")) == (1, 2)
    after = machines.history(execution)
    assert after[: len(before)] == before
    assert [event["type"] for event in after[len(before) :]] == [
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert after[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}


def test_retries_begin_anew(fresh_region: Region, deploy: Any) -> None:
    """ "the retry attempt count for these states is reset to 0" """
    machines, flaky = Machines(fresh_region), Flaky(fresh_region, deploy)
    fresh_region.control.speed = 50
    retry = [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    execution = machines.start(machines.create({"Task": flaky.state(Retry=retry)}), {"name": "a"})
    machines.ended(execution)
    assert redrive(machines, execution)["status"] == "FAILED"
    assert flaky.calls("a") == 6
    assert machines.describe(execution)["redriveCount"] == 1


def test_only_branches_and_iterations_that_failed_or_were_stopped_run_again(fresh_region: Region, deploy: Any) -> None:
    machines, flaky = Machines(fresh_region), Flaky(fresh_region, deploy)
    flaky.mend("a", "b")
    each = {
        "Type": "Map",
        "Items": [{"name": "b"}, {"name": "c"}],
        "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "Item", "States": {"Item": flaky.state()}},
        "End": True,
    }
    branches = [
        {"StartAt": "Done", "States": {"Done": flaky.state()}},
        {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 60, "Next": "Each"}, "Each": each}},
    ]
    fresh_region.control.speed = 40
    states = {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}
    execution = machines.start(machines.create(states), {"name": "a"})
    assert machines.ended(execution)["error"] == "NotYet"
    flaky.mend("c")
    assert output(redrive(machines, execution)) == ["a", ["b", "c"]]
    assert [flaky.calls(name) for name in "abc"] == [1, 1, 2]


def test_a_map_run_is_redriven_with_its_unsuccessful_children(fresh_region: Region, deploy: Any) -> None:
    machines, flaky = Machines(fresh_region), Flaky(fresh_region, deploy)
    flaky.mend("a")
    state = {
        "Type": "Map",
        "Items": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
        "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Item",
            "States": {"Item": flaky.state()},
        },
        "End": True,
    }
    execution = machines.start(machines.create({"Map": state}))
    assert machines.ended(execution)["error"] == "States.ExceedToleratedFailureThreshold"
    (run,) = machines.steps.list_map_runs(executionArn=execution)["mapRuns"]
    flaky.mend("b", "c")
    assert output(redrive(machines, execution)) == ["a", "b", "c"]
    described = machines.steps.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    children = machines.steps.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(child["redriveCount"] for child in children) == [0, 0, 1]
    assert [flaky.calls(name) for name in "abc"] == [1, 2, 1]
    assert "MapRunRedriven" in machines.kinds(execution)


def test_stopped_and_timed_out_executions_go_on_too_and_the_time_out_begins_anew(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    states = {"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Give"}, "Give": passing("through")}
    stopped = machines.start(machines.create(states))
    machines.until(stopped, "WaitStateEntered")
    machines.steps.stop_execution(executionArn=stopped)
    fresh_region.control.speed = 60
    assert output(redrive(machines, stopped)) == "through"
    timed_out = machines.start(machines.create(states, TimeoutSeconds=40))
    assert machines.ended(timed_out)["status"] == "TIMED_OUT"
    assert redrive(machines, timed_out)["status"] == "TIMED_OUT"
    assert machines.kinds(timed_out).count("ExecutionTimedOut") == 2


def test_after_a_catch_a_fail_state_fails_again(fresh_region: Region) -> None:
    """ "Reenters the Fail state and fails again." """
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Broken": failing()}))
    machines.ended(execution)
    assert redrive(machines, execution)["error"] == "Broken"
    assert machines.kinds(execution) == [
        "ExecutionStarted",
        "FailStateEntered",
        "ExecutionFailed",
        "ExecutionRedriven",
        "FailStateEntered",
        "ExecutionFailed",
    ]
    (listed,) = machines.steps.list_executions(
        stateMachineArn=machines.describe(execution)["stateMachineArn"], redriveFilter="REDRIVEN"
    )["executions"]
    assert listed["redriveCount"] == 1


def test_what_cannot_be_redriven(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    succeeded = machines.start(machines.create({"Give": passing()}))
    machines.ended(succeeded)
    running = machines.start(machines.create({"Wait": {"Type": "Wait", "Seconds": 10 * 365 * 86400, "End": True}}))
    failed = machines.start(machines.create({"Break": failing()}))
    machines.ended(failed)
    for execution in (succeeded, running):
        with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
            machines.steps.redrive_execution(executionArn=execution)
    fresh_region.control.speed = 15 * 86400
    ended = eventually(
        lambda: found if (found := machines.describe(failed))["redriveStatus"] == "NOT_REDRIVABLE" else None
    )
    assert ended["redriveStatusReason"] == "Execution redrivable period exceeded"
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        machines.steps.redrive_execution(executionArn=failed)
