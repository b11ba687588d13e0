"""Deletes the old groups, once nothing is on their nodes. From then on the run only goes forward."""

from dataclasses import dataclass

from nodenet.errors import HeldError, Waiting
from nodenet.migration.groups.pods_left import left_on, shown
from nodenet.migration.groups.ports import NodeGroups, Nodes, Pods, Roles, ScalingGroups
from nodenet.migration.groups.records import MANAGED, fact
from nodenet.migration.groups.removal import Removal
from nodenet.migration.groups.wish import Shape
from nodenet.migration.run import Notes, Run

_MANAGED_LABEL = "eks.amazonaws.com/nodegroup"


@dataclass(frozen=True, slots=True)
class OldGroups:
    """A Step without a way back. Launch templates of the old groups stay, they are their owners'."""

    groups: NodeGroups
    scaling: ScalingGroups
    nodes: Nodes
    pods: Pods
    roles: Roles
    name: str = "old_group"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.nodes

    def forward(self, run: Run, notes: Notes) -> str:
        """Checks all before the first is deleted, while the run can still turn back."""
        names = [each.name for each in run.request.groups if each.delete_old]
        kept = [each.name for each in run.request.groups if not each.delete_old]
        left = f"{', '.join(kept)} left to {'its owner' if len(kept) == 1 else 'their owners'}" if kept else ""
        if not names:
            return left
        managed, scaling = self._found(run, names)
        self._check(run, managed, scaling)
        if not run.part("run").get("forward_only"):
            run.record.note(run.id, "run", {"forward_only": True})
        self._remove(run, managed, scaling)
        return "; ".join(filter(None, [f"{', '.join(names)} deleted", left]))

    def back(self, run: Run, notes: Notes) -> str:
        return "old groups that are deleted do not come back"

    def _found(self, run: Run, names: list[str]) -> tuple[dict[str, Shape], dict[str, Shape]]:
        """Those that are still there, by name: managed ones, and Auto Scaling groups."""
        cluster, managed = run.request.cluster, {}
        for name in names:
            if fact(run, name)["kind"] == MANAGED and (found := self.groups.group(cluster, name)):
                managed[name] = found
        alone = [name for name in names if fact(run, name)["kind"] != MANAGED]
        return managed, dict(self.scaling.groups(alone)) if alone else {}

    def _check(self, run: Run, managed: dict[str, Shape], scaling: dict[str, Shape]) -> None:
        """HeldError where somebody would lose something by it."""
        behind = [name for group in managed for name in fact(run, group)["autoScalingGroups"]]
        names = [*behind, *scaling]
        instances = {each for some in (self.scaling.instances(names) if names else {}).values() for each in some}
        nodes = {node.name for node in self.nodes.nodes() if node.instance_id in instances}
        if left := left_on(self.pods, nodes):
            raise HeldError(
                f"{len(left)} pods are on old nodes still: {shown(left)}. Move them away and resume, or roll back"
            )
        if roles := {each["nodeRole"] for each in managed.values() if each["status"] != "DELETING"}:
            self._check_roles(run, roles, set(managed))

    def _check_roles(self, run: Run, roles: set[str], going: set[str]) -> None:
        """When the last managed group of a role is deleted, EKS takes the role out of aws-auth, and self-managed nodes
        that have it turn NotReady ("Delete a managed node group", EKS User Guide)."""
        cluster = run.request.cluster
        staying = (self.groups.group(cluster, name) for name in self.groups.names(cluster) if name not in going)
        last = roles - {each["nodeRole"] for each in staying if each and each["status"] != "DELETING"}
        last = {role for role in last if self.groups.knows_by_config_map(cluster, role)}
        if not last:
            return
        alone = {node.instance_id: node.name for node in self.nodes.nodes() if _is_self_managed(node.labels)}
        alone.pop("", None)
        found = self.roles.of_instances(list(alone)) if alone else {}
        if theirs := sorted(alone[each] for each, role in found.items() if role in last):
            raise HeldError(
                f"no other managed node group has role {', '.join(sorted(last))}, and self-managed nodes have it: "
                f"{shown(theirs)}. EKS would take it out of aws-auth. Make an access entry of type EC2_LINUX for "
                "it, and resume"
            )

    def _remove(self, run: Run, managed: dict[str, Shape], scaling: dict[str, Shape]) -> None:
        removal, waits = Removal(self.groups, self.scaling), []
        for name, found in {**managed, **scaling}.items():
            try:
                if name in managed:
                    removal.managed(run.request.cluster, found)
                else:
                    removal.self_managed(found)
            except Waiting as waiting:
                waits.append(str(waiting))
        if waits:
            raise Waiting("; ".join(waits))


def _is_self_managed(labels: object) -> bool:
    return isinstance(labels, dict) and _MANAGED_LABEL not in labels
