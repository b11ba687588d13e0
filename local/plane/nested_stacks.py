"""AWS::CloudFormation::Stack: a nested stack is a stack like any other, made by CloudFormation's own operations.

CloudFormation user guide, "Split a template into reusable pieces using nested stacks"; template reference,
AWS::CloudFormation::Stack. ministack deploys the child itself and beside its own machinery: no transform is applied,
and a child that fails is neither rolled back nor taken away.
"""

import asyncio
import secrets
import string
import time
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

from local.plane import private

_NAME = string.ascii_uppercase + string.digits
_POLL = 0.02
_NO_UPDATE = "No updates are to be performed"


class NestedStackError(ValueError):
    """The child did not get where it should; ValueError is what fails the parent's resource."""


class NestedStacks:
    """Create, update and delete for ministack's table of types.

    They are called on threads of their own; `loop` is the one that CloudFormation's operations run on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def table(self) -> Mapping[str, Callable[..., Any]]:
        return {"create": self.create, "update": self.update, "delete": self.delete}

    def create(self, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        """The child's ARN and its outputs as `Outputs.<name>`. NestedStackError where it ends in another state."""
        parent = private.get("services.cloudformation._stacks")[stack_name]
        name = f"{stack_name}-{logical_id}-{''.join(secrets.choice(_NAME) for _ in range(12))}"
        # With its roll-back switched off, a failed stack keeps what it made; else the parent takes the child away.
        on_failure = "DO_NOTHING" if parent.get("DisableRollback") else "DELETE"
        create = private.get("services.cloudformation.handlers._create_stack")
        self._call(create, {**_request(name, props, parent), "OnFailure": [on_failure]})
        child = private.get("services.cloudformation._stacks")[name]
        failed = _first_failure(child, self._wait(name, "CREATE_COMPLETE"))
        if failed:
            raise NestedStackError(f"Embedded stack {child['StackId']} was not successfully created: {failed}")
        return child["StackId"], _outputs(child)

    def update(
        self, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        """As `create`, for the child that is there; nothing to change is no failure."""
        parent, child = private.get("services.cloudformation._stacks")[stack_name], _stack(physical_id)
        try:
            update = private.get("services.cloudformation.handlers._update_stack")
            self._call(update, _request(child["StackName"], new, parent))
        except NestedStackError as refused:
            if _NO_UPDATE not in str(refused):
                raise
            return physical_id, _outputs(child)
        failed = _first_failure(child, self._wait(child["StackName"], "UPDATE_COMPLETE"))
        if failed:
            raise NestedStackError(f"Embedded stack {physical_id} was not successfully updated. {failed}")
        return physical_id, _outputs(child)

    def delete(self, physical_id: str, props: dict[str, Any]) -> None:
        """NestedStackError where a resource of the child could not be deleted."""
        child = _stack(physical_id)
        if child["StackStatus"] == "DELETE_COMPLETE":
            return
        self._call(private.get("services.cloudformation.handlers._delete_stack"), {"StackName": [child["StackName"]]})
        if self._wait(child["StackName"], "DELETE_COMPLETE") != "DELETE_COMPLETE":
            raise NestedStackError(f"Embedded stack {physical_id} was not deleted: {child.get('StackStatusReason')}")

    def _call(self, operation: Callable[[dict[str, list[str]]], Any], params: dict[str, list[str]]) -> None:
        """An operation of ministack's, on its loop, where it starts a task."""

        async def call() -> Any:
            return operation(params)

        status, _, body = asyncio.run_coroutine_threadsafe(call(), self._loop).result()
        if status >= 400:
            message = next((one.text for one in ElementTree.fromstring(body).iter() if one.tag.endswith("Message")), "")  # noqa: S314 - ministack's own answer
            raise NestedStackError(message or str(body))

    def _wait(self, name: str, wanted: str) -> str:
        """The state in which the child comes to rest."""
        stacks = private.get("services.cloudformation._stacks")
        while (status := str(stacks[name]["StackStatus"])) != wanted:
            if not status.endswith("_IN_PROGRESS") and not _being_deleted(status):
                break
            time.sleep(_POLL)
        return status


def _being_deleted(status: str) -> bool:
    """A failed create with OnFailure DELETE rests only when the child is gone, or could not be deleted."""
    return status in ("CREATE_FAILED", "ROLLBACK_COMPLETE")


def _request(name: str, props: Mapping[str, Any], parent: Mapping[str, Any]) -> dict[str, list[str]]:
    """The query parameters of CreateStack and UpdateStack: "you must acknowledge" capabilities on the parent."""
    parameters = props.get("Parameters") or {}
    if any(isinstance(value, dict | list) for value in parameters.values()):
        raise NestedStackError("Value of property Parameters must be an object with String (or simple type) properties")
    request = {"StackName": [name], "TemplateURL": [str(props.get("TemplateURL", ""))]}
    for number, (key, value) in enumerate(parameters.items(), 1):
        request[f"Parameters.member.{number}.ParameterKey"] = [key]
        request[f"Parameters.member.{number}.ParameterValue"] = [_text(value)]
    for number, tag in enumerate(_own(props.get("Tags") or []), 1):
        request[f"Tags.member.{number}.Key"] = [str(tag["Key"])]
        request[f"Tags.member.{number}.Value"] = [str(tag["Value"])]
    for number, capability in enumerate(parent.get("Capabilities") or (), 1):
        request[f"Capabilities.member.{number}"] = [capability]
    return request


def _own(tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [tag for tag in tags if not str(tag["Key"]).startswith("aws:")]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _first_failure(child: Mapping[str, Any], status: str) -> str:
    """Why the child is not complete, in CloudFormation's words; empty where it is."""
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return ""
    events = private.get("services.cloudformation._stack_events").get(child["StackId"], [])
    failed = [one for one in events if str(one.get("ResourceStatus", "")).endswith(("CREATE_FAILED", "UPDATE_FAILED"))]
    verb = "update" if status.startswith("UPDATE") else "create"
    names = sorted({str(one["LogicalResourceId"]) for one in failed} - {child["StackName"]})
    reasons = " ".join(sorted({str(one.get("ResourceStatusReason") or "") for one in failed}))
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]. {reasons}".strip()


def _stack(physical_id: str) -> Any:
    for stack in private.get("services.cloudformation._stacks").values():
        if stack.get("StackId") == physical_id:
            return stack
    raise NestedStackError(f"Stack {physical_id} does not exist")


def _outputs(child: Mapping[str, Any]) -> dict[str, Any]:
    return {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in child.get("Outputs") or ()}
