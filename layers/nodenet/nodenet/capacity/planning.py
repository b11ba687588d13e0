"""A plan: where a fleet's addresses come from, what is short, what runs out first, and what would help."""

from nodenet.capacity.advice import advise
from nodenet.capacity.fleet import Fleet
from nodenet.capacity.growing.exhaustion import more_nodes, more_pods
from nodenet.capacity.growing.growth import growth
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import ALL, CapacityPlan


def plan(fleet: Fleet, *, advice: bool = True) -> CapacityPlan:
    """The whole plan; without `advice`, which takes most of the time, that is left empty. KeyError as of `place`."""
    placement = place(fleet)
    limits = more_nodes(fleet, placement)
    return CapacityPlan(
        nodes=placement.nodes,
        subnets=placement.subnets,
        shortages=placement.shortages,
        more_nodes=limits,
        more_pods=more_pods(fleet),
        growth=growth(fleet, placement, limits[ALL]),
        advice=advise(fleet, placement) if advice else (),
    )
