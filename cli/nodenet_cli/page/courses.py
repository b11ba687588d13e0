"""Each subnet's way over the fleet's growth, and where it ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from nodenet.capacity.plan import ALL, CapacityPlan, GrowthPoint, SubnetUse


@dataclass(frozen=True, slots=True)
class Course:
    """A subnet's way: addresses `taken` at each number of `nodes`. `end`: the first of these at which it has not got
    as many, None where it has at all of them."""

    subnet: SubnetUse
    nodes: tuple[int, ...]
    taken: tuple[int, ...]
    end: int | None

    @property
    def full_by(self) -> int | None:
        """Nodes at which it has too few addresses; it may have before, since the last number that was looked at."""
        return None if self.end is None else self.nodes[self.end]

    @property
    def shares(self) -> tuple[float, ...]:
        """Per cent of what is usable."""
        return tuple(round(100 * taken / max(self.subnet.usable, 1), 2) for taken in self.taken)


def courses(plan: CapacityPlan) -> tuple[Course, ...]:
    """All subnets: first the one that is known to run out of addresses first, then those that are full next, then
    those with the smallest part left."""
    found = [_course(subnet, plan.growth) for subnet in plan.subnets]
    limit = plan.more_nodes[ALL]
    first = limit.where if limit.resource == "addresses" else None
    return tuple(
        sorted(found, key=lambda course: (course.end == 0, course.subnet.name == first, *_soon(course)), reverse=True)
    )


def _soon(course: Course) -> tuple[float, float]:
    return (
        float("-inf") if course.end is None else -course.end,
        -course.subnet.left / max(course.subnet.usable, 1),
    )


def _course(subnet: SubnetUse, growth: Sequence[GrowthPoint]) -> Course:
    taken = tuple(point.taken[subnet.name] for point in growth)
    end = next((at for at, addresses in enumerate(taken) if addresses > subnet.usable), None)
    return Course(subnet, tuple(point.nodes for point in growth), taken, end)
