"""Which nodes are planned for, and which are left out."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nodenet.capacity.running.seen import Instance, Node, Pod, Seen

_INSTANCE: Final = re.compile(r"aws:///(?:[^/]+/)?(i-[0-9a-f]+)")
"""How the AWS cloud provider names an instance (cloud-provider-aws, pkg/providers/v1/instances.go)."""

_COMPUTE: Final = "eks.amazonaws.com/compute-type"
"""By which aws-node itself stays away from Fargate, hybrid and Auto Mode nodes (its DaemonSet's affinity)."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A Linux instance on which the VPC CNI gives pods their addresses. `pods`: those with an address of the VPC,
    `branch` of them with an interface of their own; `host`: those on the node's own network."""

    node: Node
    instance: Instance
    pods: int
    branch: int
    host: int

    @property
    def group(self) -> str:
        """Managed node group, Karpenter's node pool, or Auto Scaling group; empty where it is of none."""
        labels = self.node.labels
        return labels.get("eks.amazonaws.com/nodegroup") or labels.get("karpenter.sh/nodepool") or self.instance.group


def planned(seen: Seen) -> tuple[PlannedNode, ...]:
    """In the order of their names."""
    pods: dict[str, list[Pod]] = {}
    for pod in seen.pods:
        pods.setdefault(pod.node, []).append(pod)
    return tuple(
        _counted(node, instance, pods.get(node.name, ()))
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


def _counted(node: Node, instance: Instance, pods: Iterable[Pod]) -> PlannedNode:
    counts = Counter("host" if pod.host_network else "branch" if pod.branch else "shared" for pod in pods)
    return PlannedNode(node, instance, counts["shared"] + counts["branch"], counts["branch"], counts["host"])


def _named(nodes: Iterable[Node], is_so: Callable[[Node], bool], what: str) -> Iterator[str]:
    names = sorted(node.name for node in nodes if is_so(node))
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"{_many(len(names), 'node')} {what}: {', '.join(names[:3])}{more}"


def _many(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"
