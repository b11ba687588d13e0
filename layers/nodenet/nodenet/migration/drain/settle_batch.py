"""The barrier between batches: what the drained nodes' pods belong to is as available as before, elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodenet.errors import HeldError, Waiting
from nodenet.migration.drain import owners
from nodenet.migration.drain.next_batch import part
from nodenet.migration.drain.node import decide
from nodenet.migration.drain.ports import Nodes, Pods, Targets, Workloads
from nodenet.migration.members import Which
from nodenet.migration.run import Notes, Run


@dataclass(frozen=True, slots=True)
class SettleBatch:
    """A Step for one batch, which has its time for itself."""

    which: Which
    number: int
    nodes: Nodes
    pods: Pods
    workloads: Workloads
    targets: Targets

    @property
    def name(self) -> str:
        return f"settle_{self.which}_{self.number:05d}"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.settle_batch

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError names nodes that could not be drained, Waiting what is short yet."""
        batch = run.part(part(self.which, self.number))
        self._look_at_nodes(run, batch)
        missing = owners.short(batch["owners"], self.workloads.workloads())
        if arns := list(batch["targets"]):
            missing += owners.short_targets(batch["targets"], self.targets.health(arns))
        if missing:
            raise Waiting("; ".join(missing[:5]) + (f"; and {len(missing) - 5} more" if len(missing) > 5 else ""))
        batch.note(settled=True)
        drained, settled = len(batch["nodes"]), len(batch["owners"])
        return f"batch {self.number}: {drained} nodes drained, {settled} owners as available as before"

    def back(self, run: Run, notes: Notes) -> str:
        """On the way back new nodes are drained under the same rules."""
        return self.forward(run, notes)

    def _look_at_nodes(self, run: Run, batch: Notes) -> None:
        """A node that is gone is no failure; one whose pods are there still is, whatever its execution said."""
        names = set(batch["nodes"])
        wrong = []
        for name in sorted(names & {node.name for node in self.nodes.nodes()}):
            decision = decide(self.pods.pods(node=name), run.request.drain)
            if not decision.empty:
                wrong.append(f"node {name}: {_why(run.part(f'node#{name}').values, len(decision.evict))}")
        if wrong:
            more = f"; and {len(wrong) - 5} nodes more" if len(wrong) > 5 else ""
            raise HeldError(f"not drained: {'; '.join(wrong[:5])}{more}. Mend that and resume, or roll back")


def _why(result: Mapping[str, Any], there: int) -> str:
    if result.get("outcome") in ("left", "refused"):
        return str(result["said"])
    return f"{there} pods are there still, and its execution did not come to its end"
