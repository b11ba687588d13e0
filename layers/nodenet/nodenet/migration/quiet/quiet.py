"""Quiets the autoscalers: one that is not paused takes idle new nodes away, and brings old ones back.

The cluster autoscaler goes to no replicas, Auto Scaling stops balancing the groups over their zones, and Karpenter's
node pools get a budget of no disruptions. What each was before is kept, and restored where it still is as left here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nodenet.migration.cluster import Owner
from nodenet.migration.members import auto_scaling_groups
from nodenet.migration.objects import Deployment
from nodenet.migration.quiet.autoscaler import is_cluster_autoscaler
from nodenet.migration.run import Notes, Run

REBALANCING: Final = "AZRebalance"
NO_DISRUPTIONS: Final[Sequence[Mapping[str, Any]]] = ({"nodes": "0"},)
"""Without schedule or reasons a budget holds always, for all reasons ("NodePool Disruption Budgets", Karpenter)."""


class Workloads(Protocol):
    def deployments(self, labels: str = "") -> list[Deployment]: ...
    def scale(self, owner: Owner) -> int | None: ...
    def set_scale(self, owner: Owner, replicas: int) -> bool: ...


class Karpenter(Protocol):
    def node_pools(self) -> dict[str, list[dict[str, Any]]]: ...
    def set_budgets(self, name: str, budgets: Sequence[Mapping[str, Any]]) -> bool: ...


class Processes(Protocol):
    def suspended(self, groups: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Suspended processes of Auto Scaling groups, by the group's name; a group that is gone is left out."""

    def suspend(self, group: str, process: str) -> None: ...
    def resume(self, group: str, process: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """A Step; `unquiet` restores on the way forward, at the end, what `back` does on the way back."""

    workloads: Workloads
    karpenter: Karpenter
    processes: Processes
    name: str = "quiet"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        said = [self._quiet_autoscalers(notes), self._hold_rebalancing(run, notes), self._hold_karpenter(notes)]
        return "; ".join(each for each in said if each) or "there is nothing to quiet"

    def back(self, run: Run, notes: Notes) -> str:
        said = [self._wake_autoscalers(notes), self._resume_rebalancing(notes), self._release_karpenter(notes)]
        return "; ".join(each for each in said if each) or "nothing was quieted"

    def _quiet_autoscalers(self, notes: Notes) -> str:
        found = [each for each in self.workloads.deployments() if is_cluster_autoscaler(each)]
        before = [{**_where(each.owner), "replicas": each.replicas} for each in found if each.replicas]
        notes.keep(clusterAutoscalers=before)
        ours = [_owner(each) for each in notes["clusterAutoscalers"]]
        for owner in ours:
            if self.workloads.scale(owner):
                self.workloads.set_scale(owner, 0)
        return _said("cluster autoscaler", [each.name for each in ours], "without replicas")

    def _wake_autoscalers(self, notes: Notes) -> str:
        woken, left = [], []
        for each in notes.get("clusterAutoscalers", ()):
            owner = _owner(each)
            now = self.workloads.scale(owner)
            if now == 0 and self.workloads.set_scale(owner, each["replicas"]):
                woken.append(f"{owner.name} with {each['replicas']}")
            elif now != each["replicas"]:
                left.append(f"{owner.name}, which somebody has {'deleted' if now is None else 'scaled'} meanwhile")
        return _both("cluster autoscaler", woken, "with its replicas again", left)

    def _hold_rebalancing(self, run: Run, notes: Notes) -> str:
        groups = auto_scaling_groups(run, "old")
        suspended = self.processes.suspended(groups) if groups else {}
        notes.keep(rebalancing=sorted(name for name, some in suspended.items() if REBALANCING not in some))
        for name in notes["rebalancing"]:
            if name in suspended and REBALANCING not in suspended[name]:
                self.processes.suspend(name, REBALANCING)
        return _said("group", notes["rebalancing"], "no longer balanced over zones")

    def _resume_rebalancing(self, notes: Notes) -> str:
        ours = notes.get("rebalancing", ())
        suspended = self.processes.suspended(ours) if ours else {}
        resumed = [name for name in ours if REBALANCING in suspended.get(name, ())]
        for name in resumed:
            self.processes.resume(name, REBALANCING)
        return _said("group", resumed, "balanced over zones again")

    def _hold_karpenter(self, notes: Notes) -> str:
        pools = self.karpenter.node_pools()
        wanted = [dict(each) for each in NO_DISRUPTIONS]
        notes.keep(nodePools={name: budgets for name, budgets in pools.items() if budgets != wanted})
        for name in notes["nodePools"]:
            if pools.get(name, wanted) != wanted:
                self.karpenter.set_budgets(name, wanted)
        return _said("node pool", sorted(notes["nodePools"]), "with a budget of no disruptions")

    def _release_karpenter(self, notes: Notes) -> str:
        before: Mapping[str, list[dict[str, Any]]] = notes.get("nodePools", {})
        pools = self.karpenter.node_pools() if before else {}
        released, left = [], []
        for name, budgets in before.items():
            if pools.get(name) == [dict(each) for each in NO_DISRUPTIONS]:
                self.karpenter.set_budgets(name, budgets)
                released.append(name)
            elif pools.get(name) != budgets:
                left.append(f"{name}, which somebody has {'changed' if name in pools else 'deleted'} meanwhile")
        return _both("node pool", released, "with its budgets again", left)


def _where(owner: Owner) -> dict[str, str]:
    return {"kind": owner.kind, "namespace": owner.namespace, "name": owner.name}


def _owner(kept: Mapping[str, Any]) -> Owner:
    return Owner(kept["kind"], kept["namespace"], kept["name"])


def _said(what: str, names: Sequence[str], how: str) -> str:
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)} {how}" if names else ""


def _both(what: str, done: Sequence[str], how: str, left: Sequence[str]) -> str:
    said = [_said(what, done, how), f"left as it is: {', '.join(left)}" if left else ""]
    return "; ".join(each for each in said if each)
