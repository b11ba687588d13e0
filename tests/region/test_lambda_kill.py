"""A function can be killed right after one of its AWS calls: the call is done, the function never learns of it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.region import Region

Deploy = Callable[..., str]

SOURCE = """
    import boto3

    sqs = boto3.client("sqs")

    def handler(event, context):
        sqs.list_queues()
        for name in ("first", "second", "third"):
            sqs.create_queue(QueueName=name)
        return "done"
"""


def invoke(region: Region) -> Any:
    return json.loads(region.client("lambda").invoke(FunctionName="maker")["Payload"].read())


def queues(region: Region) -> list[str]:
    return [url.rpartition("/")[2] for url in region.client("sqs").list_queues().get("QueueUrls", [])]


@pytest.mark.parametrize(
    ("order", "made"),
    [
        ({"after": 1}, []),
        ({"after": 3}, ["first", "second"]),
        ({"after": 3, "service": "sqs", "operation": "CreateQueue"}, ["first", "second", "third"]),
    ],
)
def test_the_process_dies_when_the_call_is_done(
    fresh_region: Region, deploy: Deploy, order: dict[str, Any], made: list[str]
) -> None:
    deploy("maker", SOURCE)
    fresh_region.control.kill("maker", **order)
    answer = invoke(fresh_region)
    assert answer["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in answer["errorMessage"]
    assert queues(fresh_region) == made


def test_the_next_invocation_runs_to_its_end_in_a_new_process(fresh_region: Region, deploy: Deploy) -> None:
    deploy("maker", SOURCE)
    fresh_region.control.kill("maker", after=2)
    assert invoke(fresh_region)["errorType"] == "Runtime.ExitError"
    assert invoke(fresh_region) == "done"
    assert [order["hits"] for order in fresh_region.control.kills()] == [1]


def test_calls_are_counted_for_each_invocation_of_a_warm_process(fresh_region: Region, deploy: Deploy) -> None:
    deploy("maker", SOURCE)
    assert invoke(fresh_region) == "done"
    fresh_region.control.kill("maker", after=5)
    assert [invoke(fresh_region), invoke(fresh_region)] == ["done", "done"]


def test_other_functions_are_left_alone(fresh_region: Region, deploy: Deploy) -> None:
    deploy("maker", SOURCE)
    fresh_region.control.kill("somebody-else")
    assert invoke(fresh_region) == "done"


def test_a_killed_batch_is_delivered_again(fresh_region: Region, deploy: Deploy) -> None:
    """A batch whose function failed becomes visible again (Lambda developer guide, Amazon SQS event sources)."""
    sqs, functions = fresh_region.client("sqs"), fresh_region.client("lambda")
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    deploy("maker", SOURCE)
    functions.create_event_source_mapping(
        FunctionName="maker", EventSourceArn="arn:aws:sqs:eu-west-1:111122223333:work", BatchSize=1
    )
    fresh_region.control.speed = 60
    fresh_region.control.kill("maker", after=2)
    sqs.send_message(QueueUrl=url, MessageBody="go")
    deadline = time.monotonic() + 10
    while "third" not in queues(fresh_region):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    made = [call.operation for call in fresh_region.control.calls("sqs", function="maker")]
    assert made == ["ListQueues", "CreateQueue", "ListQueues", *["CreateQueue"] * 3]
