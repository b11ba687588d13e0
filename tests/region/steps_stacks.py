"""Stacks for tests: made, changed, deleted, and their templates kept in a bucket."""

import json
from collections.abc import Mapping
from typing import Any

from local.region import Region
from tests.region.steps_machines import ROLE

_WAIT = {"Delay": 1, "MaxAttempts": 30}


class Stacks:
    def __init__(self, region: Region) -> None:
        self.formation = region.client("cloudformation")
        self._s3 = region.client("s3")
        self._s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self._endpoint = region.endpoint

    def keep(self, key: str, body: str | Mapping[str, Any]) -> str:
        """The URL of a file in the bucket."""
        self._s3.put_object(Bucket="templates", Key=key, Body=body if isinstance(body, str) else json.dumps(body))
        return f"{self._endpoint}/templates/{key}"

    def create(self, template: Mapping[str, Any], name: str = "outer", **more: Any) -> dict[str, Any]:
        self.formation.create_stack(StackName=name, TemplateBody=json.dumps(template), **more)
        self.formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=_WAIT)
        return self.describe(name)

    def update(self, template: Mapping[str, Any], name: str = "outer", **more: Any) -> dict[str, Any]:
        self.formation.update_stack(StackName=name, TemplateBody=json.dumps(template), **more)
        self.formation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=_WAIT)
        return self.describe(name)

    def delete(self, name: str = "outer") -> None:
        self.formation.delete_stack(StackName=name)
        self.formation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_WAIT)

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.formation.describe_stacks(StackName=name)["Stacks"][0])

    def children(self, name: str = "outer") -> list[dict[str, Any]]:
        found = self.formation.describe_stacks()["Stacks"]
        gone = self.formation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        return [one for one in [*found, *gone] if one["StackName"].startswith(f"{name}-")]


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def wrong_machine() -> dict[str, Any]:
    """A resource that is refused while it is made, and not before."""
    properties = {"DefinitionString": "{}", "RoleArn": ROLE}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
