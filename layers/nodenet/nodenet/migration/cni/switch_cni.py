"""Switches the VPC CNI, and switches it back. The change restarts aws-node on every node of the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.cni import configuration_values, environment
from nodenet.migration.cni.addon import Addon, Addons
from nodenet.migration.cni.before import check_before_the_switch
from nodenet.migration.objects import DaemonSetState
from nodenet.migration.run import Notes, Run

type Variables = Mapping[str, str | None]


class VpcCni(Protocol):
    def daemon_set(self, name: str = "aws-node") -> DaemonSetState | None: ...
    def set_environment(self, values: Variables) -> bool: ...
    def eni_configs(self) -> dict[str, dict[str, Any]]: ...


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
        wanted = environment.wanted(run.request)
        if not wanted:
            return "the VPC CNI stays as it is"
        live, addon = self._daemon_set(), self.addons.vpc_cni(run.request.cluster)
        if environment.changes(live.environment, wanted) and "before" not in notes.values:
            check_before_the_switch(run, self.nodes.nodes(), self._old(run), self.cni.eni_configs())
        before = {name: live.environment.get(name) for name in wanted}
        notes.keep(before=before, wanted=wanted, managed=addon is not None, addon=_kept(addon, live))
        self._set(run, notes, wanted, live, addon, "forward")
        return self._rolled_out(wanted)

    def back(self, run: Run, notes: Notes) -> str:
        if "before" not in notes.values:
            return "nothing was switched"
        live, addon = self._daemon_set(), self.addons.vpc_cni(run.request.cluster)
        before, wanted = notes["before"], notes["wanted"]
        ours = {name: value for name, value in before.items() if live.environment.get(name) in (wanted[name], value)}
        left = [f"{name}, which somebody has changed meanwhile" for name in before if name not in ours]
        self._set(run, notes, ours, live, addon, "back")
        said = self._rolled_out(ours)
        return f"{said}; left as it is: {', '.join(left)}" if left else said

    def _daemon_set(self) -> DaemonSetState:
        if found := self.cni.daemon_set():
            return found
        raise HeldError("the cluster has no DaemonSet kube-system/aws-node: its CNI is not the VPC CNI")

    def _old(self, run: Run) -> frozenset[str]:
        """Names of the old nodes."""
        return frozenset(node.name for node in members.members(run, "old", self.nodes, self.groups))

    def _set(
        self, run: Run, notes: Notes, values: Variables, live: DaemonSetState, addon: Addon | None, way: str
    ) -> None:
        """Waiting while EKS is at work. Nothing is set that is so already: each change restarts every node's CNI."""
        if addon is None:
            if notes["managed"]:
                raise HeldError("the managed add-on vpc-cni was there, and is gone: install it again, or roll back")
            if changes := environment.changes(live.environment, values):
                self.cni.set_environment(changes)
            return
        if update := notes.get(f"{way}.update"):
            self._look_after(run, notes, update, way)
        elif environment.changes(live.environment, values):
            self._update(run, notes, values, live, addon, way)

    def _update(self, run: Run, notes: Notes, values: Variables, live: DaemonSetState, addon: Addon, way: str) -> None:
        if addon.busy:
            raise Waiting(f"the add-on vpc-cni is {addon.status}: another update is under way")
        drift = configuration_values.drift(addon.configuration, live.environment, live.managers)
        text = configuration_values.with_environment(addon.configuration, {**drift, **_of_text(notes, values, way)})
        number = notes.get(f"{way}.updates", 0)
        notes.note(**{f"{way}.updates": number + 1})
        update = self.addons.update(
            run.request.cluster, replace(addon, configuration=text), f"nodenet-{run.id}-{way}-{number}"
        )
        notes.note(**{f"{way}.update": update})
        raise Waiting(f"EKS updates the add-on vpc-cni (update {update})")

    def _look_after(self, run: Run, notes: Notes, update: str, way: str) -> None:
        outcome = self.addons.outcome(run.request.cluster, update)
        if outcome.status == "InProgress":
            raise Waiting(f"EKS updates the add-on vpc-cni (update {update})")
        if outcome.status != "Successful":
            # Whoever resumes wants another one.
            notes.note(**{f"{way}.update": None})
            why = "; ".join(outcome.errors) or "EKS does not say why"
            raise HeldError(f"update {update} of the add-on vpc-cni is {outcome.status}: {why}")

    def _rolled_out(self, values: Variables) -> str:
        """Waiting until every node runs with these variables."""
        now = self._daemon_set()
        if changes := environment.changes(now.environment, values):
            raise Waiting(f"aws-node does not have {', '.join(sorted(changes))} yet")
        if not now.rolled_out:
            raise Waiting(f"aws-node is new and available on {min(now.updated, now.available)} of {now.desired} nodes")
        shown = [name if value is None else f"{name}={value}" for name, value in values.items()]
        return f"aws-node runs on {now.desired} nodes with {', '.join(shown)}" if shown else "nothing to restore"


def _kept(addon: Addon | None, live: DaemonSetState) -> dict[str, Any] | None:
    """What the way back needs of the add-on: its text, for people too, and what the text and others had set."""
    if addon is None:
        return None
    said = configuration_values.environment(addon.configuration)
    drift = configuration_values.drift(addon.configuration, live.environment, live.managers)
    about = {"version": addon.version, "role": addon.role, "configuration": addon.configuration}
    return {**about, "said": {**said, **drift}}


def _of_text(notes: Notes, values: Variables, way: str) -> Variables:
    """On the way back a variable that nobody had set, whose value was the add-on's own, leaves the text again."""
    if way == "forward":
        return values
    said = (notes.get("addon") or {}).get("said", {})
    return {name: said.get(name) for name in values}
