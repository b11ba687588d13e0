"""Keeps what there was before the run: what owners of pods have available, and what network policies allow and deny."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.probe_pods import ProbePods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.canary.probe import ProbeBefore
from nodenet.migration.canary.probes import Probes
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    nodes, groups, pods = Nodes(cluster()), ScalingGroups(clients.autoscaling()), Pods(cluster())
    probes = Probes(ProbePods(cluster()), nodes, groups, pods, time.time)
    return serve_step(event, ProbeBefore(nodes, groups, pods, Workloads(cluster()), probes))
