"""One turn at draining a node, for a batch of a migration or for an instance that waits in a terminate hook."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.migration.drain.drain_node import DrainNode, Turn, of_event
from nodenet.migration.run import Way
from nodenet.migration.step import check_way
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import contract, record

clients.prepare("autoscaling", "dynamodb", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"node" or "instance", "options", "elapsed", "turn"}`, with `run`, `way` and `batch`, or with
    `action`; the answer `{"done", "said", "node", "outcome", "wait", "evicted", "left"}`. Cancelled or Superseded once
    the run has turned: nothing more is evicted, nor a node cordoned that the way back has opened."""
    with contract(event, "drain_node"):
        asked = of_event(event)
        if event.get("run"):
            check_way(record().run(event["run"]), Way(event["way"]))
        drain = DrainNode(Nodes(cluster()), Pods(cluster()), AutoScaling(clients.autoscaling()))
        turn = drain.turn(asked)
        if event.get("run"):
            _note(event, turn)
    about = {"run": event.get("run"), "node": turn.node, "outcome": turn.outcome, "left": turn.left}
    logger.info(turn.said, extra=about)
    if turn.evicted:
        metrics.add_metric("PodsEvicted", MetricUnit.Count, turn.evicted)
    return asdict(turn)


def _note(event: Mapping[str, Any], turn: Turn) -> None:
    part = record().run(event["run"]).part(f"node#{turn.node or event['node']}")
    part.keep(began=time.time(), batch=event.get("batch"))
    ended = {"outcome": turn.outcome, "ended": time.time()} if turn.done else {"outcome": None, "ended": None}
    evicted = part.get("evicted", 0) + turn.evicted
    part.note(said=turn.said, turns=event["turn"] + 1, evicted=evicted, left=list(turn.left), **ended)
