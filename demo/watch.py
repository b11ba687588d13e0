"""Listening to a stage: nodenet's own events, and the state in which things come to rest."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from demo.stack import Stack
from demo.stage import Stage


class NotInTimeError(AssertionError):
    """What was waited for did not come."""


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Waits in real time. NotInTimeError, naming `what`, if it does not become true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise NotInTimeError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


class Listener:
    """A queue behind a rule of its own that gets every event that nodenet publishes."""

    def __init__(self, stack: Stack) -> None:
        region = stack.region
        self._sqs = region.client("sqs")
        self._url = self._sqs.create_queue(QueueName=f"{stack.name}-listener")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events = region.client("events")
        pattern = json.dumps({"source": ["nodenet"]})
        rule = events.put_rule(Name=f"{stack.name}-listener", EventPattern=pattern)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        events.put_targets(Rule=f"{stack.name}-listener", Targets=[{"Id": "queue", "Arn": arn}])

    def new(self) -> Iterator[dict[str, Any]]:
        """The events since the last call."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])


def at_rest(stack: Stack) -> bool:
    """Whether no message waits or is being worked on."""
    return not any(stack.depth(stack.outputs[name]) for name in ("LaunchQueue", "TerminateQueue"))


def networks_by_node(stage: Stage) -> dict[str, list[str]]:
    """For each instance that has one of the cluster's ENIs attached, the networks of them."""
    found: dict[str, list[str]] = {}
    for eni in stage.interfaces():
        attached = eni.get("Attachment", {}).get("InstanceId", "nothing")
        name = next(tag["Value"] for tag in eni["TagSet"] if tag["Key"] == "nodenet:network")
        found.setdefault(attached, []).append(name)
    return {node: sorted(names) for node, names in found.items()}
