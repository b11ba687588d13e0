"""Nested stacks: parameters, outputs, updates, failures.

CloudFormation user guide, "Split a template into reusable pieces using nested stacks"; template reference,
AWS::CloudFormation::Stack.
"""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from local.region import Region
from tests.region.steps_machines import eventually
from tests.region.steps_stacks import Stacks, outputs, wrong_machine


def parameter(value: Any, name: str = "kept") -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": value}}


def child_template(**more: Any) -> dict[str, Any]:
    return {
        "Parameters": {"Text": {"Type": "String"}},
        "Resources": {"Kept": parameter({"Ref": "Text"}), **more},
        "Outputs": {"Name": {"Value": {"Ref": "Kept"}}, "Value": {"Value": {"Fn::GetAtt": ["Kept", "Value"]}}},
    }


def outer_template(url: str, text: str = "one", **more: Any) -> dict[str, Any]:
    inner = {"TemplateURL": url, "Parameters": {"Text": text}}
    return {
        "Resources": {
            "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": inner},
            "After": parameter({"Fn::GetAtt": ["Inner", "Outputs.Value"]}, "after"),
            **more,
        },
        "Outputs": {"Inner": {"Value": {"Ref": "Inner"}}, "Name": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Name"]}}},
    }


def value(region: Region, name: str) -> str | None:
    found = region.client("ssm").get_parameters(Names=[name])["Parameters"]
    return str(found[0]["Value"]) if found else None


def test_a_nested_stack_takes_parameters_and_gives_outputs_and_goes_with_its_parent(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    template = outer_template(stacks.keep("child.json", child_template()))
    outer = stacks.create(template)
    (child,) = stacks.children()
    assert outputs(outer) == {"Inner": child["StackId"], "Name": "kept"}
    assert (value(fresh_region, "kept"), value(fresh_region, "after")) == ("one", "one")
    template["Resources"]["Inner"]["Properties"]["Parameters"]["Text"] = "two"
    stacks.update(template)
    assert (value(fresh_region, "kept"), value(fresh_region, "after")) == ("two", "two")
    assert stacks.children()[0]["StackStatus"] == "UPDATE_COMPLETE"
    stacks.delete()
    assert value(fresh_region, "kept") is None
    assert [one["StackStatus"] for one in stacks.children()] == ["DELETE_COMPLETE"]


def test_a_nested_stack_may_be_one_of_sams(fresh_region: Region) -> None:
    """SAM's AWS::Serverless::Application becomes a nested stack whose template still has its transform."""
    stacks = Stacks(fresh_region)
    child = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Table": {"Type": "AWS::Serverless::SimpleTable"}},
        "Outputs": {"Value": {"Value": {"Ref": "Table"}}, "Name": {"Value": {"Ref": "Table"}}},
    }
    url = stacks.keep("child.json", child)
    template = outer_template(url)
    del template["Resources"]["Inner"]["Properties"]["Parameters"]
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    name = outputs(stacks.create(template, Capabilities=capabilities))["Name"]
    assert fresh_region.client("dynamodb").list_tables()["TableNames"] == [name]


def test_a_nested_stack_that_fails_takes_all_with_it(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    template = outer_template(stacks.keep("child.json", child_template(Broken=wrong_machine())))
    with pytest.raises(WaiterError):
        stacks.create(template)
    eventually(lambda: stacks.describe("outer")["StackStatus"] == "ROLLBACK_COMPLETE")
    assert [one["StackStatus"] for one in stacks.children()] == ["DELETE_COMPLETE"]
    assert (value(fresh_region, "kept"), value(fresh_region, "after")) == (None, None)
    events = stacks.formation.describe_stack_events(StackName="outer")["StackEvents"]
    (reason,) = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert reason.startswith("Embedded stack arn:aws:cloudformation:")
    assert "was not successfully created: The following resource(s) failed to create: [Broken]." in reason


def test_an_update_that_fails_in_a_nested_stack_leaves_all_as_it_was(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    stacks.create(outer_template(stacks.keep("child.json", child_template())))
    url = stacks.keep("child-2.json", child_template(Broken=wrong_machine()))
    with pytest.raises(WaiterError):
        stacks.update(outer_template(url, "two"))
    eventually(lambda: stacks.describe("outer")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
    assert value(fresh_region, "kept") == "one"
    assert stacks.children()[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_failure_after_a_nested_stack_takes_its_update_back(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    url = stacks.keep("child.json", child_template())
    stacks.create(outer_template(url))
    last = {**wrong_machine(), "DependsOn": "After"}
    with pytest.raises(WaiterError):
        stacks.update(outer_template(url, "two", Last=last))
    eventually(lambda: stacks.describe("outer")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
    assert (value(fresh_region, "kept"), value(fresh_region, "after")) == ("one", "one")
