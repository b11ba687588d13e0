"""The deployed function plans in the region, with the permissions that the template gives it and no more."""

import json
from typing import Any

import pytest

from demo.stack import ROOT, Stack

NEW: dict[str, Any] = {
    "subnets": [{"name": "a", "zone": "eu-west-1a", "cidr": "10.0.0.0/20"}],
    "nodeGroups": [{"name": "web", "instanceType": "m5.huge", "nodes": 4, "pods": 10, "subnets": ["a"]}],
}
"""Its type is in no table, and the region's EC2 does not know it either."""


def invoke(stack: Stack, event: Any) -> tuple[dict[str, Any], list[str]]:
    """What the function answers, and which calls it makes meanwhile."""
    function = stack.outputs["PlanCapacityFunction"]
    before = max((call.number for call in stack.region.control.calls()), default=0)
    answer = stack.region.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    made = stack.region.control.calls(function=function, after=before)
    return json.load(answer["Payload"]), [f"{call.service}:{call.operation}" for call in made]


@pytest.mark.parametrize("sample", ["plan_capacity", "plan_capacity-summary"])
def test_a_plan_is_made_without_a_call(stack: Stack, sample: str) -> None:
    said, made = invoke(stack, json.loads((ROOT / "events" / "lambda" / f"{sample}.json").read_text()))
    assert (said["document"], said["fits"], made) == ("good", True, [])


def test_a_type_that_is_not_in_the_table_is_asked_from_ec2_once(stack: Stack) -> None:
    said, made = invoke(stack, {"document": NEW})
    assert made == ["ec2:DescribeInstanceTypes"]
    (mistake,) = said["mistakes"]
    assert mistake.startswith('nodeGroups[0].instanceType: unknown instance type "m5.huge"')


def test_what_ec2_refuses_is_the_function_s_error_by_name(stack: Stack) -> None:
    """The function's error is the state machine's: "Handling errors in Step Functions workflows", AWS Step Functions
    Developer Guide."""
    control = stack.region.control
    control.fail("ec2", "DescribeInstanceTypes", code="RequestLimitExceeded", status=503, times=4)
    said, _ = invoke(stack, {"document": NEW})
    assert said["errorType"] == "Throttled"
    control.fail("ec2", "DescribeInstanceTypes", code="UnauthorizedOperation", status=403)
    said, _ = invoke(stack, {"document": NEW})
    assert said["errorType"] == "AccessDenied"


def test_a_plan_that_no_state_machine_could_take_comes_in_short(stack: Stack) -> None:
    many = [
        {"name": f"subnet-{place:017x}", "zone": "eu-west-1a", "cidr": f"10.{place // 16}.{place % 16 * 16}.0/20"}
        for place in range(500)
    ]
    document = {
        "subnets": many,
        "nodeGroups": [
            {
                **NEW["nodeGroups"][0],
                "instanceType": "m5.large",
                "nodes": 5000,
                "subnets": [each["name"] for each in many],
            }
        ],
    }
    full, _ = invoke(stack, {"document": document})
    short, _ = invoke(stack, {"document": document, "detail": "summary"})
    assert len(json.dumps(full)) > 256 * 1024 > len(json.dumps(short))
    assert {each["name"]: each["left"] for each in short["subnets"]} == {
        each["name"]: each["left"] for each in full["subnets"]
    }
