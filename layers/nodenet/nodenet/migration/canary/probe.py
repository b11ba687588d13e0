"""Keeps what there was before the run: how available the owners of pods are, and which connections are open."""

from dataclasses import dataclass

from nodenet.migration import members
from nodenet.migration.canary.ports import Pods, Workloads
from nodenet.migration.canary.probes import Probes
from nodenet.migration.drain.node import stays
from nodenet.migration.drain.owners import affected
from nodenet.migration.run import Notes, Run

WORKLOADS = "workloads"
"""The part of the record: {"owners": {owner: {"desired", "available"}}}."""


@dataclass(frozen=True, slots=True)
class ProbeBefore:
    """A Step, the first one that is taken after the approval: the verification compares with what it keeps."""

    nodes: members.Nodes
    groups: members.Groups
    pods: Pods
    workloads: Workloads
    probes: Probes
    name: str = "probe"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError where a probe answers otherwise than the request says: nothing has been changed yet."""
        part = run.part(WORKLOADS)
        if "owners" not in part.values:
            names = {node.name for node in members.members(run, "old", self.nodes, self.groups)}
            pods = [pod for pod in self.pods.pods() if pod.node in names and not stays(pod)]
            part.keep(owners=affected(pods, self.workloads.workloads()))
        said = f"{len(part['owners'])} owners of pods on the old nodes counted"
        if not run.request.probes:
            return said
        untested = self.probes.before(run)
        count = len(run.request.probes) - len(untested)
        answer = f"{said}; {count} of {len(run.request.probes)} probes answer as they should"
        return f"{answer}: {'; '.join(untested)}" if untested else answer

    def back(self, run: Run, notes: Notes) -> str:
        self.probes.clear(run)
        return "pods of probes taken away"
