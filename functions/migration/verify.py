"""Sees that all pods have moved, and that nothing has less than before the run."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.loads import Loads
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.probe_pods import ProbePods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.canary.probes import Probes
from nodenet.migration.verify.verify import Verify
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "eks", "elbv2")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "attempt"}`."""
    groups, loads = ScalingGroups(clients.autoscaling()), Loads(clients.elbv2())
    nodes, pods, workloads, bindings = Nodes(cluster()), Pods(cluster()), Workloads(cluster()), Bindings(cluster())
    probes = Probes(ProbePods(cluster()), nodes, groups, pods, time.time)
    return serve_step(event, Verify(nodes, groups, pods, workloads, bindings, loads, probes))
