"""Nodes alike become one node group of the document."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def node_groups(nodes: Iterable[PlannedNode], networks: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The document's `nodeGroups`; `networks`: those of each instance, by its id."""
    kinds = _by_kind(nodes, networks)
    names = _names(list(kinds))
    return [_group(names[kind], kind, members) for kind, members in sorted(kinds.items())]


def notes(nodes: Iterable[PlannedNode], networks: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Where nodes are not spread evenly, as the plan has them."""
    kinds = _by_kind(nodes, networks)
    names = _names(list(kinds))
    for kind, members in sorted(kinds.items()):
        counts = Counter(node.instance.subnet_id for node in members)
        if max(counts.values()) - min(counts.values()) > 1:
            where = ", ".join(f"{count} in {subnet}" for subnet, count in counts.most_common())
            yield f"the nodes of {names[kind]} are not spread evenly, as the plan has them: {where}"


def _by_kind(nodes: Iterable[PlannedNode], networks: Mapping[str, Sequence[str]]) -> Mapping[_Kind, list[PlannedNode]]:
    kinds: defaultdict[_Kind, list[PlannedNode]] = defaultdict(list)
    for node in nodes:
        used = tuple(networks.get(node.instance.id, ()))
        kinds[_Kind(node.group or UNGROUPED, node.instance.type, node.node.max_pods, used, node.branch)].append(node)
    return kinds


def _group(name: str, kind: _Kind, members: Sequence[PlannedNode]) -> dict[str, Any]:
    pods = Counter(node.pods for node in members)
    # Of most nodes; but the fullest one must still hold its pods.
    usual = Counter(node.host for node in members).most_common(1)[0][0]
    subnets = Counter(node.instance.subnet_id for node in members)
    found: dict[str, Any] = {
        "name": name,
        "instanceType": kind.instance_type,
        "nodes": len(members),
        "pods": {"nodes": dict(sorted(pods.items()))},
        # The fullest first: that is where an odd node goes.
        "subnets": [subnet for subnet, _ in sorted(subnets.items(), key=lambda each: (-each[1], each[0]))],
        "hostNetworkPods": usual,
    }
    if kind.max_pods:
        found |= {"maxPods": kind.max_pods, "hostNetworkPods": max(0, min(usual, kind.max_pods - max(pods)))}
    if kind.branch:
        found["branchPods"] = kind.branch
    if kind.networks:
        found["networks"] = kind.networks
    return found


def _names(kinds: Sequence[_Kind]) -> Mapping[_Kind, str]:
    """A name for each: the group's, and what tells it from others of the same group."""
    return {kind: " ".join([kind.group, *_differences(kind, kinds)]) for kind in kinds}


def _differences(kind: _Kind, kinds: Sequence[_Kind]) -> Iterator[str]:
    """In the order of the kind's fields: each is told only among those that are the same up to it."""
    said = (
        kind.instance_type,
        f"max {kind.max_pods}",
        f"with {', '.join(kind.networks)}" if kind.networks else "without networks",
        f"branch {kind.branch}",
    )
    for place, text in enumerate(said, start=1):
        if any(each[:place] == kind[:place] and each[place] != kind[place] for each in kinds):
            yield text
