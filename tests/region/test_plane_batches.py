"""How messages of a queue are batched for a function. Sources: Lambda developer guide, "Batching behavior" and "Using
Lambda with Amazon SQS"; API reference, CreateEventSourceMapping."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:claims"

Deploy = Callable[..., str]


class Claimer:
    """A function that notes how many records each invocation brings, fed from a queue."""

    def __init__(self, region: Region, deploy: Deploy, notes: Path) -> None:
        self._notes, self._functions, self._sqs = notes, region.client("lambda"), region.client("sqs")
        self._url = self._sqs.create_queue(QueueName="claims")["QueueUrl"]
        note = f"open({str(notes)!r}, 'a').write(str(len(event['Records'])) + '\\n')"
        deploy("claimer", f"def handler(event, context): {note}")
        # The first invocation starts a process; the others are what a test is about.
        self._functions.invoke(FunctionName="claimer", Payload=b'{"Records": []}')
        notes.write_text("")

    def batch(self, **settings: int) -> None:
        self._functions.create_event_source_mapping(FunctionName="claimer", EventSourceArn=QUEUE, **settings)

    def burst(self, messages: int) -> float:
        """Sends so many at once, and returns when the first was sent."""
        started = time.monotonic()
        for first in range(0, messages, 10):
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(first, min(messages, first + 10))]
            self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
        return started

    def batches(self, messages: int) -> list[int]:
        """The sizes of the batches, once they have brought so many messages."""
        deadline = time.monotonic() + 15
        while sum(sizes := [int(line) for line in self._notes.read_text().split()]) < messages:
            assert time.monotonic() < deadline, sizes
            time.sleep(0.01)
        return sizes


@pytest.fixture
def claimer(fresh_region: Region, deploy: Any, tmp_path: Path) -> Claimer:
    return Claimer(fresh_region, deploy, tmp_path / "notes")


def test_a_burst_within_the_window_is_one_batch(claimer: Claimer) -> None:
    claimer.batch(BatchSize=100, MaximumBatchingWindowInSeconds=1)
    started = claimer.burst(25)
    assert claimer.batches(25) == [25]
    assert 0.9 < time.monotonic() - started < 4


def test_the_window_runs_at_the_regions_speed(claimer: Claimer, fresh_region: Region) -> None:
    claimer.batch(BatchSize=100, MaximumBatchingWindowInSeconds=60)
    fresh_region.control.speed = 100
    started = claimer.burst(12)
    assert claimer.batches(12) == [12]
    assert 0.5 < time.monotonic() - started < 4


def test_a_full_batch_does_not_wait_for_its_window(claimer: Claimer) -> None:
    claimer.batch(BatchSize=20, MaximumBatchingWindowInSeconds=60)
    started = claimer.burst(20)
    assert claimer.batches(20) == [20]
    assert time.monotonic() - started < 3


def test_without_a_window_a_batch_has_ten_at_most(claimer: Claimer, fresh_region: Region) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        claimer.batch(BatchSize=11)
    claimer.batch(BatchSize=10)
    claimer.burst(25)
    assert max(claimer.batches(25)) <= 10
