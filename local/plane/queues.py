"""SQS: batching windows, and messages duplicated or out of order on demand."""

import copy
import itertools
import threading
from dataclasses import dataclass
from typing import Any

from local.plane import private
from local.plane.answers import error
from local.world import world


@dataclass
class Confusion:
    """What a standard queue may do at any time, done to its next `times` receives that return something.

    `duplicate` leaves a copy of each received message visible in the queue: the same message id and body, a receipt
    handle of its own (SQS developer guide, "Amazon SQS at-least-once delivery"). `reorder` returns the youngest first.
    """

    queue: str
    duplicate: bool = False
    reorder: bool = False
    times: int = 1
    id: int = 0
    hits: int = 0


class Queues:
    """The confusions that are ordered."""

    def __init__(self) -> None:
        self._orders: list[Confusion] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, order: Confusion) -> Confusion:
        with self._lock:
            order.id = next(self._ids)
            self._orders.append(order)
        return order

    def all(self) -> list[Confusion]:
        with self._lock:
            return list(self._orders)

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def due(self, queue: str) -> Confusion | None:
        with self._lock:
            return next((one for one in self._orders if one.queue == queue and one.hits < one.times), None)


def install(queues: Queues) -> None:
    """Puts the confusions into every receive, and batching windows into those of event sources."""
    _confuse_receives(queues)
    _wait_for_the_batching_window()
    _check_batch_sizes()


def _confuse_receives(queues: Queues) -> None:
    """ministack delivers every message exactly once and in order, which no standard queue promises."""

    def make(original: Any) -> Any:
        def collect(q: dict[str, Any], max_n: int, vis_timeout: int) -> list[dict[str, Any]]:
            name = str(q["attributes"].get("QueueArn", "")).rpartition(":")[2]
            order = None if q.get("is_fifo") else queues.due(name)
            if order and order.reorder:
                q["messages"].reverse()
            received: list[dict[str, Any]] = original(q, max_n, vis_timeout)
            if order and order.reorder:
                q["messages"].reverse()
            if order and received:
                order.hits += 1
                if order.duplicate:
                    for message in received:
                        twin = copy.deepcopy(message)
                        twin |= {"visible_at": world.clock.now(), "receipt_handle": None}
                        q["messages"].append(twin)
                    private.get("core.concurrency.esm_wake").set()
            return received

        return collect

    private.replace("services.sqs._collect_msgs", make)


def _wait_for_the_batching_window() -> None:
    """ministack ignores MaximumBatchingWindowInSeconds.

    Lambda "continues to poll until the batching window expires, the payload limit is met, or the full batch size is
    reached", the window beginning with the first message (Lambda developer guide, "Batching behavior"). The messages
    stay in the queue meanwhile.
    """

    def make(original: Any) -> Any:
        def receive(queue_url: str, max_number: int) -> list[dict[str, Any]]:
            queue = private.get("services.sqs._queues").get(queue_url)
            if queue is not None and (window := _window_of(queue)):
                now = world.clock.now()
                visible = sorted(message["visible_at"] for message in queue["messages"] if message["visible_at"] <= now)
                if visible and len(visible) < max_number and now - visible[0] < window:
                    _wake_at(visible[0] + window)
                    return []
            batch: list[dict[str, Any]] = original(queue_url, max_number)
            # "BatchSize ... for standard queues the maximum is 10,000": ministack takes ten at most at a time.
            while batch and len(batch) < max_number and (more := original(queue_url, max_number - len(batch))):
                batch += more
            return batch

        return receive

    private.replace("services.sqs._receive_messages_for_esm", make)


_wakes: set[float] = set()


def _wake_at(moment: float) -> None:
    """Lets the poller, which looks once a second by itself, look when a window ends."""

    def wake() -> None:
        _wakes.discard(moment)
        private.get("core.concurrency.esm_wake").set()

    if moment not in _wakes:
        _wakes.add(moment)
        world.clock.later(moment - world.clock.now(), wake)


def _check_batch_sizes() -> None:
    """API reference, CreateEventSourceMapping: a batch of more than ten needs a window of at least a second."""

    def make(original: Any) -> Any:
        def create(data: dict[str, Any]) -> Any:
            source, window = str(data.get("EventSourceArn", "")), data.get("MaximumBatchingWindowInSeconds") or 0
            if source.split(":")[2:3] == ["sqs"] and int(data.get("BatchSize") or 0) > 10 and int(window) < 1:
                message = (
                    "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
                )
                return error("lambda", "InvalidParameterValueException", message, 400, {})
            return original(data)

        return create

    private.replace("services.lambda_svc._create_esm", make)


def _window_of(queue: dict[str, Any]) -> float:
    arn = queue["attributes"].get("QueueArn")
    return max(
        (
            float(source.get("MaximumBatchingWindowInSeconds") or 0)
            for source in private.get("services.lambda_svc._esms").values()
            if source.get("EventSourceArn") == arn
        ),
        default=0.0,
    )
