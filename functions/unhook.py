"""The stack goes away: take its lifecycle hooks off, or every launch would wait for nobody and be abandoned."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.custom_resource import answer
from nodenet.hooks.install import remove
from nodenet.hooks.plan import wanted
from nodenet.serving import logger
from nodenet.settings import settings


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    answer(event, context, unhook)


def unhook() -> None:
    here = settings()
    done = remove(AutoScaling(clients.autoscaling()), here.cluster, wanted(here.launch_hook, here.terminate_hook))
    logger.info("hooks taken off", extra={"groups": [each.group for each in done if each.steps]})
