"""Switches the VPC CNI, and switches it back."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.addons import Addons
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.cni.switch_cni import SwitchCni
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    groups, addons = ScalingGroups(clients.autoscaling()), Addons(clients.eks())
    return serve_step(event, SwitchCni(VpcCni(cluster()), addons, Nodes(cluster()), groups))
