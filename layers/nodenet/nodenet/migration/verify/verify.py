"""Sees that every pod has moved, and that nothing has less than before: the gate before old groups are deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from nodenet.errors import HeldError, Waiting
from nodenet.migration import members
from nodenet.migration.canary.probe import WORKLOADS
from nodenet.migration.cluster import Pod
from nodenet.migration.drain import owners
from nodenet.migration.drain.ports import Bindings, Pods, Targets, Workloads
from nodenet.migration.drain.sentences import few
from nodenet.migration.drain.targets import ready_behind, short_targets
from nodenet.migration.run import Notes, Run
from nodenet.migration.verify import addresses
from nodenet.migration.verify.ports import Probes
from nodenet.migration.verify.targets import unhealthy


@dataclass(frozen=True, slots=True)
class Verify:
    """A Step that changes nothing."""

    nodes: members.Nodes
    groups: members.Groups
    pods: Pods
    workloads: Workloads
    bindings: Bindings
    targets: Targets
    probes: Probes
    name: str = "verify"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.settle_batch

    def forward(self, run: Run, notes: Notes) -> str:
        """HeldError names pods whose addresses are wrong, and probes that answer otherwise than before; Waiting what
        is short yet."""
        new = members.members(run, "new", self.nodes, self.groups)
        every = self.pods.pods()
        pods = addresses.in_scope(every, new)
        if wrong := addresses.outside(pods, new, addresses.ranges(run)):
            raise HeldError(
                f"pods on new nodes have addresses that are not of the new range: {few(wrong)}. Delete these pods, so "
                "that they start anew, or roll back; look at AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG of aws-node and at the "
                "ENIConfigs if it comes again"
            )
        before = run.part(WORKLOADS).get("owners", {})
        wanted, short = self._targets(run, pods, every)
        missing = [
            *addresses.without(pods),
            *owners.short(before, self.workloads.workloads()),
            *short,
        ]
        if missing:
            raise Waiting(few(missing))
        if differing := self.probes.differing(run):
            raise HeldError(f"connections are not as before: {few(differing)}. Mend that and resume, or roll back")
        counts = {"pods": len(pods), "owners": len(before), "targetGroups": wanted}
        notes.note(result={**counts, "nodes": len(new), "probes": len(run.request.probes)})
        return (
            f"{len(pods)} pods on {len(new)} new nodes have addresses of the new range, {len(before)} owners are as "
            f"available as before, {wanted} target groups reach them, {len(run.request.probes)} probes answer as "
            "before"
        )

    def back(self, run: Run, notes: Notes) -> str:
        return "nothing was changed"

    def _targets(self, run: Run, moved: Sequence[Pod], every: Sequence[Pod]) -> tuple[int, list[str]]:
        """How many target groups have pods that moved, and what they are short of."""
        bindings, before = self.bindings.bindings(), _healthy_before(run)
        selectors = self.bindings.selectors() if bindings else {}
        at = {arn: some for arn, some in ready_behind(moved, bindings, selectors).items() if some}
        health = self.targets.health(arns) if (arns := sorted({*at, *before})) else {}
        ready = ready_behind(every, bindings, selectors)
        return len(at), [*unhealthy(at, health), *short_targets(before, health, ready)]


def _healthy_before(run: Run) -> dict[str, int]:
    """How many healthy targets each target group had before the first batch that had pods behind it."""
    found: dict[str, int] = {}
    for _, batch in sorted(run.record.parts(run.id, "batch#old#").items()):
        for arn, count in batch["targets"].items():
            found.setdefault(arn, count)
    return found
