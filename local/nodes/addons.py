"""EKS's networking add-ons inside one cluster: applied, rolled out, taken away.

Sources: EKS user guide, "Determine fields you can customize for Amazon EKS add-ons" (server-side apply by the field
manager "eks") and "Amazon EKS networking add-ons" (every cluster begins with self-managed ones); API reference,
UpdateAddon, resolveConflicts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import yaml

from local.eks import catalog
from local.eks.addon_installers import Done, Problem
from local.nodes.applying import Conflict, apply, with_live_values
from local.nodes.charts import CHARTS
from local.nodes.objects import Objects
from local.nodes.pace import pace
from local.nodes.worker import Worker
from local.world import world

type Thing = dict[str, Any]

_WORKLOADS = ("DaemonSet", "Deployment")


@dataclass
class RollOut:
    """What an update waits for; `number` tells it from earlier ones of the same add-on."""

    number: int
    workloads: list[tuple[str, str]]
    done: Done


class Addons:
    """The installer's part for one cluster; everything here runs on the worker's thread."""

    def __init__(self, cluster: Any, objects: Objects, worker: Worker) -> None:
        self._cluster = cluster
        self._objects = objects
        self._worker = worker
        self._waiting: dict[str, RollOut] = {}
        self._made: dict[str, list[Thing]] = {}
        self._number = 0

    def begin(self) -> None:
        """Those that every cluster is born with, self-managed, in their default versions."""
        for name in CHARTS:
            for thing in self._objects_of(name, catalog.default_version(name, self._cluster.version), None, {}):
                apply(self._objects, thing, force=True)

    def install(self, addon: Any, resolution: str, done: Done) -> None:
        """Applies what the add-on's model says and waits for its pods; the first conflict ends it, unless resolved."""
        values = yaml.safe_load(addon.configuration_values or "") or {}
        things = self._objects_of(addon.addon_name, addon.addon_version, addon.service_account_role_arn, values)
        if resolution == "PRESERVE":
            things = [with_live_values(self._objects, each, _conflicts(self._objects, [each])) for each in things]
        conflicts = [] if resolution == "OVERWRITE" else _conflicts(self._objects, things)
        if conflicts:
            self._finish(done, [_conflict(conflicts)])
            return
        for thing in things:
            apply(self._objects, thing, force=True)
        self._remove_others(addon.addon_name, things)
        self._number += 1
        workloads = [(each["kind"], each["metadata"]["name"]) for each in things if each["kind"] in _WORKLOADS]
        self._waiting[addon.addon_name] = RollOut(self._number, workloads, done)
        self._worker.later(pace.roll_out, partial(self._give_up, addon.addon_name, self._number))
        self.workload_changed()

    def remove(self, name: str) -> None:
        for thing in self._made.pop(name, []):
            about = thing["metadata"]
            self._objects.delete(thing["kind"], about["name"], about.get("namespace", ""))

    def workload_changed(self) -> None:
        """Some add-on's pods may be all there by now."""
        for name, waiting in list(self._waiting.items()):
            found = [self._objects.find(kind, each, "kube-system") for kind, each in waiting.workloads]
            if all(each and _rolled_out(each) for each in found):
                del self._waiting[name]
                self._finish(waiting.done, [])

    def _objects_of(self, name: str, version: str, role: str | None, values: Mapping[str, Any]) -> list[Thing]:
        return CHARTS[name](self._cluster, version, role, values)

    def _remove_others(self, name: str, things: Sequence[Thing]) -> None:
        """What the add-on put there before and has no more."""
        now = {(each["kind"], each["metadata"]["name"]) for each in things}
        for each in self._made.get(name, []):
            if (each["kind"], each["metadata"]["name"]) not in now:
                about = each["metadata"]
                self._objects.delete(each["kind"], about["name"], about.get("namespace", ""))
        self._made[name] = list(things)

    def _give_up(self, name: str, number: int) -> None:
        waiting = self._waiting.get(name)
        if waiting and waiting.number == number:
            del self._waiting[name]
            message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
            workloads = [each for _, each in waiting.workloads]
            self._finish(waiting.done, [_problem("InsufficientNumberOfReplicas", message, workloads)])

    def _finish(self, done: Done, problems: Sequence[Problem]) -> None:
        with world.lock:
            done(problems)


def _conflicts(objects: Objects, things: Sequence[Thing]) -> list[Conflict]:
    return [conflict for thing in things for conflict in apply(objects, thing, force=False, dry=True)]


def _conflict(conflicts: Sequence[Conflict]) -> Problem:
    """In the words in which EKS says it (aws/amazon-vpc-cni-k8s #2150, #2607)."""
    named = " ".join(f"{each.what} - {each.path}" for each in conflicts)
    message = (
        f"Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: {named}"
    )
    return _problem("ConfigurationConflict", message, sorted({each.name for each in conflicts}))


def _problem(code: str, message: str, resources: Sequence[str]) -> Problem:
    return {"errorCode": code, "errorMessage": message, "resourceIds": list(resources)}


def _rolled_out(workload: Thing) -> bool:
    """As `kubectl rollout status` has it (kubectl, pkg/polymorphichelpers/rollout_status.go)."""
    status = workload.get("status") or {}
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return False
    if workload["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return bool(status.get("updatedNumberScheduled", 0) >= wanted and status.get("numberAvailable", 0) >= wanted)
    wanted = workload["spec"].get("replicas", 1)
    current, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    return bool(updated >= wanted and current <= updated and status.get("availableReplicas", 0) >= updated)
