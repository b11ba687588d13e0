"""How executions end: stopped, and told on the bus.

API reference, StopExecution; Step Functions developer guide, "Automating Step Functions event delivery with
EventBridge".
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.region import Region
from tests.region.steps_machines import ROLE, Machines, eventually, expression, failing, invoke, passing

WAITING = {"Type": "Wait", "Seconds": 3600, "End": True}


def stop(machines: Machines, execution: str) -> None:
    machines.steps.stop_execution(executionArn=execution, error="Enough", cause="by hand")


def test_a_stopped_execution_is_aborted_at_once_and_stays_so(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Wait": WAITING}))
    machines.until(execution, "WaitStateEntered")
    stop(machines, execution)
    described = machines.describe(execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "by hand")
    fresh_region.control.speed = 100_000
    time.sleep(0.3)
    assert machines.describe(execution)["status"] == "ABORTED"
    assert machines.kinds(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]


def test_what_has_ended_is_not_stopped_again(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    execution = machines.start(machines.create({"Give": passing()}))
    ended = machines.ended(execution)
    answer = machines.steps.stop_execution(executionArn=execution)
    assert (answer["stopDate"], machines.describe(execution)["status"]) == (ended["stopDate"], "SUCCEEDED")
    assert machines.kinds(execution)[-1] == "ExecutionSucceeded"


def test_a_function_that_runs_is_let_finish_and_changes_nothing_any_more(fresh_region: Region, deploy: Any) -> None:
    source = """
        import boto3, time
        def handler(event, context):
            time.sleep(1)
            boto3.client("ssm").put_parameter(Name="done", Value="yes", Type="String")
    """
    machines = Machines(fresh_region)
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {"Task": invoke(deploy("task", source), Catch=catch), "Caught": passing()}
    execution = machines.start(machines.create(states))
    machines.until(execution, "TaskStarted")
    stop(machines, execution)
    assert eventually(lambda: fresh_region.client("ssm").get_parameters(Names=["done"])["Parameters"])
    time.sleep(0.2)
    assert machines.describe(execution)["status"] == "ABORTED"
    assert machines.kinds(execution)[-1] == "ExecutionAborted"


def test_what_a_stopped_execution_waits_for_is_stopped_too(fresh_region: Region) -> None:
    """Developer guide, "Run a Job (.sync)": an aborted task's job is cancelled."""
    machines = Machines(fresh_region)
    child = machines.create({"Wait": WAITING})
    sync = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child},
        "End": True,
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Sync",
        "States": {"Sync": sync},
    }
    states = {"Map": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True}}
    parent = machines.start(machines.create(states))
    eventually(lambda: len(machines.steps.list_executions(stateMachineArn=child)["executions"]) == 2)
    stop(machines, parent)

    def statuses() -> set[str]:
        (run,) = machines.steps.list_map_runs(executionArn=parent)["mapRuns"]
        of_map = machines.steps.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        of_child = machines.steps.list_executions(stateMachineArn=child)["executions"]
        run_status = machines.steps.describe_map_run(mapRunArn=run["mapRunArn"])["status"]
        return {run_status, *(one["status"] for one in [*of_map, *of_child])}

    eventually(lambda: statuses() == {"ABORTED"})


def test_a_task_that_times_out_stops_the_execution_it_waits_for(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child = machines.create({"Wait": WAITING})
    sync = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child},
        "TimeoutSeconds": 60,
        "End": True,
    }
    fresh_region.control.speed = 60
    assert machines.run({"Sync": sync})["error"] == "States.Timeout"
    (listed,) = machines.steps.list_executions(stateMachineArn=child)["executions"]
    assert listed["status"] == "ABORTED"


def test_a_deleted_machines_executions_are_terminated(fresh_region: Region) -> None:
    """API reference, DeleteStateMachine."""
    machines = Machines(fresh_region)
    machine = machines.create({"Wait": WAITING})
    execution = machines.start(machine)
    machines.steps.delete_state_machine(stateMachineArn=machine)
    assert machines.ended(execution)["status"] == "ABORTED"


class Bus:
    """Every event of Step Functions on the default bus, by a rule and a queue."""

    def __init__(self, region: Region) -> None:
        self._sqs = region.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="told")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        policy = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": attributes["QueueArn"],
                }
            ]
        }
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": json.dumps(policy)})
        events = region.client("events")
        events.put_rule(Name="told", EventPattern=json.dumps({"source": ["aws.states"]}))
        events.put_targets(Rule="told", Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])
        self._seen: list[Mapping[str, Any]] = []

    def until(self, condition: Callable[[list[Mapping[str, Any]]], Any]) -> Any:
        def look() -> Any:
            found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
            for message in found:
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                self._seen.append(json.loads(message["Body"]))
            return condition(self._seen)

        return eventually(look)


def _timing_out(machines: Machines) -> str:
    machines.region.control.speed = 60
    return machines.start(machines.create({"Wait": WAITING}, TimeoutSeconds=30), {})


def _stopped(machines: Machines) -> str:
    execution = machines.start(machines.create({"Wait": WAITING}), {})
    stop(machines, execution)
    return execution


@pytest.mark.parametrize(
    ("status", "begin", "redrivable"),
    [
        ("SUCCEEDED", lambda machines: machines.start(machines.create({"Give": passing(7)}), {}), False),
        ("FAILED", lambda machines: machines.start(machines.create({"Break": failing()}), {}), True),
        ("TIMED_OUT", _timing_out, True),
        ("ABORTED", _stopped, True),
    ],
)
def test_every_change_of_status_is_told_on_the_bus(
    fresh_region: Region, status: str, begin: Callable[[Machines], str], redrivable: bool
) -> None:
    bus, machines = Bus(fresh_region), Machines(fresh_region)
    execution = begin(machines)
    events = bus.until(lambda seen: seen if len(seen) == 2 else None)
    by_status = {event["detail"]["status"]: event for event in events}
    running, ended = by_status["RUNNING"]["detail"], by_status[status]["detail"]
    assert {event["detail-type"] for event in events} == {"Step Functions Execution Status Change"}
    assert by_status[status]["resources"] == [execution]
    assert (running["executionArn"], running["stopDate"], running["output"]) == (execution, None, None)
    assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    described = machines.describe(execution)
    assert ended["startDate"] == int(described["startDate"].timestamp() * 1000)
    assert ended["stopDate"] == int(described["stopDate"].timestamp() * 1000)
    assert (ended["input"], ended["inputDetails"]) == ("{}", {"included": True})
    assert (ended["output"], ended["error"]) == (described.get("output"), described.get("error"))
    assert ended["redriveStatus"] == ("REDRIVABLE" if redrivable else "NOT_REDRIVABLE")
    assert ended["name"] == execution.rpartition(":")[2]
    assert ended["stateMachineVersionArn"] is None


def test_a_rule_starts_an_execution_with_what_its_transformer_makes(fresh_region: Region) -> None:
    """EventBridge user guide, "Input transformation"; the target is a state machine with a role."""
    machines, events = Machines(fresh_region), fresh_region.client("events")
    machine = machines.create({"Give": passing(expression("$states.input"))})
    events.put_rule(Name="start", EventPattern=json.dumps({"source": ["orders"]}))
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>, "why": "event"}'}
    target = {"Id": "machine", "Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}
    events.put_targets(Rule="start", Targets=[target])
    events.put_events(Entries=[{"Source": "orders", "DetailType": "Placed", "Detail": json.dumps({"id": 12})}])
    (listed,) = eventually(lambda: machines.steps.list_executions(stateMachineArn=machine)["executions"])
    assert json.loads(machines.ended(listed["executionArn"])["output"]) == {"order": 12, "why": "event"}
