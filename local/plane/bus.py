"""EventBridge: our models' events on the bus, functions invoked asynchronously, deliveries gone wrong on demand."""

import contextvars
import itertools
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.plane import permissions, private
from local.world import ACCOUNT, REGION, world

log = logging.getLogger("local.region")


@dataclass
class Disturbance:
    """What is to happen to the next `times` deliveries from EventBridge that match.

    A delivery matches by the event's `detail_type` and the target's ARN ending in `target`; left out they match any.
    `copies` more deliveries follow the first (at least once); `delay` simulated seconds pass before each; with
    `reorder` deliveries are held until that many are there and then made in reverse order.
    """

    detail_type: str | None = None
    target: str | None = None
    copies: int = 0
    delay: float = 0.0
    reorder: int = 0
    times: int = 1
    id: int = 0
    hits: int = 0


class Deliveries:
    """The disturbances that are ordered, and the deliveries that are held for reordering."""

    def __init__(self) -> None:
        self._orders: list[Disturbance] = []
        self._held: dict[int, list[Any]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, order: Disturbance) -> Disturbance:
        with self._lock:
            order.id = next(self._ids)
            self._orders.append(order)
        return order

    def all(self) -> list[Disturbance]:
        with self._lock:
            return list(self._orders)

    def clear(self) -> None:
        """Forgets every order; what is held is delivered."""
        with self._lock:
            held = [delivery for group in self._held.values() for delivery in group]
            self._orders.clear()
            self._held.clear()
        for deliver in held:
            deliver()

    def drop(self) -> None:
        """Forgets every order and what is held."""
        with self._lock:
            self._orders.clear()
            self._held.clear()

    def disturb(self, detail_type: str, target: str, deliver: Any) -> None:
        """Makes one delivery, as the first matching order wants it."""
        with self._lock:
            order = next(
                (
                    one
                    for one in self._orders
                    if one.hits < one.times
                    and one.detail_type in (None, detail_type)
                    and (one.target is None or target.endswith(one.target))
                ),
                None,
            )
            if order is None:
                due = [deliver]
            else:
                order.hits += 1
                due = self._due(order, deliver)
            delay = order.delay if order else 0.0
        for one in due:
            if delay:
                world.clock.later(delay, one)
            else:
                one()

    def _due(self, order: Disturbance, deliver: Any) -> list[Any]:
        deliveries = [deliver] * (1 + order.copies)
        if not order.reorder:
            return deliveries
        held = self._held.setdefault(order.id, [])
        held.extend(deliveries)
        if len(held) < order.reorder and order.hits < order.times:
            return []
        return self._held.pop(order.id)[::-1]


def publish(source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
    """Puts an event of an AWS service on the default bus of the account."""
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail, default=str),
        "Resources": list(resources),
    }
    region = _region_of(resources)
    with private.get("core.responses.request_scope")(ACCOUNT, region):
        private.get("services.eventbridge._put_events")({"Entries": [entry]}, allow_aws_source=True)


def install(deliveries: Deliveries) -> None:
    """Connects our models to the bus, and the bus to the deliveries' disturbances."""
    world.publish = publish
    _invoke_functions_asynchronously()
    _ask_the_target()
    _disturb_deliveries(deliveries)


def _region_of(resources: Sequence[str]) -> str:
    for arn in resources:
        parts = arn.split(":")
        if len(parts) > 3 and parts[3]:
            return parts[3]
    return REGION


def _invoke_functions_asynchronously() -> None:
    """ministack runs a rule's function once; EventBridge invokes it asynchronously, so Lambda retries it."""

    def make(original: Any) -> Any:
        def dispatch(arn: str, payload: str) -> None:
            function, config, _ = private.get("services.lambda_svc._get_func_record_for_ref")(arn)
            if not function or not config:
                original(arn, payload)
                return
            record = private.get("services.lambda_svc._execution_record_for_config")(function, config)
            private.get("services.lambda_svc.invoke_async_with_retry")(record, json.loads(payload))

        return dispatch

    private.replace("services.eventbridge._dispatch_to_lambda", make)


def _ask_the_target() -> None:
    """ministack delivers whatever the policy of a queue or function says, and has no dead-letter queues for rules."""

    def make(original: Any) -> Any:
        def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
            arn, source = str(target.get("Arn", "")), str(rule.get("Arn", ""))
            # Schedules of EventBridge Scheduler deliver by their role, not by the target's policy.
            refused = permissions.refusal(arn, source) if source.split(":")[2:3] == ["events"] else None
            refused = refused or permissions.refusal_of_role(arn, str(target.get("RoleArn", "")))
            if refused is None:
                original(target, event, rule, view)
                return
            log.warning("an event of rule %s was not delivered: %s: %s", source, *refused)
            if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
                whole = private.get("services.eventbridge._pattern_event_view")(event).event_with_detail()
                permissions.send_to_dead_letters(queue, source, arn, whole, *refused)

        return invoke

    private.replace("services.eventbridge._invoke_target", make)


def _disturb_deliveries(deliveries: Deliveries) -> None:
    """EventBridge delivers at least once and in no order; ministack exactly once and in order."""

    def make(original: Any) -> Any:
        def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
            scope = contextvars.copy_context()

            def deliver() -> None:
                # A context can be entered once at a time: a copy for each delivery.
                scope.copy().run(original, target, event, rule, view)

            deliveries.disturb(str(event.get("DetailType", "")), str(target.get("Arn", "")), deliver)

        return invoke

    private.replace("services.eventbridge._invoke_target", make)
