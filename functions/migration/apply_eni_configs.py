"""Tells the VPC CNI where pods get their addresses from, and takes that back."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.cni.eni_configs import ApplyEniConfigs
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    return serve_step(event, ApplyEniConfigs(VpcCni(cluster())))
