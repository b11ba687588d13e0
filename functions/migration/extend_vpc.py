"""Gives the VPC room for the pods, and takes back what nobody uses on the way back."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.vpc_changes import VpcChanges
from nodenet.migration.vpc.extend_vpc import ExtendVpc
from nodenet.serving import logger, metrics
from nodenet.serving_migration import serve_step

clients.prepare("dynamodb", "ec2")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    return serve_step(event, ExtendVpc(VpcChanges(clients.ec2()), time.time))
