"""The first step of the way back: whether a run is to be undone, and by whom."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.executions import Executions
from nodenet.migration.take_over import take_over
from nodenet.serving import logger
from nodenet.serving_migration import contract, record

clients.prepare("dynamodb", "stepfunctions")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run" or "again", "execution", "watching"}`; the answer `{"run", "proceed", "said", "hold"}`."""
    with contract(event, "take_over"):
        taken = take_over(event, record(), Executions(clients.stepfunctions()))
    logger.info(taken.said, extra={"run": taken.run, "proceed": taken.proceed})
    return asdict(taken)
