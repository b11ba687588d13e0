"""Lets pods onto the new nodes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.auto_scaling_groups import AutoScalingGroups
from nodenet.aws.node_groups import NodeGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.migration.groups.admit import Admit
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    groups, scaling = NodeGroups(clients.eks()), AutoScalingGroups(clients.autoscaling())
    return serve_step(event, Admit(groups, scaling, Nodes(cluster())))
