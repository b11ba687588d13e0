"""Tasks that wait: tokens, heartbeats, time-outs, executions that are waited for.

Amazon States Language, "Task State"; Step Functions developer guide, "Discover service integration patterns in Step
Functions"; API reference, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat.
"""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from tests.region.steps_machines import Machines, eventually, expression, failing, output, passing


def asking(queue: str, **more: Any) -> dict[str, Any]:
    """A Task that puts its token into a queue and waits for an answer."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": queue, "MessageBody": {"token": expression("$states.context.Task.Token")}},
        "End": True,
        **more,
    }


class Approval:
    """An execution that waits for an answer."""

    def __init__(self, region: Region, **more: Any) -> None:
        self.machines = Machines(region)
        self.sqs = region.client("sqs")
        self.queue = self.sqs.create_queue(QueueName="approvals")["QueueUrl"]
        states = {"Ask": asking(self.queue, **more), "Caught": passing(expression("$states.input.Error"))}
        if "Catch" not in more:
            del states["Caught"]
        self.execution = self.machines.start(self.machines.create(states))

    def token(self) -> str:
        (message,) = eventually(lambda: self.sqs.receive_message(QueueUrl=self.queue).get("Messages"))
        return str(json.loads(message["Body"])["token"])


def test_an_answer_ends_the_task_and_the_token(fresh_region: Region) -> None:
    approval = Approval(fresh_region)
    steps, token = approval.machines.steps, approval.token()
    steps.send_task_success(taskToken=token, output=json.dumps({"approved": True}))
    assert output(approval.machines.ended(approval.execution)) == {"approved": True}
    assert approval.machines.kinds(approval.execution)[1:-1] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]
    with pytest.raises(ClientError, match="TaskTimedOut"):
        steps.send_task_heartbeat(taskToken=token)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        steps.send_task_failure(taskToken=token)
    with pytest.raises(ClientError, match="InvalidToken"):
        steps.send_task_success(taskToken="unknown", output="{}")


def test_a_failure_is_the_tasks_own(fresh_region: Region) -> None:
    approval = Approval(fresh_region)
    approval.machines.steps.send_task_failure(taskToken=approval.token(), error="Refused", cause="by hand")
    ended = approval.machines.ended(approval.execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Refused", "by hand")


def test_an_output_that_is_no_json_is_refused_and_the_task_waits_on(fresh_region: Region) -> None:
    approval = Approval(fresh_region)
    token = approval.token()
    with pytest.raises(ClientError, match="InvalidOutput"):
        approval.machines.steps.send_task_success(taskToken=token, output="approved")
    approval.machines.steps.send_task_success(taskToken=token, output="1")
    assert output(approval.machines.ended(approval.execution)) == 1


def test_without_an_answer_the_task_times_out(fresh_region: Region) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    approval = Approval(fresh_region, TimeoutSeconds=expression("300 + 300"), Catch=catch)
    token = approval.token()
    fresh_region.control.speed = 600
    assert output(approval.machines.ended(approval.execution)) == "States.Timeout"
    events = {event["type"]: event for event in approval.machines.history(approval.execution)}
    assert events["TaskScheduled"]["taskScheduledEventDetails"]["timeoutInSeconds"] == 600
    assert events["TaskTimedOut"]["taskTimedOutEventDetails"]["error"] == "States.Timeout"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        approval.machines.steps.send_task_success(taskToken=token, output="{}")


@pytest.mark.parametrize("name", ["States.HeartbeatTimeout", "States.Timeout"])
def test_heartbeats_keep_a_task_and_their_end_is_caught(fresh_region: Region, name: str) -> None:
    """Developer guide, "Error names": either name catches it; the error itself is States.Timeout, as measured."""
    catch = [{"ErrorEquals": [name], "Next": "Caught"}]
    approval = Approval(fresh_region, HeartbeatSeconds=60, TimeoutSeconds=86400, Catch=catch)
    token = approval.token()
    fresh_region.control.speed = 60
    for _ in range(4):
        time.sleep(0.5)
        approval.machines.steps.send_task_heartbeat(taskToken=token)
    assert approval.machines.describe(approval.execution)["status"] == "RUNNING"
    assert output(approval.machines.ended(approval.execution)) == "States.Timeout"
    events = {event["type"]: event for event in approval.machines.history(approval.execution)}
    assert events["TaskScheduled"]["taskScheduledEventDetails"]["heartbeatInSeconds"] == 60


def test_a_function_may_be_called_with_a_token(fresh_region: Region, deploy: Any) -> None:
    source = """
        import boto3, json
        def handler(event, context):
            boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output=json.dumps(event["n"] + 1))
    """
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": deploy("task", source),
            "Payload": {"token": expression("$states.context.Task.Token"), "n": 1},
        },
        "End": True,
    }
    assert output(Machines(fresh_region).run({"Ask": state})) == 2


def test_a_function_that_takes_too_long_is_left_to_itself(fresh_region: Region, deploy: Any) -> None:
    function = deploy("slow", "import time\ndef handler(event, context): time.sleep(3)")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function},
        "TimeoutSeconds": 1,
        "End": True,
    }
    machines = Machines(fresh_region)
    started = time.monotonic()
    execution = machines.start(machines.create({"Call": state}))
    assert machines.ended(execution)["error"] == "States.Timeout"
    assert time.monotonic() - started < 2.5
    assert machines.kinds(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


def test_the_machines_own_time_out_ends_the_execution_whatever_would_be_caught(fresh_region: Region) -> None:
    """Amazon States Language, "Top-level fields", TimeoutSeconds."""
    machines = Machines(fresh_region)
    inner = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    state = {
        "Type": "Parallel",
        "Branches": [inner],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "Next": "Caught",
    }
    fresh_region.control.speed = 60
    execution = machines.start(machines.create({"Both": state, "Caught": passing()}, TimeoutSeconds=30))
    assert machines.ended(execution)["status"] == "TIMED_OUT"
    assert machines.kinds(execution)[-1] == "ExecutionTimedOut"


def nested(child: str, pattern: str = ".sync:2", **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Arguments": {"StateMachineArn": child, "Input": {"n": 1}, **more.pop("Arguments", {})},
        "End": True,
        **more,
    }


def test_an_execution_is_waited_for_and_its_output_comes_as_json(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = machines.create({"Give": passing(expression("$states.input.n + 1"))})
    parent = machines.start(machines.create({"Run": nested(child, Output=expression("$states.result"))}))
    result = output(machines.ended(parent))
    assert (result["Status"], result["Output"], result["Input"]) == ("SUCCEEDED", 2, {"n": 1})
    assert machines.kinds(parent)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    as_text = machines.run({"Run": nested(child, ".sync")})
    assert output(as_text)["Output"] == "2"
    at_once = machines.run({"Run": nested(child, "")})
    assert output(at_once)["ExecutionArn"].startswith(child.replace("stateMachine", "execution"))


def test_an_execution_that_fails_fails_its_task(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = machines.create({"Break": failing("Broken", "inside")})
    ended = machines.run({"Run": nested(child)})
    cause = json.loads(ended["cause"])
    assert (ended["error"], cause["Status"], cause["Error"], cause["Cause"]) == (
        "States.TaskFailed",
        "FAILED",
        "Broken",
        "inside",
    )


def test_the_name_of_a_nested_execution_is_free_once(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = machines.create({"Give": passing()})
    state = nested(child, Arguments={"Name": "drain-1"})
    assert machines.run({"Run": state})["status"] == "SUCCEEDED"
    again = machines.run({"Run": state})
    assert again["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_an_activity_gets_its_task(fresh_region: Region) -> None:
    """API reference, GetActivityTask."""
    machines = Machines(fresh_region)
    activity = machines.steps.create_activity(name="worker")["activityArn"]
    state = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 60, "End": True}
    execution = machines.start(machines.create({"Work": state}), {"n": 1})
    task = machines.steps.get_activity_task(activityArn=activity)
    assert json.loads(task["input"]) == {"n": 1}
    machines.steps.send_task_success(taskToken=task["taskToken"], output="2")
    assert output(machines.ended(execution)) == 2
