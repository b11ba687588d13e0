"""Chooses the nodes that are drained next."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.loads import Loads
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.drain.next_batch import NextBatch
from nodenet.migration.run import Way
from nodenet.migration.step import check_way
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import contract, record

clients.prepare("autoscaling", "dynamodb", "eks", "elbv2")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "which": "old" or "new", "execution"}`, the answer
    `{"number", "done", "wave", "nodes": [{"node", "instance", "options", "execution"}]}`."""
    with contract(event, "next_batch"):
        run = record().run(event["run"])
        check_way(run, Way(event["way"]))
        batch = _next_batch().choose(run, event["which"], event["execution"])
    said = "there is nothing left to drain" if batch.done else f"batch {batch.number} of {len(batch.nodes)} nodes"
    logger.info(said, extra={"run": run.id, "nodes": [each["node"] for each in batch.nodes]})
    return asdict(batch)


def _next_batch() -> NextBatch:
    nodes, groups, loads = Nodes(cluster()), ScalingGroups(clients.autoscaling()), Loads(clients.elbv2())
    return NextBatch(nodes, groups, Pods(cluster()), Workloads(cluster()), Bindings(cluster()), loads)
