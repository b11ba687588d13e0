"""Asks people: for a run's approval, or what is to become of a step that failed. The state machine waits for them."""

import time
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.migration_bus import MigrationBus
from nodenet.migration.question import ask
from nodenet.serving import logger, metrics
from nodenet.serving_migration import contract, record
from nodenet.settings import migration_settings

clients.prepare("dynamodb", "events")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "kind": "approval" or "hold", "way", "step", "error", "cause", "token"}`."""
    with contract(event, "ask"):
        ask(event, record(), MigrationBus(clients.events(), migration_settings().event_bus), time.time())
    if event["kind"] == "hold":
        metrics.add_metric("MigrationsHeld", MetricUnit.Count, 1)
    logger.warning(
        "a person is asked", extra={key: event.get(key) for key in ("run", "kind", "step", "error", "cause")}
    )
