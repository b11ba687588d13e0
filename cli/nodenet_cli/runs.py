"""Runs of one node with other settings, the same pods coming and going."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.ipamd.datastore import Order, Shuffled, as_attached, newest_first
from nodenet.capacity.ipamd.simulation import Change, Run, simulate
from nodenet.capacity.max_pods import figures
from nodenet.capacity.shape import shape_of
from nodenet.errors import PlanningError
from nodenet.limits import InstanceLimits
from nodenet_cli.settings import Environment, laid_over

type Leaving = Literal["newest", "oldest", "random"]


@dataclass(frozen=True, slots=True)
class Node:
    """`networks`: ENIs that other networks take of it. `max_pods`: the kubelet's, None for EKS's figure. `room`: what
    its subnet has left for it, None for enough. `random`: ipamd comes by its ENIs and addresses in a random order, and
    not in that in which they came; `leaving`: which pods go first; `seed`: of whatever is random."""

    limits: InstanceLimits
    networks: int = 0
    max_pods: int | None = None
    room: int | None = None
    random: bool = False
    leaving: Leaving = "newest"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Simulated:
    """A run, and the settings that made it so, beyond what AWS ships."""

    settings: Environment
    run: Run

    @property
    def label(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.settings.items()) or "as shipped"


def simulated(
    node: Node, environment: Environment, changes: Sequence[Change], seconds: float | None = None
) -> Simulated:
    """One run. PlanningError where the kubelet would not take as many pods."""
    settings = CniSettings.of(laid_over(SHIPPED, environment))
    kubelet = node.max_pods or figures(node.limits, settings, unmanaged=node.networks).kubelet
    most = max(change.pods for change in changes)
    if most > kubelet:
        whose = "--max-pods" if node.max_pods else "EKS's figure"
        raise PlanningError([f"the kubelet of {node.limits.instance_type} takes {kubelet} pods ({whose}), not {most}"])
    chance = Shuffled(node.seed)
    leaving: Mapping[Leaving, Order] = {"newest": newest_first, "oldest": as_attached, "random": chance}
    run = simulate(
        shape_of(node.limits, settings, unmanaged=node.networks, max_pods=kubelet),
        settings,
        changes,
        seconds=seconds,
        order=chance if node.random else as_attached,
        leaving=leaving[node.leaving],
        room=node.room,
    )
    return Simulated(environment, run)
