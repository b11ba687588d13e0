"""Who may put events on a bus: the bus's own policy, which ministack keeps in part and never asks.

Sources: EventBridge user guide, "Permissions for event buses in Amazon EventBridge" and "Using IAM policy conditions";
API reference, PutPermission (a whole `Policy`, or one statement by its parts); CloudFormation template reference,
AWS::Events::EventBus and AWS::Events::EventBusPolicy. In its own account an Allow of the bus's policy or of the
caller's suffices, and a Deny of either wins (IAM user guide, "Policy evaluation logic").
"""

import json
from collections.abc import Mapping
from typing import Any

from local.plane import private
from local.plane.answers import Answer, error

MAX_BYTES = 10 * 1024


def install() -> None:
    """Makes ministack keep whole policies, forget those of deleted buses, and ask them with enforcement on."""
    _keep_whole_policies()
    _forget_with_the_bus()
    _ask_the_bus()
    _name_the_role()


def put_statement(bus: str, name: str, statement: Mapping[str, Any]) -> None:
    """Adds or replaces the statement `name` of a bus's policy; ValueError where there is no such bus."""
    kept = [one for one in policy_of(bus).get("Statement", []) if one.get("Sid") != name]
    set_policy(bus, {"Version": "2012-10-17", "Statement": [*kept, {**statement, "Sid": name}]})


def remove_statement(bus: str, name: str) -> None:
    private.get("services.eventbridge._remove_permission")({"EventBusName": bus, "StatementId": name})


def policy_of(bus: str) -> Mapping[str, Any]:
    """The policy of a bus by its name or ARN, empty where it has none."""
    return private.get("services.eventbridge._event_bus_policies").get(_name(bus)) or {}


def set_policy(bus: str, policy: Any) -> None:
    """Replaces a bus's policy; None takes it away. ValueError for an unknown bus and for what is no policy."""
    name = _name(bus)
    policies = private.get("services.eventbridge._event_bus_policies")
    if name != "default" and name not in private.get("services.eventbridge._event_buses"):
        raise ValueError(f"Event bus {name} does not exist.")
    if not policy:
        policies.pop(name, None)
        return
    document = json.loads(policy) if isinstance(policy, str) else policy
    if not isinstance(document, dict) or "Statement" not in document or len(json.dumps(document)) > MAX_BYTES:
        raise ValueError("The policy is no policy document, or larger than 10 KB.")
    statements = document["Statement"]
    policies[name] = {**document, "Statement": statements if isinstance(statements, list) else [statements]}


def _keep_whole_policies() -> None:
    def make(original: Any) -> Any:
        def put(data: dict[str, Any]) -> Answer:
            bus, account = data.get("EventBusName") or "default", str(data.get("Principal") or "")
            principal = {"AWS": f"arn:aws:iam::{account}:root"} if account.isdigit() else account
            try:
                if not data.get("Policy"):
                    set_policy(bus, policy_of(bus))
                    return original({**data, "EventBusName": _name(bus), "Principal": principal})  # type: ignore[no-any-return]
                set_policy(bus, data["Policy"])
            except ValueError as problem:
                unknown = "does not exist" in str(problem)
                code = "ResourceNotFoundException" if unknown else "ValidationException"
                return error("events", code, str(problem), 400, {})
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, b"{}"

        return put

    private.replace("services.eventbridge._put_permission", make)


def _forget_with_the_bus() -> None:
    def make(original: Any) -> Any:
        def delete(data: dict[str, Any]) -> Any:
            private.get("services.eventbridge._event_bus_policies").pop(_name(str(data.get("Name"))), None)
            return original(data)

        return delete

    private.replace("services.eventbridge._delete_event_bus", make)


def _ask_the_bus() -> None:
    """ministack combines the caller's policies with those of the resources that it has a lookup for."""

    def make(original: Any) -> Any:
        def resource_policy(service: str, resource_arn: str) -> Any:
            if service != "events" or ":event-bus/" not in resource_arn:
                return original(service, resource_arn)
            policy = policy_of(resource_arn)
            return (policy, resource_arn.split(":")[4]) if policy else None

        return resource_policy

    private.replace("core.iam_evaluator._resource_policy", make)


def _name_the_role() -> None:
    """aws:PrincipalArn is the role of a session, not the session (IAM user guide, global condition context keys)."""

    def make(original: Any) -> Any:
        def resolve(key: str, ctx: Any) -> Any:
            found = original(key, ctx)
            parts = str(found).split(":")
            if key.lower() != "aws:principalarn" or parts[2:3] != ["sts"] or "assumed-role/" not in parts[-1]:
                return found
            role = parts[-1].split("/")[1]
            known = private.get("services.iam._roles").get(role)
            return known["Arn"] if known else f"arn:aws:iam::{parts[4]}:role/{role}"

        return resolve

    private.replace("core.iam_evaluator._resolve_condition_key", make)


def _name(bus: str) -> str:
    return bus.rpartition("event-bus/")[2]
