"""Nodes alike become one node group of the document: those of one subnet too, since a plan deals the nodes of a group,
and their pods, evenly to its subnets, which those of a running cluster seldom are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nodenet.capacity.running.nodes import PlannedNode

UNGROUPED: Final = "ungrouped"
"""The name for nodes of no group."""


class _Kind(NamedTuple):
    """What the nodes of one node group of a document have in common."""

    group: str
    instance_type: str
    max_pods: int
    networks: tuple[str, ...]
    branch: int
    subnet: str


def node_groups(nodes: Iterable[PlannedNode], networks: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The document's `nodeGroups`; `networks`: those of each instance, by its id."""
    kinds = _by_kind(nodes, networks)
    names = _names(kinds)
    return [_group(names[kind], kind, members) for kind, members in sorted(kinds.items())]


def _by_kind(nodes: Iterable[PlannedNode], networks: Mapping[str, Sequence[str]]) -> Mapping[_Kind, list[PlannedNode]]:
    kinds: defaultdict[_Kind, list[PlannedNode]] = defaultdict(list)
    for node in nodes:
        used = tuple(networks.get(node.instance.id, ()))
        kind = _Kind(
            group=node.group or UNGROUPED,
            instance_type=node.instance.type,
            max_pods=node.node.max_pods,
            networks=used,
            branch=node.branch,
            subnet=node.instance.subnet_id,
        )
        kinds[kind].append(node)
    return kinds


def _group(name: str, kind: _Kind, members: Sequence[PlannedNode]) -> dict[str, Any]:
    pods = Counter(node.pods for node in members)
    # Of most nodes; but the fullest one must still hold its pods.
    usual = Counter(node.host for node in members).most_common(1)[0][0]
    found: dict[str, Any] = {
        "name": name,
        "instanceType": kind.instance_type,
        "nodes": len(members),
        "pods": {"nodes": dict(sorted(pods.items()))},
        "subnets": [kind.subnet],
        "hostNetworkPods": usual,
    }
    if kind.max_pods:
        found |= {"maxPods": kind.max_pods, "hostNetworkPods": max(0, min(usual, kind.max_pods - max(pods)))}
    if kind.branch:
        found["branchPods"] = kind.branch
    if kind.networks:
        found["networks"] = kind.networks
    return found


def _names(kinds: Iterable[_Kind]) -> Mapping[_Kind, str]:
    """A name for each: the group's, and what tells it from others of the same group, in the order of the kind's fields:
    each is told only where kinds that are the same up to it differ in it."""
    values: defaultdict[tuple[object, ...], set[object]] = defaultdict(set)
    for kind in kinds:
        for place, value in enumerate(kind):
            values[kind[:place]].add(value)
    return {
        kind: " ".join(
            [kind.group, *(text for place, text in enumerate(_said(kind), 1) if len(values[kind[:place]]) > 1)]
        )
        for kind in kinds
    }


def _said(kind: _Kind) -> tuple[str, ...]:
    """Its fields after the group."""
    return (
        kind.instance_type,
        f"max {kind.max_pods}",
        f"with {', '.join(kind.networks)}" if kind.networks else "without networks",
        f"branch {kind.branch}",
        f"in {kind.subnet}",
    )
