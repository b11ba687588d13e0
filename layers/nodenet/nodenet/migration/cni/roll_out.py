"""How far aws-node's roll-out is, and which nodes it waits for. Pure."""

from collections.abc import Collection, Sequence

from nodenet.migration.cluster import Node, Pod
from nodenet.migration.objects import DaemonSetState

_SHOWN = 5


def progress(aws_node: DaemonSetState, agents: Collection[Pod], nodes: Collection[Node]) -> str:
    """A DaemonSet's roll-out stands still at a node that is not Ready: its old pod ends only when the node's kubelet
    says so ("Perform a Rolling Update on a DaemonSet", Kubernetes documentation)."""
    said = f"aws-node is new and available on {min(aws_node.updated, aws_node.available)} of {aws_node.desired} nodes"
    dead = {node.name for node in nodes if not node.ready}
    waited = sorted({pod.node for pod in agents if pod.node and (pod.terminating or not pod.ready)})
    shown = [f"{name} (the node is not Ready)" if name in dead else name for name in waited]
    return f"{said}; it waits for {few(shown)}" if shown else said


def few(names: Sequence[str]) -> str:
    """The first of many names."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
