"""Quiets the autoscalers while node groups move, and restores them: on the way back, and at the end of a good run."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.karpenter import Karpenter
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.quiet.quiet import Quiet
from nodenet.migration.quiet.unquiet import Unquiet
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt", "end"}`; with `end` true what was quieted is restored."""
    quiet = Quiet(Workloads(cluster()), Karpenter(cluster()), ScalingGroups(clients.autoscaling()))
    return serve_step(event, Unquiet(quiet) if event.get("end") else quiet)
