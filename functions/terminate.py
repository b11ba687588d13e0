"""A node goes away: let it go, and leave nothing of its networks behind."""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.ec2 import Ec2
from nodenet.aws.queue import Queue
from nodenet.aws.store import Store
from nodenet.nodes.terminate import Terminate
from nodenet.serving import logger, metrics, serve
from nodenet.settings import settings

clients.prepare("ec2", "autoscaling", "dynamodb")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return serve(event, context, terminate().run)


def terminate() -> Terminate:
    return Terminate(
        settings().terminate_hook,
        Ec2(clients.ec2(), settings().cluster),
        AutoScaling(clients.autoscaling()),
        Queue(clients.sqs(), settings().queue_url),
        Store(clients.dynamodb(), settings().table),
    )
