"""Every minute: slices whose interfaces are gone come free, and ranges that are almost full are told of."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.register import Register
from nodenet.aws.store import Store
from nodenet.serving import logger, metrics, report_sweep
from nodenet.settings import settings
from nodenet.slices.sweep import sweep

clients.prepare("ec2", "dynamodb", "ssm")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Also invoked by hand: the answer says what was changed, and how full each range is."""
    here = settings()
    ec2, store = Ec2(clients.ec2(), here.cluster), Store(clients.dynamodb(), here.table)
    configurations = Configurations(clients.ssm(), ec2, store, here.configuration_parameter, here.cluster)
    return report_sweep(sweep(configurations, Register(clients.dynamodb(), here.slices_table), ec2))
