"""Which nodes are drained next. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from nodenet.migration.cluster import Node, Pod
from nodenet.migration.drain.node import stays


def choose(waiting: Iterable[Node], last: Collection[str], size: int) -> tuple[Node, ...]:
    """Up to `size` of the nodes that wait, evenly over the zones: each from the zone that has most left, so that none
    is ahead of another by more than one once they are level. Nodes in `last`, by name, come when no other is left."""
    chosen: list[Node] = []
    for some in _first_and_last(waiting, last):
        zones: dict[str, list[Node]] = defaultdict(list)
        for node in sorted(some, key=lambda node: node.name, reverse=True):
            zones[node.zone].append(node)
        while zones and len(chosen) < size:
            fullest = min(zones, key=lambda zone: (-len(zones[zone]), zone))
            chosen.append(zones[fullest].pop())
            if not zones[fullest]:
                del zones[fullest]
        if chosen:
            break
    return tuple(chosen)


def fitting(chosen: Sequence[Node], pods: Mapping[str, Sequence[Pod]], room: int) -> tuple[Node, ...]:
    """As many of the chosen nodes, and at least one, as have no more pods to move than there is room for."""
    fit: list[Node] = []
    for node in chosen:
        room -= sum(not stays(pod) for pod in pods[node.name])
        if fit and room < 0:
            break
        fit.append(node)
    return tuple(fit)


def _first_and_last(waiting: Iterable[Node], last: Collection[str]) -> Sequence[list[Node]]:
    first: list[Node] = []
    later: list[Node] = []
    for node in waiting:
        (later if node.name in last else first).append(node)
    return first, later
