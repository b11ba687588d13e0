"""The barrier between batches: what the drained nodes' pods belong to is as available as before, elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.cluster import Pod
from nodenet.migration.drain import owners
from nodenet.migration.drain.next_batch import is_of, part
from nodenet.migration.drain.node import decide
from nodenet.migration.drain.ports import Bindings, Pods, Targets, Workloads
from nodenet.migration.drain.sentences import few
from nodenet.migration.drain.targets import ready_behind, short_targets
from nodenet.migration.members import Which
from nodenet.migration.run import Notes, Run


@dataclass(frozen=True, slots=True)
class SettleBatch:
    """A Step for one batch, which has its time for itself."""

    which: Which
    number: int
    nodes: members.Nodes
    pods: Pods
    workloads: Workloads
    bindings: Bindings
    targets: Targets

    @property
    def name(self) -> str:
        return f"settle_{self.which}_{self.number:05d}"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.settle_batch

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError names nodes that could not be drained, Waiting what is short yet."""
        batch = run.part(part(self.which, self.number))
        pods = self.pods.pods()
        self._look_at_nodes(run, batch, pods)
        missing = owners.short(batch["owners"], self.workloads.workloads())
        missing += self._short_targets(batch["targets"], pods)
        if missing:
            raise Waiting(few(missing))
        batch.note(settled=True)
        drained, settled = len(batch["nodes"]), len(batch["owners"])
        return f"batch {self.number}: {drained} nodes drained, {settled} owners as available as before"

    def back(self, run: Run, notes: Notes) -> str:
        """On the way back new nodes are drained under the same rules."""
        return self.forward(run, notes)

    def _short_targets(self, before: Mapping[str, int], pods: Sequence[Pod]) -> list[str]:
        if not before:
            return []
        ready = ready_behind(pods, self.bindings.bindings(), self.bindings.selectors())
        return short_targets(before, self.targets.health(list(before)), ready)

    def _look_at_nodes(self, run: Run, batch: Notes, pods: Sequence[Pod]) -> None:
        """A node that is gone is no failure; one whose pods are there still is, whatever its execution said."""
        wrong = []
        for name in sorted(node.name for node in self.nodes.nodes() if is_of(batch.values, node)):
            decision = decide((pod for pod in pods if pod.node == name), run.request.drain)
            if not decision.empty:
                wrong.append(f"node {name}: {_why(run.part(f'node#{name}').values, len(decision.evict))}")
        if wrong:
            raise HeldError(f"not drained: {few(wrong)}. Mend that and resume, or roll back")


def _why(result: Mapping[str, Any], there: int) -> str:
    if result.get("outcome") in ("left", "refused"):
        return str(result["said"])
    return f"{there} pods are there still, and its execution did not come to its end"
