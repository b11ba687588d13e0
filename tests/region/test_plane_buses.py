"""Custom event buses: who may put events on them, and where these go. Sources: EventBridge user guide, "Permissions
for event buses in Amazon EventBridge" and "Using IAM policy conditions"."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from tests.region.test_plane_identity import ACCOUNT, Role, denied, role  # noqa: F401 - a fixture
from tests.region.test_plane_stack import deploy as deploy_stack

BUS = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/pods"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:claims"
TESTER = f"arn:aws:iam::{ACCOUNT}:role/tester"


def statement(effect: str, principal: Any, **condition: Any) -> dict[str, Any]:
    whole = {"Sid": effect, "Effect": effect, "Principal": principal, "Action": "events:PutEvents", "Resource": BUS}
    return whole | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def put(client: Any, source: str = "example.pods", bus: str = "pods") -> Any:
    entry = {"Source": source, "DetailType": "Claim", "Detail": json.dumps({"pod": "a"}), "EventBusName": bus}
    return client.put_events(Entries=[entry])


@pytest.fixture
def bus(fresh_region: Region) -> Any:
    events = fresh_region.client("events")
    events.create_event_bus(Name="pods")
    return events


def test_a_policy_is_kept_whole_and_shown(bus: Any) -> None:
    allowed = statement("Allow", {"AWS": TESTER})
    bus.put_permission(EventBusName="pods", Policy=policy(allowed))
    assert json.loads(bus.describe_event_bus(Name="pods")["Policy"])["Statement"] == [allowed]
    bus.put_permission(EventBusName="pods", StatementId="more", Action="events:PutEvents", Principal="444455556666")
    shown = json.loads(bus.describe_event_bus(Name="pods")["Policy"])["Statement"]
    assert [one["Sid"] for one in shown] == ["Allow", "more"]
    assert shown[1]["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
    bus.remove_permission(EventBusName="pods", StatementId="Allow")
    bus.remove_permission(EventBusName="pods", RemoveAllPermissions=True)
    assert "Policy" not in bus.describe_event_bus(Name="pods")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bus.put_permission(EventBusName="none", Policy=policy(allowed))


def test_a_bus_admits_whom_its_policy_names(bus: Any, role: Role) -> None:  # noqa: F811
    client = role.client("events")
    assert denied(lambda: put(client))
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Allow", {"AWS": TESTER})))
    assert put(client)["FailedEntryCount"] == 0
    assert denied(lambda: put(client, bus="default"))


def test_a_bus_admits_only_sources_that_its_policy_names(bus: Any, role: Role) -> None:  # noqa: F811
    only = {"StringEquals": {"events:source": "example.pods"}}
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Allow", {"AWS": TESTER}, **only)))
    assert not denied(lambda: put(role.client("events")))
    assert denied(lambda: put(role.client("events"), source="example.other"))


def test_a_deny_of_the_bus_stands_against_the_callers_own_policy(bus: Any, role: Role) -> None:  # noqa: F811
    role.allow({"Action": "events:PutEvents", "Resource": "*"})
    client = role.client("events")
    assert not denied(lambda: put(client))
    others = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/claimers-*"}}
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Deny", "*", **others)))
    assert denied(lambda: put(client))
    assert not denied(lambda: put(client, bus="default"))
    named = {"ArnNotEquals": {"aws:PrincipalArn": TESTER}}
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Deny", "*", **named)))
    assert not denied(lambda: put(client))
    sources = {"StringNotEquals": {"events:source": "example.pods"}}
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Deny", "*", **sources)))
    assert not denied(lambda: put(client))
    assert denied(lambda: put(client, source="example.other"))


def test_a_deleted_bus_leaves_no_policy_behind(bus: Any, role: Role) -> None:  # noqa: F811
    bus.put_permission(EventBusName="pods", Policy=policy(statement("Allow", {"AWS": TESTER})))
    bus.delete_event_bus(Name="pods")
    bus.create_event_bus(Name="pods")
    assert denied(lambda: put(role.client("events")))


def test_a_stack_gives_its_bus_a_policy(fresh_region: Region, role: Role) -> None:  # noqa: F811
    """CloudFormation template reference, AWS::Events::EventBus and AWS::Events::EventBusPolicy."""
    named = {"StringEquals": {"events:source": "example.pods"}}
    made = {
        "Resources": {
            "Pods": {
                "Type": "AWS::Events::EventBus",
                "Properties": {
                    "Name": "pods",
                    "Policy": json.loads(policy(statement("Deny", "*", Null={"aws:PrincipalArn": "true"}))),
                },
            },
            "Claimers": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {
                    "EventBusName": {"Ref": "Pods"},
                    "StatementId": "claimers",
                    "Statement": statement("Allow", {"AWS": TESTER}, **named),
                },
            },
        }
    }
    deploy_stack(fresh_region, made, "buses")
    shown = json.loads(fresh_region.client("events").describe_event_bus(Name="pods")["Policy"])["Statement"]
    assert [one["Sid"] for one in shown] == ["Deny", "claimers"]
    assert fresh_region.control.ignored() == []
    client = role.client("events")
    assert not denied(lambda: put(client))
    assert denied(lambda: put(client, source="example.other"))
    fresh_region.client("cloudformation").delete_stack(StackName="buses")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        fresh_region.client("events").describe_event_bus(Name="pods")


def queue_of(region: Region, **attributes: str) -> str:
    """The claims' queue, which takes what rules of the bus send it, and a rule for it."""
    sqs, events = region.client("sqs"), region.client("events")
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/pods/claims"}},
    }
    url = sqs.create_queue(QueueName="claims", Attributes={"Policy": policy(allow), **attributes})["QueueUrl"]
    events.put_rule(Name="claims", EventBusName="pods", EventPattern=json.dumps({"source": ["example.pods"]}))
    events.put_targets(Rule="claims", EventBusName="pods", Targets=[{"Id": "queue", "Arn": QUEUE}])
    return str(url)


def test_a_rule_of_a_custom_bus_delivers_to_a_queue_that_admits_it(fresh_region: Region, bus: Any) -> None:
    url = queue_of(fresh_region)
    put(bus)
    put(bus, bus="default")
    put(bus, source="example.other")
    received = fresh_region.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    (event,) = [json.loads(one["Body"]) for one in received]
    assert (event["source"], event["detail-type"], event["detail"]) == ("example.pods", "Claim", {"pod": "a"})
