"""Every few minutes: the lifecycle hooks stand on every group that the configuration names, and on no other."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.store import Store
from nodenet.errors import ConfigurationError
from nodenet.hooks.install import install
from nodenet.hooks.plan import wanted
from nodenet.serving import logger, metrics
from nodenet.settings import settings


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Also invoked by hand after a change of the configuration: the answer says what was done, or what is wrong."""
    here = settings()
    ec2, store = Ec2(clients.ec2(), here.cluster), Store(clients.dynamodb(), here.table)
    try:
        configuration = Configurations(clients.ssm(), ec2, store, here.configuration_parameter, here.cluster).load()
    except ConfigurationError as error:
        metrics.add_metric("ConfigurationErrors", MetricUnit.Count, len(error.mistakes))
        logger.error("the configuration is wrong, no group is touched", extra={"mistakes": error.mistakes})
        return {"configuration": "wrong", "mistakes": error.mistakes, "groups": []}
    done = install(AutoScaling(clients.autoscaling()), configuration, wanted(here.launch_hook, here.terminate_hook))
    for each in done:
        if each.error or each.steps:
            (logger.error if each.error else logger.info)(each.error or "hooks changed", extra=asdict(each))
    metrics.add_metric("HookErrors", MetricUnit.Count, sum(bool(each.error) for each in done))
    return {"configuration": "good", "mistakes": [], "groups": [asdict(each) for each in done]}
