"""Tries the new network before any pod depends on it, and takes away what it tried it with."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.canaries import Canaries
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.migration.canary.canary import Canary
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    nodes, groups = Nodes(cluster()), ScalingGroups(clients.autoscaling())
    return serve_step(event, Canary(nodes, groups, Pods(cluster()), Canaries(cluster()), time.time))
