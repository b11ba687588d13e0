"""Runs of one node with other settings, the same pods coming and going."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final, Literal

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.ipamd.datastore import Order, Shuffled, as_attached, newest_first
from nodenet.capacity.ipamd.simulation import Change, Run, simulate
from nodenet.capacity.max_pods import figures
from nodenet.capacity.shape import shape_of
from nodenet.errors import PlanningError
from nodenet.limits import InstanceLimits
from nodenet_cli.settings import Environment, laid_over

type Leaving = Literal["newest", "oldest", "random"]

REPEATED: Final = 20
"""Times that a run is made where chance has a part in it: a mean of so many hardly moves with the seed."""


@dataclass(frozen=True, slots=True)
class Node:
    """`networks`: ENIs that other networks take of it. `max_pods`: the kubelet's, None for EKS's figure. `room`: what
    its subnet has left for it, None for enough. `random`: ipamd comes by its ENIs and addresses in a random order, and
    not in that in which they came; `leaving`: which pods go first; `seed`: of whatever is random."""

    limits: InstanceLimits
    networks: int = 0
    max_pods: int | None = None
    room: int | None = None
    random: bool = True
    leaving: Leaving = "newest"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Simulated:
    """Runs that differ by chance alone, and the settings that made them so, beyond what AWS ships."""

    settings: Environment
    runs: Sequence[Run]

    @property
    def label(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.settings.items()) or "as shipped"

    @property
    def calls(self) -> Mapping[str, float]:
        """By EC2 API action, the mean of the runs."""
        total = sum((Counter(run.calls) for run in self.runs), Counter[str]())
        return {action: count / len(self.runs) for action, count in sorted(total.items())}

    def mean(self, figure: Callable[[Run], float]) -> float:
        return mean(figure(run) for run in self.runs)


def simulated(
    node: Node, environment: Environment, changes: Sequence[Change], seconds: float | None = None
) -> Simulated:
    """One run, or several where something is random. PlanningError where the kubelet would not take as many pods."""
    settings = CniSettings.of(laid_over(SHIPPED, environment))
    kubelet = node.max_pods or figures(node.limits, settings, unmanaged=node.networks).kubelet
    most = max(change.pods for change in changes)
    if most > kubelet:
        whose = "--max-pods" if node.max_pods else "EKS's figure"
        raise PlanningError([f"the kubelet of {node.limits.instance_type} takes {kubelet} pods ({whose}), not {most}"])
    shape = shape_of(node.limits, settings, unmanaged=node.networks, max_pods=kubelet)

    def run(seed: int) -> Run:
        chance = Shuffled(seed)
        leaving: Mapping[Leaving, Order] = {"newest": newest_first, "oldest": as_attached, "random": chance}
        order = chance if node.random else as_attached
        return simulate(
            shape, settings, changes, seconds=seconds, order=order, leaving=leaving[node.leaving], room=node.room
        )

    times = REPEATED if node.random or node.leaving == "random" else 1
    return Simulated(environment, [run(node.seed + time) for time in range(times)])
