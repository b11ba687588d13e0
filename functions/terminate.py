"""A node goes away: have it drained if its group asks for that, let it go, and leave nothing of its networks behind."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.configurations import Configurations
from nodenet.aws.drains import Drains
from nodenet.aws.ec2 import Ec2
from nodenet.aws.queue import Queue
from nodenet.aws.store import Store
from nodenet.nodes.draining import Draining
from nodenet.nodes.terminate import Terminate
from nodenet.serving import logger, metrics, serve
from nodenet.settings import settings

clients.prepare("ec2", "autoscaling", "dynamodb", "ssm", "stepfunctions")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return serve(event, context, terminate().run)


def terminate() -> Terminate:
    draining = Draining(_configurations(), _ec2(), Drains(clients.stepfunctions()), settings().drain_machine)
    return Terminate(
        settings().terminate_hook,
        _ec2(),
        AutoScaling(clients.autoscaling()),
        Queue(clients.sqs(), settings().queue_url),
        _store(),
        draining,
    )


@cache
def _ec2() -> Ec2:
    return Ec2(clients.ec2(), settings().cluster)


@cache
def _store() -> Store:
    return Store(clients.dynamodb(), settings().table)


@cache
def _configurations() -> Configurations:
    return Configurations(clients.ssm(), _ec2(), _store(), settings().configuration_parameter, settings().cluster)
