"""Cordons the old nodes, and opens them again on the way back."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.migration.quiet.cordon import Cordon
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    return serve_step(event, Cordon(Nodes(cluster()), ScalingGroups(clients.autoscaling())))
