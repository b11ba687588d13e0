"""What a state machine's role and a rule target's role may do, where identity is enforced.

Step Functions developer guide, "How AWS Step Functions works with IAM" and "Creating granular permissions"; EventBridge
user guide, "Using identity-based policies" (targets with a role).
"""

import json
from typing import Any

import pytest

from local.region import Region
from tests.region.steps_machines import Machines, eventually, invoke, output, passing

ACCOUNT = "arn:aws:iam::111122223333"


def role(region: Region, name: str, *statements: dict[str, Any], service: str = "states") -> str:
    """The ARN of a role with these statements for its policy."""
    iam = region.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return str(made)


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_a_task_may_do_what_the_machines_role_may(fresh_region: Region, deploy: Any) -> None:
    machines = Machines(fresh_region)
    one, other = (deploy(name, "def handler(event, context): return 1") for name in ("one", "other"))
    arn = role(fresh_region, "machine", allow("lambda:InvokeFunction", one))
    fresh_region.control.enforce_identity(True)
    assert output(machines.ended(machines.start(machines.create({"Call": invoke(one)}, role=arn)))) == 1
    denied = machines.ended(machines.start(machines.create({"Call": invoke(other)}, role=arn)))
    assert denied["error"] == "Lambda.AWSLambdaException"
    assert "is not authorized to perform: lambda:InvokeFunction" in denied["cause"]
    assert ":assumed-role/machine/" in denied["cause"]


@pytest.mark.parametrize(
    ("resource", "arguments", "action", "error"),
    [
        ("aws-sdk:ec2:describeVpcs", {}, "ec2:DescribeVpcs", "Ec2.Ec2Exception"),
        (
            "events:putEvents",
            {"Entries": [{"Source": "a", "DetailType": "b", "Detail": {}}]},
            "events:PutEvents",
            "EventBridge.AccessDeniedException",
        ),
        ("aws-sdk:eks:listClusters", {}, "eks:ListClusters", "Eks.AccessDeniedException"),
    ],
)
def test_without_a_permission_a_call_is_denied(
    fresh_region: Region, resource: str, arguments: Any, action: str, error: str
) -> None:
    machines = Machines(fresh_region)
    nothing = role(fresh_region, "nothing")
    enough = role(fresh_region, "enough", allow(action, "*"))
    fresh_region.control.enforce_identity(True)
    states = {"Call": {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}}
    assert machines.ended(machines.start(machines.create(states, role=nothing)))["error"] == error
    assert machines.ended(machines.start(machines.create(states, role=enough)))["status"] == "SUCCEEDED"


def test_a_nested_execution_needs_leave_to_start_that_machine(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    child, stranger = machines.create({"Give": passing(1)}), machines.create({"Give": passing(2)})
    arn = role(fresh_region, "parent", allow("states:StartExecution", child))
    fresh_region.control.enforce_identity(True)

    def run(machine: str) -> dict[str, Any]:
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": machine},
            "End": True,
        }
        return machines.ended(machines.start(machines.create({"Run": state}, role=arn)))

    assert output(run(child))["Output"] == 1
    assert run(stranger)["error"] == "StepFunctions.AWSStepFunctionsException"


def test_a_rule_starts_a_machine_by_its_targets_role(fresh_region: Region) -> None:
    machines, events = Machines(fresh_region), fresh_region.client("events")
    may, may_not = machines.create({"Give": passing(1)}), machines.create({"Give": passing(2)})
    arn = role(fresh_region, "rule", allow("states:StartExecution", may), service="events")
    events.put_rule(Name="go", EventPattern=json.dumps({"source": ["orders"]}))
    targets = [{"Id": name, "Arn": machine, "RoleArn": arn} for name, machine in (("a", may_not), ("b", may))]
    events.put_targets(Rule="go", Targets=targets)
    fresh_region.control.enforce_identity(True)
    events.put_events(Entries=[{"Source": "orders", "DetailType": "Placed", "Detail": "{}"}])
    assert eventually(lambda: machines.steps.list_executions(stateMachineArn=may)["executions"])
    assert machines.steps.list_executions(stateMachineArn=may_not)["executions"] == []
