"""EventBridge and SQS deliver at least once and in no order: here on demand. And time runs at the region's speed."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.region import Region

Deploy = Callable[..., str]
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:inbox"


@pytest.fixture
def inbox(fresh_region: Region) -> str:
    """The URL of a queue that a rule for the source `test` sends its events to."""
    url = fresh_region.client("sqs").create_queue(QueueName="inbox", Attributes={"Policy": admitting("all")})[
        "QueueUrl"
    ]
    events = fresh_region.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "inbox", "Arn": QUEUE}])
    return str(url)


def admitting(rule: str, queue: str = QUEUE) -> str:
    """A queue policy that lets one rule in."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:eu-west-1:111122223333:rule/{rule}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(region: Region, *names: str) -> None:
    region.client("events").put_events(
        Entries=[{"Source": "test", "DetailType": "Named", "Detail": json.dumps({"name": name})} for name in names]
    )


def advance(region: Region, seconds: float) -> None:
    """Lets simulated time run until `seconds` have passed, and then at its own pace again.

    In a second at most, but no faster than it must: what the calls themselves take passes too.
    """
    until = region.control.now() + seconds
    region.control.speed = max(100, seconds)
    while region.control.now() < until:
        time.sleep(0.01)
    region.control.speed = 1


def received(region: Region, url: str, wait: int = 1) -> list[str]:
    """The names of the events that are visible now, in the order in which they come."""
    messages = region.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    return [json.loads(message["Body"])["detail"]["name"] for message in messages.get("Messages", [])]


def test_events_come_once_and_in_order_unless_told_otherwise(fresh_region: Region, inbox: str) -> None:
    put(fresh_region, "a", "b", "c")
    assert received(fresh_region, inbox) == ["a", "b", "c"]


def test_a_delivery_is_duplicated_as_often_as_ordered(fresh_region: Region, inbox: str) -> None:
    """EventBridge user guide: "at least once"; the copies are the same event with the same id."""
    fresh_region.control.disturb_deliveries(detail_type="Named", target="inbox", copies=2)
    put(fresh_region, "a", "b")
    assert received(fresh_region, inbox) == ["a", "a", "a", "b"]


def test_a_delivery_is_delayed_in_simulated_time(fresh_region: Region, inbox: str) -> None:
    fresh_region.control.disturb_deliveries(delay=25)
    put(fresh_region, "late", "prompt")
    assert received(fresh_region, inbox) == ["prompt"]
    advance(fresh_region, 25)
    assert received(fresh_region, inbox) == ["late"]


def test_deliveries_are_reordered(fresh_region: Region, inbox: str) -> None:
    fresh_region.control.disturb_deliveries(reorder=3, times=3)
    put(fresh_region, "a", "b", "c", "d")
    assert received(fresh_region, inbox) == ["c", "b", "a", "d"]


def test_what_is_held_for_reordering_is_delivered_when_the_order_is_withdrawn(fresh_region: Region, inbox: str) -> None:
    fresh_region.control.disturb_deliveries(reorder=3, times=3)
    put(fresh_region, "a")
    assert received(fresh_region, inbox, wait=0) == []
    fresh_region.control.clear_deliveries()
    assert received(fresh_region, inbox) == ["a"]


def test_other_targets_and_events_are_not_disturbed(fresh_region: Region, inbox: str) -> None:
    fresh_region.control.disturb_deliveries(target="elsewhere", copies=1)
    fresh_region.control.disturb_deliveries(detail_type="Other", copies=1)
    put(fresh_region, "a")
    assert received(fresh_region, inbox) == ["a"]


@pytest.mark.parametrize(
    ("policy", "code"), [(None, "NO_PERMISSIONS"), (admitting("another"), "NO_PERMISSIONS"), ("gone", "NO_RESOURCE")]
)
def test_an_event_that_its_queue_does_not_admit_goes_to_the_rules_dead_letter_queue(
    fresh_region: Region, inbox: str, policy: str | None, code: str
) -> None:
    """EventBridge user guide, "Using dead-letter queues to process undelivered events in EventBridge"."""
    sqs, dead = fresh_region.client("sqs"), QUEUE.replace("inbox", "dead")
    url = sqs.create_queue(QueueName="dead", Attributes={"Policy": admitting("all", dead)})["QueueUrl"]
    target = {"Id": "inbox", "Arn": QUEUE, "DeadLetterConfig": {"Arn": dead}}
    fresh_region.client("events").put_targets(Rule="all", Targets=[target])
    if policy == "gone":
        sqs.delete_queue(QueueUrl=inbox)
    else:
        sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"Policy": policy or ""})
    put(fresh_region, "a")
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"])["detail"] == {"name": "a"}
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == code
    if policy != "gone":
        assert received(fresh_region, inbox, wait=0) == []


def test_a_function_must_permit_the_rule(fresh_region: Region, inbox: str, deploy: Deploy) -> None:
    """EventBridge user guide, "Using resource-based policies for Amazon EventBridge"."""
    sent = "import boto3, os\ndef handler(event, context): boto3.client('sqs').create_queue(QueueName='called')"
    arn = deploy("closed", sent)
    fresh_region.client("events").put_targets(Rule="all", Targets=[{"Id": "closed", "Arn": arn}])
    put(fresh_region, "a")
    assert received(fresh_region, inbox) == ["a"]
    time.sleep(0.3)
    assert fresh_region.control.environments() == []


def test_a_received_message_can_stay_in_the_queue_as_a_duplicate(fresh_region: Region, inbox: str) -> None:
    """SQS developer guide, "Amazon SQS at-least-once delivery"."""
    fresh_region.control.confuse_messages("inbox", duplicate=True)
    put(fresh_region, "a")
    assert [received(fresh_region, inbox, wait=0) for _ in range(3)] == [["a"], ["a"], []]


def test_messages_can_come_in_another_order(fresh_region: Region, inbox: str) -> None:
    fresh_region.control.confuse_messages("inbox", reorder=True)
    put(fresh_region, "a", "b", "c")
    assert received(fresh_region, inbox) == ["c", "b", "a"]


def test_delays_and_visibility_follow_the_speed_of_time(fresh_region: Region, inbox: str) -> None:
    """The queue's visibility time-out is the default of 30 s."""
    sqs, control = fresh_region.client("sqs"), fresh_region.control
    sqs.send_message(QueueUrl=inbox, MessageBody='{"detail": {"name": "delayed"}}', DelaySeconds=900)
    assert received(fresh_region, inbox, wait=0) == []
    advance(fresh_region, 901)
    assert received(fresh_region, inbox, wait=0) == ["delayed"]
    assert received(fresh_region, inbox, wait=0) == []
    advance(fresh_region, 31)
    assert received(fresh_region, inbox, wait=0) == ["delayed"]
    assert control.speed == 1


def test_a_rules_function_is_retried(fresh_region: Region, deploy: Deploy) -> None:
    """EventBridge invokes functions asynchronously: Lambda tries twice more, after one and after two minutes."""
    sqs, events = fresh_region.client("sqs"), fresh_region.client("events")
    sqs.create_queue(QueueName="inbox")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = deploy(
        "failing",
        "def handler(event, context): raise KeyError(event['detail']['name'])",
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead"},
    )
    events.put_rule(Name="to-function", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="to-function", Targets=[{"Id": "f", "Arn": arn}])
    fresh_region.client("lambda").add_permission(
        FunctionName="failing", StatementId="r", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    fresh_region.control.speed = 200
    put(fresh_region, "x")
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1000, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert json.loads(message["Body"])["detail"] == {"name": "x"}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "'x'"
    logged = fresh_region.client("logs").filter_log_events(logGroupName="/aws/lambda/failing")["events"]
    assert sum(event["message"].startswith("START") for event in logged) == 3


@pytest.mark.parametrize(
    ("source", "condition", "tries"),
    [
        ("def handler(event, context): return {'got': event}", "Success", 1),
        ("def handler(event, context): raise ValueError('no')", "RetriesExhausted", 2),
    ],
)
def test_a_record_of_the_invocation_goes_to_the_destination(
    fresh_region: Region, deploy: Deploy, source: str, condition: str, tries: int
) -> None:
    """Lambda developer guide, "Capturing records of Lambda asynchronous invocations"."""
    url = fresh_region.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    functions = fresh_region.client("lambda")
    deploy("told", source)
    functions.put_function_event_invoke_config(
        FunctionName="told",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnSuccess": {"Destination": QUEUE}, "OnFailure": {"Destination": QUEUE}},
    )
    fresh_region.control.speed = 100
    functions.invoke(FunctionName="told", InvocationType="Event", Payload=json.dumps({"n": 1}))
    answer = fresh_region.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1000)
    record: dict[str, Any] = json.loads(answer["Messages"][0]["Body"])
    assert record["requestContext"]["condition"] == condition
    assert record["requestContext"]["approximateInvokeCount"] == tries
    assert record["requestPayload"] == {"n": 1}


def test_an_event_source_keeps_to_its_maximum_concurrency(fresh_region: Region, deploy: Deploy) -> None:
    """Lambda developer guide, "Configuring maximum concurrency for Amazon SQS event sources"."""
    sqs = fresh_region.client("sqs")
    url = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "300"})["QueueUrl"]
    deploy("worker", "import time\ndef handler(event, context): time.sleep(0.3)")
    fresh_region.client("lambda").create_event_source_mapping(
        FunctionName="worker", EventSourceArn=QUEUE, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2}
    )
    for number in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

    def left() -> int:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return sum(int(attributes[name]) for name in waiting)

    most, deadline = 0, time.monotonic() + 10
    while left():
        assert time.monotonic() < deadline
        most = max(most, sum(not one["idle"] for one in fresh_region.control.environments()))
        time.sleep(0.05)
    assert most == 2
