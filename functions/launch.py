"""A node launches: give it its networks, then let it go into service."""

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.bus import Bus
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.queue import Queue
from nodenet.aws.register import Register
from nodenet.aws.store import Store
from nodenet.nodes.conclude import Conclusion
from nodenet.nodes.failure import Failure
from nodenet.nodes.launch import Launch
from nodenet.nodes.waiting import Waiting
from nodenet.serving import logger, metrics, serve
from nodenet.settings import settings
from nodenet.slices.take import Slices

clients.prepare("ec2", "autoscaling", "dynamodb", "ssm", "events")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return serve(event, context, launch(context.get_remaining_time_in_millis() / 1000).run)


def launch(seconds: float) -> Launch:
    """The work, with `seconds` left for it; half of them may go into waiting for EC2."""
    here, ec2, store = settings(), _ec2(), _store()
    autoscaling, queue = AutoScaling(clients.autoscaling()), Queue(clients.sqs(), here.queue_url)
    bus = Bus(clients.events(), here.event_bus, here.cluster)
    waiting = Waiting(autoscaling, queue)
    failure = Failure(ec2, autoscaling, queue, store, bus, waiting)
    slices = Slices(Register(clients.dynamodb(), here.slices_table), ec2)
    deadline = time.monotonic() + seconds / 2
    conclusion = Conclusion(ec2, slices, autoscaling, store, bus, waiting, failure, deadline)
    return Launch(here.cluster, here.launch_hook, ec2, store, _configurations(), conclusion, time.time() + seconds)


@cache
def _ec2() -> Ec2:
    return Ec2(clients.ec2(), settings().cluster)


@cache
def _store() -> Store:
    return Store(clients.dynamodb(), settings().table)


@cache
def _configurations() -> Configurations:
    return Configurations(clients.ssm(), _ec2(), _store(), settings().configuration_parameter, settings().cluster)
