"""Which definitions CreateStateMachine takes and which it refuses.

Amazon States Language; API reference, CreateStateMachine, InvalidDefinition.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from local.steps.definition_fields import DefinitionError
from local.steps.definitions import check
from tests.region.steps_machines import ROLE, Machines, expression, failing, invoke, passing

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def machine(states: dict[str, Any], **more: Any) -> str:
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more})


def mapped(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": {"StartAt": next(iter(inner)), "States": inner}, "End": True, **more}


def test_what_is_right_is_taken() -> None:
    states = {
        "Call": invoke(FUNCTION, Next="Choose", Retry=[{"ErrorEquals": ["A"]}, {"ErrorEquals": ["States.ALL"]}]),
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$states.input > 1"), "Next": "Wait"}],
            "Default": "Broken",
        },
        "Wait": {"Type": "Wait", "Seconds": expression("$states.input"), "Next": "Each"},
        "Each": mapped({"In": passing()}, Next="Both"),
        "Both": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": passing()}}], "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Broken": failing(),
    }
    del states["Each"]["End"]
    check(machine(states))
    check(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "OutputPath": "$", "End": True}}}))


ALL = {"ErrorEquals": ["States.ALL"]}
DISTRIBUTED = {
    "Type": "Map",
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "In", "States": {"In": passing()}},
    "End": True,
}


@pytest.mark.parametrize(
    ("definition", "mistake"),
    [
        ("no json", "INVALID_JSON_DESCRIPTION"),
        ("[]", "Definition must be a valid JSON object"),
        ("{}", "These fields are required: [States, StartAt]"),
        (machine({"A": passing()}, StartAt="B"), "Missing 'StartAt' target: B"),
        (machine({"A": {"Type": "Pass", "Next": "B"}}), "Missing 'Next' target: B"),
        (machine({"A": {"Type": "Pass"}}), "MISSING_END_STATE"),
        (machine({"A": {"Type": "Pass", "Next": "A", "End": True}}), "MISSING_END_STATE"),
        (machine({"A": {"Type": "Pas", "End": True}}), "State type is not one of"),
        (machine({"A": passing(), "B": passing()}), 'State "B" is not reachable'),
        (machine({"A": {"Type": "Task", "End": True}}), "[Resource]"),
        (machine({"A": {"Type": "Task", "Resource": "nothing", "End": True}}), "is not a valid resource ARN"),
        (machine({"A": {"Type": "Wait", "End": True}}), "Exactly one of"),
        (machine({"A": {"Type": "Wait", "Seconds": 1, "Timestamp": "x", "End": True}}), "Exactly one of"),
        (machine({"A": {"Type": "Choice", "Choices": []}}), "Choices must not be empty"),
        (machine({"A": passing(expression("$states.input."))}), "INVALID_JSONATA_EXPRESSION"),
        (machine({"A": mapped({"In": passing(expression("(1"))})}), "/States/A/ItemProcessor/States/In/Output"),
        (machine({"A": {"Type": "Pass", "OutputPath": "$", "End": True}}), "'OutputPath' is not supported"),
        (machine({"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}}), "can not be 'JSONPath'"),
        (machine({"A": mapped({"A": passing()})}), "DUPLICATE_STATE_NAME"),
        (machine({"x" * 81: passing()}), "longer than 80"),
        (machine({"A": {**DISTRIBUTED, "Label": "a b"}}), "Label is not valid"),
        (machine({"A": DISTRIBUTED}), "[ExecutionType]"),
        (
            machine({"A": invoke(FUNCTION, Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}])}),
            "States.ALL",
        ),
        (machine({"A": invoke(FUNCTION, Retry=[{"ErrorEquals": ["States.ALL", "A"]}])}), "States.ALL"),
        (machine({"A": invoke(FUNCTION, Retry=[{"ErrorEquals": ["A"], "BackoffRate": 0.5}])}), "BackoffRate"),
        (machine({"A": invoke(FUNCTION, Retry=[{"ErrorEquals": ["A"], "MaxDelaySeconds": 1}])}), "MaxDelaySeconds"),
        (machine({"A": invoke(FUNCTION, Catch=[{"ErrorEquals": ["A"]}])}), "[Next]"),
        (machine({"A": invoke(FUNCTION, TimeoutSeconds=5, HeartbeatSeconds=5)}), "HeartbeatSeconds"),
    ],
)
def test_what_is_wrong_is_named(definition: str, mistake: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        check(definition)
    assert mistake in str(refused.value)


def test_a_machine_is_neither_made_nor_changed_by_a_wrong_definition(fresh_region: Region) -> None:
    steps = fresh_region.client("stepfunctions")
    wrong = machine({"A": {"Type": "Pass", "Next": "B"}})
    with pytest.raises(ClientError, match=r"InvalidDefinition.*Missing 'Next' target: B at /States/A"):
        steps.create_state_machine(name="wrong", definition=wrong, roleArn=ROLE)
    made = Machines(fresh_region).create({"A": passing()})
    with pytest.raises(ClientError, match="InvalidDefinition"):
        steps.update_state_machine(stateMachineArn=made, definition=wrong)
    assert "B" not in steps.describe_state_machine(stateMachineArn=made)["definition"]
