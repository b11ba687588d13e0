"""Which nodes are planned for, and which are left out."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.running.seen import Instance, Node, Pod, Seen

_INSTANCE: Final = re.compile(r"aws:///(?:[^/]+/)?(i-[0-9a-f]+)")
"""How the AWS cloud provider names an instance (cloud-provider-aws, pkg/providers/v1/instances.go)."""

_COMPUTE: Final = "eks.amazonaws.com/compute-type"
"""By which aws-node itself stays away from Fargate, hybrid and Auto Mode nodes (its DaemonSet's affinity)."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A Linux instance on which the VPC CNI gives pods their addresses. `pods`: those that have an address of the VPC,
    `branch` of them with an interface of their own; `waiting`: those that have none yet; `host`: those on the node's
    own network."""

    node: Node
    instance: Instance
    pods: int
    branch: int
    waiting: int
    host: int

    @property
    def group(self) -> str:
        """Managed node group, Karpenter's node pool, or Auto Scaling group; empty where it is of none."""
        labels = self.node.labels
        return labels.get("eks.amazonaws.com/nodegroup") or labels.get("karpenter.sh/nodepool") or self.instance.group


def planned(seen: Seen) -> tuple[PlannedNode, ...]:
    """In the order of their names."""
    pod_eni = bool(seen.daemon_set and CniSettings.of(seen.daemon_set.environment).pod_eni)
    pods: dict[str, list[Pod]] = {}
    for pod in seen.pods:
        pods.setdefault(pod.node, []).append(pod)
    return tuple(
        _counted(node, instance, pods.get(node.name, ()), pod_eni)
        for node in sorted(seen.nodes, key=lambda node: node.name)
        if (instance := _instance(node, seen)) and not _strange(node)
    )


def notes(seen: Seen) -> Iterator[str]:
    """Who was left out and why, and who was kept although something is the matter."""
    strange = Counter(_strange(node) for node in seen.nodes)
    for kind in sorted(filter(None, strange)):
        yield f"{_many(strange[kind], f'{kind} node')} left out: what they take counts as used"
    known = [node for node in seen.nodes if not _strange(node)]
    yield from _named(known, lambda node: not _instance(node, seen), "left out: EC2 shows no instance for them")
    yield from _named(known, lambda node: not node.ready, "not Ready, and planned for all the same")
    yield from _named(known, lambda node: node.unschedulable, "cordoned, and planned for all the same")
    if waiting := [node for node in planned(seen) if node.waiting]:
        pods = sum(node.waiting for node in waiting)
        count = "1 pod has no address yet, and is" if pods == 1 else f"{pods} pods have no address yet, and are"
        yield f"{count} not counted: on {_listed([node.node.name for node in waiting])}"


def _strange(node: Node) -> str:
    """The kind of a node that aws-node does not run on; empty for the others."""
    kind = node.labels.get(_COMPUTE, "")
    if kind in ("fargate", "hybrid"):
        return kind.capitalize()
    if kind == "auto":
        return "Auto Mode"
    return "Windows" if node.labels.get("kubernetes.io/os") == "windows" else ""


def _instance(node: Node, seen: Seen) -> Instance | None:
    match = _INSTANCE.fullmatch(node.provider_id)
    return seen.cloud.instances.get(match[1]) if match else None


def _counted(node: Node, instance: Instance, pods: Iterable[Pod], pod_eni: bool) -> PlannedNode:
    counts = Counter(_kind(pod, pod_eni) for pod in pods)
    shared, branch = counts["shared"], counts["branch"]
    return PlannedNode(node, instance, shared + branch, branch, counts["waiting"], counts["host"])


def _kind(pod: Pod, pod_eni: bool) -> str:
    if pod.host_network:
        return "host"
    if pod.waiting:
        return "waiting"
    # Without ENABLE_POD_ENI a pod that comes in its place takes an address like the others.
    return "branch" if pod.branch and pod_eni else "shared"


def _named(nodes: Iterable[Node], is_so: Callable[[Node], bool], what: str) -> Iterator[str]:
    names = sorted(node.name for node in nodes if is_so(node))
    if names:
        yield f"{_many(len(names), 'node')} {what}: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _many(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"
