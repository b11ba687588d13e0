"""Waves, where node subnets are too short for old and new nodes side by side: a batch's old instances end once their
pods are available elsewhere, and the new groups grow by what came free. What is given up so has no way back."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Protocol

from nodenet.errors import Waiting
from nodenet.migration import members
from nodenet.migration.drain.next_batch import is_of, part
from nodenet.migration.run import Notes, Run

EXCHANGE: Final = "exchange"
"""The part of the record that all exchanges of a run share."""


class Waves(Protocol):
    """The groups' sizes; groups are meant by their old names."""

    def shrink_old(self, run: Run, notes: Notes, instance_ids: Collection[str]) -> int:
        """Ends instances of the old groups, which get smaller by them. How many are still there; Waiting while a group
        cannot be changed."""

    def size(self, run: Run, group: str) -> int:
        """How many nodes the new group is to have now."""

    def grow(self, run: Run, group: str, to: int) -> int:
        """Gives the new group this size, never less than it has, never more than was planned. Waiting while it cannot
        be changed."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A Step for one batch of old nodes."""

    number: int
    nodes: members.Nodes
    groups: members.Groups
    waves: Waves

    @property
    def name(self) -> str:
        return f"{EXCHANGE}_{self.number:05d}"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.nodes

    def forward(self, run: Run, notes: Notes) -> str:
        """How large a new group becomes is reckoned from its size before, so that twice is once."""
        instances = self._instances(run, notes)
        ended = Counter(instances.values())
        notes.keep(sizes={group: self.waves.size(run, group) for group in ended})
        if left := self.waves.shrink_old(run, run.notes(EXCHANGE), sorted(instances)):
            raise Waiting(f"{left} of {len(instances)} old instances are not ended yet")
        for group, count in ended.items():
            self.waves.grow(run, group, notes["sizes"][group] + _growth(run, group, count))
        sizes = {group: self.waves.size(run, group) for group in ended}
        self._await_nodes(run, sum(sizes.values()), ended)
        grown = sum(sizes[group] - notes["sizes"][group] for group in ended)
        return f"batch {self.number}: {len(instances)} old nodes ended, {grown} new ones came"

    def back(self, run: Run, notes: Notes) -> str:
        return "nothing is exchanged on the way back"

    def _await_nodes(self, run: Run, wanted: int, old: Collection[str]) -> None:
        made: Mapping[str, Any] = run.notes("new_group")["groups"]
        known = self.groups.instances([name for group in old for name in made[group]["autoScalingGroups"]])
        instances = {instance for some in known.values() for instance in some}
        ready = sum(node.ready and node.instance_id in instances for node in self.nodes.nodes())
        if ready < wanted:
            raise Waiting(f"{ready} of {wanted} new nodes are Ready")

    def _instances(self, run: Run, notes: Notes) -> dict[str, str]:
        """The batch's instances that were there when the exchange began, with the old group of each."""
        if "instances" not in notes.values:
            batch = run.part(part("old", self.number)).values
            old = members.members(run, "old", self.nodes, self.groups)
            there = {node.instance_id for node in old if is_of(batch, node)}
            notes.keep(instances={each: group for group, some in self._by_group(run).items() for each in some & there})
        instances: dict[str, str] = notes["instances"]
        return instances

    def _by_group(self, run: Run) -> dict[str, set[str]]:
        groups = run.part("preflight")["facts"]["groups"]
        known = self.groups.instances([each for group in groups for each in group["autoScalingGroups"]])
        return {
            group["name"]: {each for name in group["autoScalingGroups"] for each in known.get(name, ())}
            for group in groups
        }


def _growth(run: Run, group: str, ended: int) -> int:
    """How many new nodes take the place of so many: as many, or more where a new node has room for fewer pods. An old
    node leaves at least one address of its subnet, and those of its pods."""
    new: Mapping[str, Any] = run.notes("new_group")["groups"][group]
    before: int = next(each["nodes"] for each in run.part("preflight")["facts"]["groups"] if each["name"] == group)
    more: int = new["wanted"] - new["desired"]
    return max(ended, ceil(more * ended / max(before, 1)))
