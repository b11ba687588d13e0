"""Nodes of a kind: of one group and one instance type, whose pods may differ from node to node."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from nodenet.capacity.plan import MaxPods, NodeUse


@dataclass(frozen=True, slots=True)
class Kind:
    """What NodeUses have in common, and what their nodes hold on average."""

    group: str
    instance_type: str
    max_pods: MaxPods
    uses: Sequence[NodeUse]

    @property
    def nodes(self) -> int:
        return sum(use.nodes for use in self.uses)

    @property
    def pods(self) -> str:
        """On each node: a figure, or from the least to the most."""
        least, most = min(use.pods for use in self.uses), max(use.pods for use in self.uses)
        return str(least) if least == most else f"{least}-{most}"

    @property
    def taken(self) -> int:
        """Addresses of all its nodes, those of extra networks and branch interfaces with them."""
        return sum(use.nodes * use.taken for use in self.uses)

    def of_one(self, figure: Callable[[NodeUse], int]) -> float:
        """A figure of one node, on average over all of them."""
        return fmean((figure(use) for use in self.uses), weights=[use.nodes for use in self.uses])


def kinds(uses: Iterable[NodeUse]) -> list[Kind]:
    """In the order of the uses; without those of no node."""
    found: dict[tuple[str, str], list[NodeUse]] = {}
    for use in uses:
        if use.nodes:
            found.setdefault((use.group, use.instance_type), []).append(use)
    return [Kind(group, kind, each[0].max_pods, each) for (group, kind), each in found.items()]
