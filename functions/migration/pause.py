"""Lets time pass in a run: until the control plane knows a new block, and before old node groups are deleted."""

import time
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.migration.pause import bake, settle
from nodenet.serving import logger, metrics
from nodenet.serving_migration import serve_step

clients.prepare("dynamodb")

_PAUSES: Final = {pause.name: pause for pause in (settle(time.time), bake(time.time))}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "attempt", "pause": "settle" or "bake"}`."""
    return serve_step(event, _PAUSES[event["pause"]])
