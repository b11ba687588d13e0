"""Invoked by hand, before the nodes come: the subnets keep for nodenet what the configuration gives it."""

import time
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.store import Store
from nodenet.aws.subnets import Subnets
from nodenet.serving import logger
from nodenet.settings import settings
from nodenet.subnets.answer import answer, dry_run_of
from nodenet.subnets.prepare import prepare

_LAST_CALL_SECONDS: Final = 60
"""For the call that is under way when the time is up: four attempts of ten seconds, and boto3's waits between them."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer says what was done (`{"dryRun": true}`: what would be), what is there already, and what is refused."""
    dry_run, here = dry_run_of(event), settings()
    ec2, store = Ec2(clients.ec2(), here.cluster), Store(clients.dynamodb(), here.table)
    configurations = Configurations(clients.ssm(), ec2, store, here.configuration_parameter, here.cluster)
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _LAST_CALL_SECONDS
    subnets = Subnets(clients.ec2(), here.cluster)
    said = answer(prepare(configurations, subnets, dry_run=dry_run, deadline=deadline))
    logger.info("subnets looked at" if dry_run else "subnets prepared", extra={"steps": said["steps"]})
    return said
