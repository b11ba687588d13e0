"""Every few minutes: the lifecycle hooks stand on every group that the configuration names, and on no other."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.store import Store
from nodenet.hooks.install import keep
from nodenet.hooks.plan import wanted
from nodenet.serving import logger, metrics, report_hooks
from nodenet.settings import settings


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Also invoked by hand after a change of the configuration: the answer says what was done, or what is wrong."""
    here, autoscaling = settings(), AutoScaling(clients.autoscaling())
    ec2, store = Ec2(clients.ec2(), here.cluster), Store(clients.dynamodb(), here.table)
    configurations = Configurations(clients.ssm(), ec2, store, here.configuration_parameter, here.cluster)
    return report_hooks(keep(configurations, autoscaling, ec2, wanted(here.launch_hook, here.terminate_hook)))
