"""Cordons the old nodes: before the switch, since the VPC CNI, which it restarts on every node of the cluster, attaches
and detaches nothing on a node that is cordoned (amazon-vpc-cni-k8s, pkg/ipamd, isNodeNonSchedulable)."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from nodenet.migration import members
from nodenet.migration.run import Notes, Run

DRAIN: Final = "next_batch"
EXCLUDED: Final = "node.kubernetes.io/exclude-from-external-load-balancers"
"""Takes a node's instance out of target groups ("Well-Known Labels", Kubernetes documentation)."""

_AT_ONCE: Final = 8


class Nodes(members.Nodes, Protocol):
    def cordon(self, name: str) -> bool: ...
    def uncordon(self, name: str) -> bool: ...
    def label(self, name: str, labels: Mapping[str, str | None]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Cordon:
    """A Step. What others had cordoned stays so on the way back."""

    nodes: Nodes
    groups: members.Groups
    name: str = "cordon"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        old = members.members(run, "old", self.nodes, self.groups)
        notes.keep(nodes=[node.name for node in old if not node.unschedulable])
        open_ones = [node.name for node in old if not node.unschedulable]
        changed = _each(self.nodes.cordon, open_ones)
        return f"{changed} of {len(old)} old nodes cordoned"

    def back(self, run: Run, notes: Notes) -> str:
        """Nodes that joined late were cordoned by the drain, which notes them, and those that it took out of load
        balancers, beside those of `forward`."""
        drain = run.notes(DRAIN)
        ours = {*notes.get("nodes", ()), *drain.get("cordoned", ())}
        _each(lambda name: self.nodes.label(name, {EXCLUDED: None}), drain.get("excluded", ()))
        still = [node.name for node in self.nodes.nodes() if node.name in ours and node.unschedulable]
        changed = _each(self.nodes.uncordon, still)
        return f"{changed} old nodes uncordoned, {len(ours) - changed} were open again or gone"


def _each(change: Callable[[str], bool], names: Iterable[str]) -> int:
    """How many were there to be changed."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(change, names))
