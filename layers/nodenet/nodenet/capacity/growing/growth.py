"""How subnets fill up as a fleet grows: points for a chart."""

from collections.abc import Iterator
from typing import Final

from nodenet.capacity.fleet import Fleet
from nodenet.capacity.growing.exhaustion import growing
from nodenet.capacity.placing.place import Placement
from nodenet.capacity.plan import GrowthPoint, Limit

POINTS: Final = 20
BEYOND: Final = 0.15
"""How far beyond the end the points go, as a part of the nodes up to it."""
AT_MOST: Final = 20
"""Times today's nodes; an end that lies beyond is not shown."""


def growth(fleet: Fleet, placement: Placement, limit: Limit) -> tuple[GrowthPoint, ...]:
    """From today's nodes to a bit beyond `limit`, the one of all groups in proportion, in even steps of whole nodes.
    Only today's point where there are no nodes."""
    nodes = sum(group.nodes for group in fleet.groups)
    return tuple(_points(fleet, placement, nodes, _last(nodes, limit)))


def _last(nodes: int, limit: Limit) -> int:
    """How many more nodes at the last point: at least half as many again, so that there is something to see."""
    most = (AT_MOST - 1) * nodes
    if limit.more is None:
        return most
    beyond = limit.more + max(1, round(BEYOND * (nodes + limit.more)))
    return min(max(beyond, nodes // 2), most)


def _points(fleet: Fleet, placement: Placement, nodes: int, last: int) -> Iterator[GrowthPoint]:
    terrain = placement.ledger.terrain
    steps, grown = min(POINTS - 1, last), growing(fleet, placement, fleet.groups)
    for more in dict.fromkeys(round(last * step / steps) if steps else 0 for step in range(steps + 1)):
        ledger = grown(more)
        taken = {name: ground.used + ledger.total(name).taken for name, ground in terrain.grounds.items()}
        yield GrowthPoint((nodes + more) / nodes if nodes else 1.0, nodes + more, taken)
