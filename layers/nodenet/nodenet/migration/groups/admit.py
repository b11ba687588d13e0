"""Lets pods onto the new nodes: the taint goes from the groups, for nodes to come, and then from the nodes."""

from dataclasses import dataclass

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.cluster import UNVERIFIED
from nodenet.migration.groups.making import FINAL
from nodenet.migration.groups.managed import TAINTED
from nodenet.migration.groups.ports import NodeGroups, Nodes, ScalingGroups
from nodenet.migration.groups.records import MANAGED, NewGroup, new_groups
from nodenet.migration.groups.self_managed import of_version, versions
from nodenet.migration.run import Notes, Run


@dataclass(frozen=True, slots=True)
class Admit:
    """A Step. Its way back is the drain of the new nodes, which other steps do."""

    groups: NodeGroups
    scaling: ScalingGroups
    nodes: Nodes
    name: str = "admit"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        waits = []
        for each in new_groups(run):
            try:
                if each.made:
                    self._open(run, each)
            except Waiting as waiting:
                waits.append(str(waiting))
        if waits:
            raise Waiting("; ".join(waits))
        new = members.members(run, "new", self.nodes, self.scaling)
        tainted = [node.name for node in new if any(each.key == UNVERIFIED for each in node.taints)]
        for name in tainted:
            self.nodes.untaint(name, UNVERIFIED)
        return f"{len(new)} new nodes take pods"

    def back(self, run: Run, notes: Notes) -> str:
        return "the new nodes are drained"

    def _open(self, run: Run, group: NewGroup) -> None:
        if group.kind == MANAGED:
            self._open_managed(run, group)
            return
        found = self.scaling.groups([group.name]).get(group.name)
        if found is None:
            raise HeldError(f"Auto Scaling group {group.name}, which run {run.id} made, is gone: roll back")
        if versions(found) != {FINAL}:
            self.scaling.change(group.name, of_version(found, FINAL))

    def _open_managed(self, run: Run, group: NewGroup) -> None:
        cluster = run.request.cluster
        found = self.groups.group(cluster, group.name)
        if found is None:
            raise HeldError(f"node group {group.name}, which run {run.id} made, is gone: roll back")
        if found["status"] == "UPDATING":
            raise Waiting(f"EKS changes node group {group.name}")
        if any(each["key"] == UNVERIFIED for each in found.get("taints") or ()):
            self.groups.update(cluster, group.name, {"taints": {"removeTaints": [dict(TAINTED)]}})
            raise Waiting(f"EKS takes the taint off node group {group.name}")
