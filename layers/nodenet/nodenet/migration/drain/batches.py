"""Which nodes are drained next. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from nodenet.migration.cluster import Node


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


def _first_and_last(waiting: Iterable[Node], last: Collection[str]) -> Sequence[list[Node]]:
    first: list[Node] = []
    later: list[Node] = []
    for node in waiting:
        (later if node.name in last else first).append(node)
    return first, later
