"""Waits until the pods of drained nodes are available elsewhere."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.loads import Loads
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.drain.settle_batch import SettleBatch
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("dynamodb", "eks", "elbv2")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "which", "batch", "attempt"}`."""
    nodes, pods, workloads, bindings = Nodes(cluster()), Pods(cluster()), Workloads(cluster()), Bindings(cluster())
    loads = Loads(clients.elbv2())
    return serve_step(event, SettleBatch(event["which"], int(event["batch"]), nodes, pods, workloads, bindings, loads))
