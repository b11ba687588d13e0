"""Which nodes a run is about: old ones, whose pods move, and new ones, that take them.

A node belongs to a group because its instance is in the group's Auto Scaling groups, managed or not: labels can be
changed, and a self-managed group need not have any.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Protocol

from nodenet.migration.cluster import Node
from nodenet.migration.run import Run

type Which = Literal["old", "new"]


class Groups(Protocol):
    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The instances of Auto Scaling groups, by the group's name; a group that is gone is left out."""


class Nodes(Protocol):
    def nodes(self, labels: str = "") -> list[Node]: ...


def auto_scaling_groups(run: Run, which: Which) -> tuple[str, ...]:
    """Names of the old or the new node groups' Auto Scaling groups; new ones as far as the run has made them."""
    return tuple(name for group in _groups(run, which) for name in group["autoScalingGroups"])


def members(run: Run, which: Which, nodes: Nodes, groups: Groups) -> list[Node]:
    """The old or the new nodes as they are now, those that joined late too, by name."""
    names = auto_scaling_groups(run, which)
    if not names:
        return []
    instances = {instance for some in groups.instances(names).values() for instance in some}
    return sorted((node for node in nodes.nodes() if node.instance_id in instances), key=lambda node: node.name)


def _groups(run: Run, which: Which) -> Sequence[Mapping[str, Any]]:
    if which == "old":
        return tuple(run.part("preflight").get("facts", {}).get("groups", ()))
    return tuple(run.notes("new_group").get("groups", {}).values())
