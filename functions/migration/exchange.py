"""Where node subnets are short: ends drained nodes, and lets new ones come in their place."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.auto_scaling_groups import AutoScalingGroups
from nodenet.aws.node_groups import NodeGroups
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.migration.drain.exchange import Exchange
from nodenet.migration.groups.waves import Waves
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "which", "batch", "attempt"}`."""
    nodes, groups = Nodes(cluster()), ScalingGroups(clients.autoscaling())
    waves = Waves(NodeGroups(clients.eks()), AutoScalingGroups(clients.autoscaling()))
    return serve_step(event, Exchange(int(event["batch"]), nodes, groups, waves))
