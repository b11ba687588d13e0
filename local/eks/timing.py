"""How long EKS takes, in simulated seconds; whoever wants AWS's pace sets it."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from local.world import world


@dataclass
class Timing:
    """`join` is from an instance's wait in EKS's own hook until EKS lets it go on: a node joining, a node drained."""

    cluster: float = 0.0
    nodegroup: float = 0.0
    addon: float = 0.0
    update: float = 0.0
    join: float = 0.0
    poll: float = 1.0


timing = Timing()


def settle[Thing](thing: Thing, status: str, seconds: float, done: Callable[[], None]) -> Thing:
    """Puts `thing` into `status` until `done` is called, and returns it as the answer shows it: on its way.

    Without a delay `done` is called before the answer is out, so that the next call finds the work done.
    """
    thing.status = status  # type: ignore[attr-defined]
    answer = copy(thing)
    if seconds > 0:
        world.later(seconds, done)
    else:
        done()
    return answer
