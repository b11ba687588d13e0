"""Switches the VPC CNI, and switches it back. The change restarts aws-node on every node of the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Never, Protocol

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.cluster import Pod
from nodenet.migration.cni import environment, managed
from nodenet.migration.cni.addon import Addon, Addons
from nodenet.migration.cni.before import Cluster, check_before_the_switch
from nodenet.migration.cni.roll_out import progress
from nodenet.migration.objects import DaemonSetState
from nodenet.migration.run import Notes, Run

type Variables = Mapping[str, str | None]
type Direction = Literal["forward", "back"]


class VpcCni(Protocol):
    def daemon_set(self, name: str = "aws-node") -> DaemonSetState | None: ...
    def set_environment(self, values: Variables) -> bool: ...
    def eni_configs(self) -> dict[str, dict[str, Any]]: ...
    def agents(self) -> list[Pod]: ...


@dataclass(frozen=True, slots=True)
class SwitchCni:
    """A Step. Through the managed add-on where EKS manages the VPC CNI, since it would take back what is changed past
    it; in the DaemonSet otherwise."""

    cni: VpcCni
    addons: Addons
    nodes: members.Nodes
    groups: members.Groups
    name: str = "switch_cni"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.rollout

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError where the cluster is not ready for it, EKS refuses, or somebody sets it otherwise."""
        wanted = environment.wanted(run.request)
        if not wanted:
            return "the VPC CNI stays as it is"
        addon = self.addons.vpc_cni(run.request.cluster)
        self._await(run, notes, addon, "forward")
        live = self._daemon_set()
        if environment.changes(live.environment, wanted):
            check_before_the_switch(run, self._seen(run, live), wanted)
        before = {name: live.environment.get(name) for name in wanted}
        kept = managed.kept(addon, live) if addon else None
        notes.keep(before=before, wanted=wanted, managed=addon is not None, addon=kept)
        if addon is None and notes["managed"]:
            raise HeldError("the managed add-on vpc-cni was there, and is gone: install it again, or roll back")
        self._set(run, notes, wanted, live, addon, "forward")
        return self._rolled_out(wanted)

    def back(self, run: Run, notes: Notes) -> str:
        """Restores the variables that still are as this run has set them. Where the add-on is gone meanwhile and its
        DaemonSet has stayed, it does so there."""
        if "before" not in notes.values:
            return "nothing was switched"
        addon = self.addons.vpc_cni(run.request.cluster)
        if self.cni.daemon_set() is None:
            return "aws-node is gone: nothing to restore"
        # What was asked of EKS on the way forward may still be on its way to the cluster.
        self._await(run, notes, addon, "back")
        live, before, wanted = self._daemon_set(), notes["before"], notes["wanted"]
        ours = {name: value for name, value in before.items() if live.environment.get(name) in (wanted[name], value)}
        left = [f"{name}, which somebody has changed meanwhile" for name in before if name not in ours]
        self._set(run, notes, ours, live, addon, "back")
        said = self._rolled_out(ours)
        return f"{said}; left as it is: {', '.join(left)}" if left else said

    def _daemon_set(self) -> DaemonSetState:
        if found := self.cni.daemon_set():
            return found
        raise HeldError("the cluster has no DaemonSet kube-system/aws-node: its CNI is not the VPC CNI")

    def _seen(self, run: Run, live: DaemonSetState) -> Cluster:
        old = {node.name for node in members.members(run, "old", self.nodes, self.groups)}
        agents = {pod.node for pod in self.cni.agents()}
        return Cluster(live, self.nodes.nodes(), old, agents, self.cni.eni_configs())

    def _await(self, run: Run, notes: Notes, addon: Addon | None, way: Direction) -> None:
        """Waiting while EKS does what this run has asked for, or somebody else. HeldError once it has failed: whoever
        resumes after that wants another update."""
        if addon is None:
            return
        if not (asked := notes.get("update")):
            if addon.busy:
                raise Waiting(f"the add-on vpc-cni is {addon.status}: another update is under way; {self._progress()}")
            return
        outcome = self.addons.outcome(run.request.cluster, asked["id"])
        if outcome and outcome.status == "InProgress":
            raise Waiting(f"EKS updates the add-on vpc-cni (update {asked['id']}); {self._progress()}")
        ours = outcome is not None and asked["way"] == way
        notes.note(update=None, set=way if ours and outcome and outcome.status == "Successful" else None)
        if ours and outcome and outcome.status != "Successful":
            why = "; ".join(outcome.errors) or "EKS does not say why"
            said = f"update {asked['id']} of the add-on vpc-cni is {outcome.status}: {why}"
            raise HeldError(f"{said}; {self._progress()}")

    def _set(
        self, run: Run, notes: Notes, values: Variables, live: DaemonSetState, addon: Addon | None, way: Direction
    ) -> None:
        """Nothing is set that is so already, and nothing over and over again: each change restarts every node's CNI.
        Waiting for EKS; HeldError where somebody has set otherwise what this run had set, until a person resumes."""
        changes = environment.changes(live.environment, values)
        if not changes:
            return
        if notes.get("set") == way:
            notes.note(set=None)
            raise HeldError(_somebody(changes, live))
        if addon:
            self._update(run, notes, values, live, addon, way)
        self.cni.set_environment(changes)
        notes.note(set=way)

    def _update(
        self, run: Run, notes: Notes, values: Variables, live: DaemonSetState, addon: Addon, way: Direction
    ) -> Never:
        known = self.addons.variables(addon.version)
        changed = managed.changed(addon, live, values, known, notes.get("addon") if way == "back" else None)
        number = notes.get("updates", 0)
        notes.note(updates=number + 1)
        update = self.addons.update(run.request.cluster, changed, f"nodenet-{run.id}-{number}")
        notes.note(update={"id": update, "way": way})
        raise Waiting(f"EKS updates the add-on vpc-cni (update {update})")

    def _rolled_out(self, values: Variables) -> str:
        """Waiting until every node runs with these variables."""
        now = self._daemon_set()
        if changes := environment.changes(now.environment, values):
            raise Waiting(f"aws-node does not have {', '.join(sorted(changes))} yet")
        if not now.rolled_out:
            raise Waiting(self._progress())
        shown = [name if value is None else f"{name}={value}" for name, value in values.items()]
        return f"aws-node runs on {now.desired} nodes with {', '.join(shown)}" if shown else "nothing to restore"

    def _progress(self) -> str:
        return progress(self._daemon_set(), self.cni.agents(), self.nodes.nodes())


def _somebody(changes: Variables, live: DaemonSetState) -> str:
    named = [
        f"{name} ({', '.join(live.managers[name])})" if live.managers.get(name) else name for name in sorted(changes)
    ]
    return f"somebody sets aws-node's environment otherwise: {', '.join(named)}; stop that, then resume"
