"""Switches the VPC CNI of a new cluster, for CloudFormation: custom resource Custom::VpcCniSwitch."""

import time
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.addons import Addons
from nodenet.custom_resource import answer
from nodenet.errors import ConfigurationError
from nodenet.migration.cni.new_cluster import NewCluster
from nodenet.migration.cni.new_cluster_properties import Wish, parse
from nodenet.serving import logger
from nodenet.settings import migration_settings

RESERVE: Final = 60.0
"""Seconds of the function's time that are kept for the answer, and for the calls of a last look."""

clients.prepare("eks")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    answer(event, context, lambda: restore(event, context), lambda: switch(event, context))


def switch(event: Mapping[str, Any], context: LambdaContext) -> None:
    wish = _wish(event["ResourceProperties"])
    # Wrong properties, which an update takes back, have never done anything.
    before = (_valid(event["OldResourceProperties"]) or wish) if event["RequestType"] == "Update" else None
    logger.info(_cluster(event, context).switch(wish, before))


def restore(event: Mapping[str, Any], context: LambdaContext) -> None:
    """Wrong properties have never done anything."""
    wish = _valid(event["ResourceProperties"])
    logger.info(_cluster(event, context).restore(wish) if wish else "nothing was switched")


def _cluster(event: Mapping[str, Any], context: LambdaContext) -> NewCluster:
    def left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - RESERVE

    return NewCluster(Addons(clients.eks()), migration_settings().cluster, event["RequestId"], left, time.sleep)


def _wish(properties: Mapping[str, Any]) -> Wish:
    return parse(properties, migration_settings().cluster, Addons(clients.eks()).region)


def _valid(properties: Mapping[str, Any]) -> Wish | None:
    try:
        return _wish(properties)
    except ConfigurationError:
        return None
