"""What stands between Lambda and the work: partial failures, log lines, metrics."""

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome, State
from nodenet.serving import logger, metrics, serve

READY = Outcome(State.READY, "done", "i-1", "g", "eu-west-1a", seconds=1.5, tokens=("t",))


@dataclass
class Context:
    function_name: str = "launch"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:launch"
    aws_request_id: str = "r"


def records(*ids: str) -> dict[str, Any]:
    body = {
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "time": "2026-11-20T10:00:00Z",
        "detail": {"instance-id": "i-1", "state": "running"},
    }
    return {
        "Records": [
            {
                "messageId": each,
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "2"},
                "messageAttributes": {"deferrals": {"dataType": "Number", "stringValue": "3"}},
                "eventSource": "aws:sqs",
            }
            for each in ids
        ]
    }


def outcomes(
    given: Mapping[str, Outcome | Exception], seen: list[Message] | None = None
) -> Callable[[Sequence[Message]], Mapping[str, Callable[[], Outcome]]]:
    def run(messages: Sequence[Message]) -> Mapping[str, Callable[[], Outcome]]:
        if seen is not None:
            seen.extend(messages)

        def result(message_id: str) -> Callable[[], Outcome]:
            def get() -> Outcome:
                found = given[message_id]
                if isinstance(found, Exception):
                    raise found
                return found

            return get

        return {message.id: result(message.id) for message in messages}

    return run


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    monkeypatch.setattr(metrics.provider, "service", "nodenet-demo")
    monkeypatch.setattr(metrics.provider, "namespace", "Nodenet")
    metrics.clear_metrics()
    return lambda: {name: value["Value"] for name, value in metrics.provider.metric_set.items()}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was logged, line by line."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before)


def test_only_the_message_that_failed_comes_again(emitted: Callable[[], dict[str, Any]]) -> None:
    run = outcomes({"a": READY, "b": ValueError("a bug")})
    assert serve(records("a", "b"), Context(), run) == {"batchItemFailures": [{"itemIdentifier": "b"}]}  # type: ignore[arg-type]
    assert emitted()["UnforeseenErrors"] == [1.0]


def test_what_nobody_foresaw_is_logged_with_its_node(
    emitted: Callable[[], dict[str, Any]], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    serve(records("b"), Context(), outcomes({"b": ValueError("a bug")}))  # type: ignore[arg-type]
    (line,) = lines()
    assert line["level"] == "ERROR"
    assert line["instance_id"] == "i-1"
    assert "a bug" in line["exception"]
    assert emitted()


def test_the_line_of_an_outcome_has_the_node_its_group_and_the_token(
    emitted: Callable[[], dict[str, Any]], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    serve(records("a"), Context(), outcomes({"a": READY}))  # type: ignore[arg-type]
    (line,) = lines()
    assert (line["instance_id"], line["node_group"], line["lifecycle_token"]) == ("i-1", "g", "t")
    assert emitted() == {"NodesReady": [1.0], "SecondsToReady": [1.5]}


def test_two_messages_of_one_node_are_one_outcome(emitted: Callable[[], dict[str, Any]]) -> None:
    serve(records("a", "b"), Context(), outcomes({"a": READY, "b": READY}))  # type: ignore[arg-type]
    assert emitted()["NodesReady"] == [1.0]


def test_a_duplicate_is_no_second_node(emitted: Callable[[], dict[str, Any]]) -> None:
    again = Outcome(State.READY, "nothing", "i-1", news=False)
    serve(records("a"), Context(), outcomes({"a": again}))  # type: ignore[arg-type]
    assert emitted() == {}


def test_how_long_a_node_waits_is_measured(emitted: Callable[[], dict[str, Any]]) -> None:
    waiting = Outcome(State.WAITING, "", "i-1", seconds=901)
    serve(records("a"), Context(), outcomes({"a": waiting}))  # type: ignore[arg-type]
    assert emitted()["SecondsWaiting"] == [901.0]


def test_a_message_tells_how_often_it_was_here(emitted: Callable[[], dict[str, Any]]) -> None:
    seen: list[Message] = []
    serve(records("a"), Context(), outcomes({"a": READY}, seen))  # type: ignore[arg-type]
    assert [(message.receives, message.deferrals) for message in seen] == [(2, 3)]
    assert emitted()
