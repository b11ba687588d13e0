"""More nodes of the same: what a document would be for."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from nodenet.capacity.document.group_model import NodeGroup, PodsByNodes
from nodenet.capacity.document.model import PlanDocument
from nodenet.capacity.placing.dealing import in_proportion


def scaled(document: PlanDocument, factor: float) -> PlanDocument:
    """The document with `factor` times the nodes of each group, rounded up, in the proportions that it has. A surge
    that is a part of the nodes grows with them; one that is a number stays."""
    groups = tuple(_scaled(group, factor) for group in document.node_groups)
    return document.model_copy(update={"node_groups": groups})


def _scaled(group: NodeGroup, factor: float) -> NodeGroup:
    changed: dict[str, Any] = {}
    if group.nodes is not None:
        changed["nodes"] = _times(group.nodes, factor)
    if isinstance(group.instance_types, Mapping):
        changed["instance_types"] = _dealt(group.instance_types, factor)
    if isinstance(group.pods, PodsByNodes):
        changed["pods"] = group.pods.model_copy(update={"nodes": _dealt(group.pods.nodes, factor)})
    return group.model_copy(update=changed)


def _dealt[T](counts: Mapping[T, int], factor: float) -> dict[T, int]:
    shares = in_proportion(list(counts.values()), _times(sum(counts.values()), factor))
    return {key: share for key, share in zip(counts, shares, strict=True) if share}


def _times(nodes: int, factor: float) -> int:
    """Rounded first, so that 1.1 times ten is eleven."""
    return max(1, ceil(round(nodes * factor, 6)))
