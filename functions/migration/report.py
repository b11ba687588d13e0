"""Ends a run: writes what it was and what it did, tells of it, and frees the cluster for the next."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.free_addresses import FreeAddresses
from nodenet.aws.migration_bus import MigrationBus
from nodenet.aws.reports import Reports
from nodenet.migration.report.composing import Composing
from nodenet.migration.report.finish import finish
from nodenet.serving import logger, metrics
from nodenet.serving_migration import contract, record
from nodenet.settings import migration_settings

clients.prepare("dynamodb", "ec2", "events", "s3")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "outcome": "moved" or "rolled back"}`, the answer `{"said", "report"}`: its place."""
    here = migration_settings()
    composing = Composing(FreeAddresses(clients.ec2()))
    reports, bus = Reports(clients.s3(), here.reports_bucket), MigrationBus(clients.events(), here.event_bus)
    with contract(event, "report"):
        place = finish(event, record(), composing, reports, bus, time.time())
    said = f"run {event['run']} has ended: {event['outcome']}"
    logger.info(said, extra={"run": event["run"], "report": place})
    return {"said": said, "report": place}
