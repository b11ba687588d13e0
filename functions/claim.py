"""A pod has addresses, or has them no more: put them on its node's interface, or take them off."""

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.address_bus import AddressBus
from nodenet.aws.address_register import AddressRegister
from nodenet.aws.addresses import Addresses
from nodenet.aws.configurations import Configurations
from nodenet.aws.queue import Queue
from nodenet.aws.store import Store
from nodenet.claims.batch import Claims
from nodenet.serving import logger, metrics
from nodenet.serving_claims import serve_claims
from nodenet.settings import settings

clients.prepare("ec2", "dynamodb", "ssm", "events")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    seconds = context.get_remaining_time_in_millis() / 1000
    return serve_claims(event, context, settings().cluster, claims(seconds).run)


def claims(seconds: float) -> Claims:
    """The work, with `seconds` left for it."""
    here = settings()
    return Claims(
        cluster=here.cluster,
        ec2=_ec2(),
        register=AddressRegister(clients.dynamodb(), here.table),
        configurations=_configurations(),
        queue=Queue(clients.sqs(), here.queue_url),
        bus=AddressBus(clients.events(), here.event_bus, here.cluster),
        until=time.time() + seconds,
        now=time.time,
    )


@cache
def _ec2() -> Addresses:
    return Addresses(clients.ec2(), settings().cluster)


@cache
def _configurations() -> Configurations:
    here = settings()
    store = Store(clients.dynamodb(), here.table)
    return Configurations(clients.ssm(), _ec2(), store, here.configuration_parameter, here.cluster)
