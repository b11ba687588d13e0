"""Starting executions: names, idempotency, inputs, lists.

API reference, StartExecution, ListExecutions, DescribeStateMachineForExecution; Step Functions developer guide, "Step
Functions service quotas".
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from tests.region.steps_machines import ROLE, Machines, eventually, passing

WAITING = {"Type": "Wait", "Seconds": 3600, "End": True}
DAY = 86400


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Wait": WAITING})
    request = {"stateMachineArn": machine, "name": "run-1", "input": '{"a":1}'}
    first, second = (machines.steps.start_execution(**request) for _ in range(2))
    assert (second["executionArn"], second["startDate"]) == (first["executionArn"], first["startDate"])
    assert len(machines.steps.list_executions(stateMachineArn=machine)["executions"]) == 1
    with refused("ExecutionAlreadyExists"):
        machines.steps.start_execution(**{**request, "input": '{"a":2}'})


def test_a_closed_executions_name_is_taken_for_90_days(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Give": passing()})
    machines.ended(machines.start(machine, name="run-1"))
    with refused("ExecutionAlreadyExists"):
        machines.start(machine, name="run-1")
    fresh_region.control.speed = 90 * DAY * 2

    def start() -> str | None:
        try:
            return machines.start(machine, name="run-1")
        except ClientError:
            return None

    assert eventually(start)


@pytest.mark.parametrize("name", ["x" * 81, "with space", "a/b", "a:b", "a*"])
def test_names_that_cannot_be(fresh_region: Region, name: str) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Give": passing()})
    with refused("(InvalidName|ValidationException)"):
        machines.start(machine, name=name)


def test_what_cannot_be_started(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Give": passing()})
    with refused("StateMachineDoesNotExist"):
        machines.start(machine + "x")
    with refused("InvalidExecutionInput"):
        machines.steps.start_execution(stateMachineArn=machine, input="no json")
    with refused("ValidationException"):
        machines.steps.start_execution(stateMachineArn=machine, input=json.dumps("ü" * 140_000, ensure_ascii=False))
    assert machines.ended(machines.start(machine, "x" * 200_000))["status"] == "SUCCEEDED"
    with refused("ExecutionDoesNotExist"):
        machines.describe(machine.replace("stateMachine", "execution") + ":nobody")
    with refused("InvalidArn"):
        machines.describe("nobody")


def test_a_state_gives_no_more_than_256_kib(fresh_region: Region) -> None:
    states = {"Twice": passing("{% $states.input & $states.input %}")}
    ended = Machines(fresh_region).run(states, "x" * 140_000)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_executions_are_listed_the_latest_first_in_pages_and_by_status(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Give": passing()})
    for number in range(5):
        machines.ended(machines.start(machine, name=f"run-{number}"))
    page = machines.steps.list_executions(stateMachineArn=machine, maxResults=2)
    machines.ended(machines.start(machine, name="run-5"))
    rest = machines.steps.list_executions(stateMachineArn=machine, maxResults=10, nextToken=page["nextToken"])
    names = [one["name"] for one in [*page["executions"], *rest["executions"]]]
    assert names == ["run-4", "run-3", "run-2", "run-1", "run-0"]
    assert machines.steps.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"] == []
    with refused("InvalidToken"):
        machines.steps.list_executions(stateMachineArn=machine, statusFilter="RUNNING", nextToken=page["nextToken"])


def test_an_execution_keeps_the_definition_it_began_with(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Give"}, "Give": passing("old")})
    execution = machines.start(machine)
    machines.until(execution, "WaitStateEntered")
    new = {"QueryLanguage": "JSONata", "StartAt": "Give", "States": {"Give": passing("new")}}
    machines.steps.update_state_machine(stateMachineArn=machine, definition=json.dumps(new), roleArn=ROLE)
    fresh_region.control.speed = 600
    assert json.loads(machines.ended(execution)["output"]) == "old"
    told = machines.steps.describe_state_machine_for_execution(executionArn=execution)
    assert "Wait" in json.loads(told["definition"])["States"]


def test_an_alias_runs_its_version(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    machine = machines.create({"Give": passing("one")})
    version = machines.steps.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = machines.steps.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    new = {"QueryLanguage": "JSONata", "StartAt": "Give", "States": {"Give": passing("two")}}
    machines.steps.update_state_machine(stateMachineArn=machine, definition=json.dumps(new), roleArn=ROLE)
    ended = machines.ended(machines.start(alias))
    assert json.loads(ended["output"]) == "one"
    assert (ended["stateMachineVersionArn"], ended["stateMachineAliasArn"]) == (version, alias)
