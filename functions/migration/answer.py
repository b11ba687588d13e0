"""Says how far a run is, and takes what people answer it."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.executions import Executions
from nodenet.migration.reply import reply
from nodenet.serving import logger
from nodenet.serving_migration import contract, record

clients.prepare("dynamodb", "stepfunctions")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "answer", "by"}`; `answer` is "status", "report", "approve", "refuse", "resume", "rollback"
    or "cancel", and `by` says whose answer it is."""
    with contract(event, "answer"):
        replied = reply(event, record(), Executions(clients.stepfunctions()), time.time())
    if "said" in replied:
        logger.info(replied["said"], extra={"run": event["run"], "by": event.get("by", "")})
    return replied
