"""The gate before nodes are drained: a pod of each new group in each zone asks, and is asked.

It resolves names, reaches the API server and a CoreDNS pod at its old address; the API server reaches it, several times
in a row; a pod on an old node reaches it. What logs and exec show is no proof: they go to the kubelet at the node's
address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.canary import placing
from nodenet.migration.canary.ports import Canaries, Pods
from nodenet.migration.canary.round import Awaited, Round
from nodenet.migration.members import auto_scaling_groups
from nodenet.migration.run import Notes, Run

_SLACK: Final = 300
"""Seconds beyond the time-out: the step ends itself, and says why."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A Step. Resumed after a verdict it tries all anew, in another round, with jobs of other names. Its jobs are gone
    whichever way it ends. `clock` gives seconds since the epoch."""

    nodes: members.Nodes
    groups: members.Groups
    pods: Pods
    canaries: Canaries
    clock: Callable[[], float]
    name: str = "canary"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.canary + _SLACK

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError says which check failed where, and what that means."""
        if "verdicts" not in notes.values:
            self._judge(run, notes)
        self.canaries.clear()
        return _said(notes["verdicts"], notes["untested"])

    def back(self, run: Run, notes: Notes) -> str:
        if "round" not in notes.values:
            return "no canary was started"
        self.canaries.clear()
        return "canaries taken away"

    def _judge(self, run: Run, notes: Notes) -> None:
        notes.keep(round=1)
        began = f"began.{notes['round']}"
        if began not in notes.values:
            self.canaries.prepare()
            notes.keep(**{began: self.clock()})
        try:
            verdicts, untested = self._try(run, notes)
        except Awaited as awaited:
            seconds = run.request.timeouts.canary
            if self.clock() - notes[began] <= seconds:
                raise Waiting(str(awaited)) from None
            self._give_up(notes)
            raise HeldError(f"{awaited}; that for {seconds} s. {awaited.means}") from None
        except HeldError:
            self._give_up(notes)
            raise
        notes.note(verdicts=verdicts, untested=untested)

    def _give_up(self, notes: Notes) -> None:
        notes.note(round=notes["round"] + 1)
        self.canaries.clear()

    def _try(self, run: Run, notes: Notes) -> tuple[dict[str, Any], list[str]]:
        """Looks at all that there is, and starts what there is not."""
        nodes = self.nodes.nodes()
        asgs = {which: auto_scaling_groups(run, which) for which in ("old", "new")}
        instances = self.groups.instances([*asgs["old"], *asgs["new"]])
        of_old = {instance for name in asgs["old"] for instance in instances.get(name, ())}
        places = placing.places(run, nodes, {name: instances.get(name, ()) for name in asgs["new"]})
        if places.awaited:
            raise Awaited("; ".join(places.awaited[:5]), "Look at the new group's instances and their kubelets")
        old = [node for node in nodes if node.instance_id in of_old and node.ready]
        round_ = Round(run, notes, self.pods, self.canaries, self.clock)
        checks, untested = round_.checks(old)
        pods = round_.started(places.spots, checks)
        round_.ask(pods)
        from_old = round_.from_old(pods, old)
        untested += [*places.untested, *(f"from old nodes of {zone}: {why}" for zone, why in from_old.items() if why)]
        verdicts: dict[str, Any] = {spot.zone: {"canaries": {}} for spot in pods}
        for spot, pod in pods.items():
            verdicts[spot.zone]["canaries"][spot.group] = {"node": pod.node, "address": pod.address}
        for zone in verdicts:
            verdicts[zone]["fromOld"] = "not tested" if from_old.get(zone, "no old node") else "reached"
        return verdicts, untested


def _said(verdicts: Mapping[str, Any], untested: Sequence[str]) -> str:
    count = sum(len(each["canaries"]) for each in verdicts.values())
    said = (
        f"{count} canaries in {len(verdicts)} zones resolve names, reach the API server and old pods, and are reached "
        "by the API server and from old nodes"
    )
    return f"{said}; not tested: {'; '.join(untested)}" if untested else said
