"""The samples of events/: complete, and one source for what a rule matches and what a function gets."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from nodenet.aws.bus import Bus
from nodenet.events import Ignored, InstanceState, LaunchAction, TerminateAction, parse
from nodenet.interfaces.attach import Wired
from nodenet.nodes.outcome import Outcome, State
from tests.contracts.stack import EVENTS, ROOT, sample

NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
BATCHES = sorted((ROOT / "events" / "sqs").glob("*.json"))
ARN = re.compile(r"arn:aws:(autoscaling|ec2|scheduler):eu-west-1:111122223333:.+")
PARSED = {
    "launch": LaunchAction,
    "terminate": TerminateAction,
    "running": InstanceState,
    "terminated": InstanceState,
    "scheduled": Ignored,
    "node-network-ready": Ignored,
    "node-network-failed": Ignored,
    "pod-addresses-claimed": Ignored,
    "pod-addresses-released": Ignored,
    "pod-addresses-registered": Ignored,
    "pod-addresses-refused": Ignored,
}


def records(path: Path) -> list[dict[str, Any]]:
    batch: dict[str, list[dict[str, Any]]] = json.loads(path.read_text())
    return batch["Records"]


@pytest.mark.parametrize("name", NAMES)
def test_an_event_has_the_whole_envelope(name: str) -> None:
    """ "Events in Amazon EventBridge", EventBridge User Guide: the fields that every event carries."""
    event = sample(name)
    assert list(event) == ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    assert (event["version"], event["account"], event["region"]) == ("0", "111122223333", "eu-west-1")
    assert all(ARN.fullmatch(arn) for arn in event["resources"])
    assert bool(event["resources"]) == (not event["source"].startswith("nodenet"))


def test_no_two_events_share_an_id() -> None:
    assert len({sample(name)["id"] for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("launch", "terminate-")) or name == "terminate"]
)
def test_a_lifecycle_action_is_complete_and_agrees_with_itself(name: str) -> None:
    """Fields: "Amazon EC2 Auto Scaling event reference"; places: "Warm pool example events and patterns"."""
    event = sample(name)
    detail = event["detail"]
    launching = event["detail-type"] == "EC2 Instance-launch Lifecycle Action"
    assert set(detail) - {"NotificationMetadata"} == {
        "LifecycleActionToken", "AutoScalingGroupName", "LifecycleHookName", "EC2InstanceId", "LifecycleTransition",
        "Origin", "Destination",
    }  # fmt: skip
    assert detail["LifecycleTransition"] == f"autoscaling:EC2_INSTANCE_{'LAUNCHING' if launching else 'TERMINATING'}"
    assert (detail["Origin"], detail["Destination"]) in (
        {("EC2", "AutoScalingGroup"), ("EC2", "WarmPool"), ("WarmPool", "AutoScalingGroup")}
        if launching
        else {("AutoScalingGroup", "EC2"), ("AutoScalingGroup", "WarmPool"), ("WarmPool", "EC2")}
    )
    assert event["resources"][0].endswith(f"autoScalingGroupName/{detail['AutoScalingGroupName']}")


@pytest.mark.parametrize("name", ["running", "terminated"])
def test_a_state_change_names_its_instance_twice(name: str) -> None:
    """ "State change events for Amazon EC2 instances", Amazon EC2 User Guide."""
    event = sample(name)
    assert event["detail"]["state"] == name
    assert event["resources"][0].endswith(f":instance/{event['detail']['instance-id']}")


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_parsed_as_what_it_is(name: str) -> None:
    kind = PARSED.get(name) or PARSED[name.split("-")[0]]
    assert isinstance(parse(json.dumps(sample(name))), kind)


@pytest.mark.parametrize("path", BATCHES, ids=lambda path: path.stem)
def test_a_message_carries_a_sample_unchanged(path: Path) -> None:
    """EventBridge puts the event into the message body as it is; SQS gives the MD5 of the body."""
    samples = [sample(name) for name in NAMES]
    for record in records(path):
        assert json.loads(record["body"]) in samples
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("path", BATCHES, ids=lambda path: path.stem)
def test_a_batch_is_what_lambda_gives_its_function(path: Path) -> None:
    """ "Using Lambda with Amazon SQS", AWS Lambda Developer Guide: the fields of a record, ten records at most."""
    batch = records(path)
    assert 1 <= len(batch) <= 10
    assert (len(batch) > 1) == path.stem.endswith("-batch")
    assert len({record["messageId"] for record in batch}) == len(batch)
    for record in batch:
        assert set(record) == {
            "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource",
            "eventSourceARN", "awsRegion",
        }  # fmt: skip
        assert record["eventSource"] == "aws:sqs"
        assert set(record["attributes"]) == {
            "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp",
        }  # fmt: skip


def test_the_batches_hold_every_event_that_a_queue_can_get() -> None:
    """Scheduler invokes its function without a queue; what nodenet publishes is for others."""
    held = {json.loads(record["body"])["id"] for path in BATCHES for record in records(path)}
    assert {name for name in NAMES if sample(name)["id"] not in held} == {
        "scheduled", "node-network-ready", "node-network-failed", "pod-addresses-registered", "pod-addresses-refused",
    }  # fmt: skip


def test_the_reference_page_names_every_sample() -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text()
    files = [*(f"eventbridge/{name}.json" for name in NAMES), *(f"sqs/{path.name}" for path in BATCHES)]
    assert [file for file in files if file not in page] == []


@pytest.mark.parametrize("name", ["node-network-ready", "node-network-failed"])
def test_what_is_published_has_the_fields_of_the_sample(name: str) -> None:
    event = sample(name)
    sent: list[dict[str, Any]] = []

    class Client:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            sent.extend(Entries)
            return {"Entries": [{"EventId": event["id"]}]}

    wired = Wired("n3", "eni-0a6f3c1e9d2b75840", 0, 7, "10.0.12.37")
    Bus(cast("Any", Client()), "default", "demo").publish(
        event["detail-type"], Outcome(State.READY, "", interfaces=(wired,))
    )
    [entry] = sent
    detail = json.loads(entry["Detail"])
    assert (entry["Source"], entry["DetailType"]) == (event["source"], event["detail-type"])
    assert list(detail) == list(event["detail"])
    assert all(list(interface) == list(detail["interfaces"][0]) for interface in event["detail"]["interfaces"])
