"""Chooses the nodes that are drained next, and keeps what their pods' owners had before."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nodenet.migration import members
from nodenet.migration.cluster import Node, Pod
from nodenet.migration.drain import owners
from nodenet.migration.drain.batches import choose, fitting
from nodenet.migration.drain.node import decide, stays
from nodenet.migration.drain.ports import Bindings, Nodes, Pods, Targets, Workloads
from nodenet.migration.drain.targets import behind, healthy
from nodenet.migration.members import Which
from nodenet.migration.quiet.cordon import DRAIN, EXCLUDED
from nodenet.migration.run import Notes, Run

_DNS: Final = ("k8s-app", "kube-dns")


@dataclass(frozen=True, slots=True)
class Batch:
    """`number` counts from 1; `done`: there is nothing left to drain. `wave`: its instances end once it is settled, to
    make room for new ones. `nodes`: `{"node", "instance", "options", "execution"}` each."""

    number: int
    done: bool
    wave: bool = False
    nodes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class NextBatch:
    nodes: Nodes
    groups: members.Groups
    pods: Pods
    workloads: Workloads
    bindings: Bindings
    targets: Targets

    def choose(self, run: Run, which: Which, execution: str) -> Batch:
        """The next batch, for an execution of drain_nodes, by ARN; again the last one if that was not settled."""
        there = members.members(run, which, self.nodes, self.groups)
        notes = run.notes(DRAIN)
        notes.keep(**{f"{which}.total": len(there)})
        self._cordon_late(notes, which, there)
        on_node = _by_node(self.pods.pods())
        options = run.request.drain
        waiting = [node for node in there if not decide(on_node[node.name], options).empty]
        number, last = _last(run, which)
        if last and "settled" not in last:
            again = [node for node in there if is_of(last, node)]
            return self._batch(run, which, number, again, execution)
        if not waiting:
            return Batch(number, done=True)
        dns = {node.name for node in waiting if any(_is_dns(pod) for pod in on_node[node.name])}
        chosen = choose(waiting, dns, run.request.batch.of(notes[f"{which}.total"]))
        if _waves(run, which):
            chosen = fitting(chosen, on_node, self._room(run, on_node))
        self._keep(run, which, number + 1, chosen, [pod for node in chosen for pod in on_node[node.name]])
        return self._batch(run, which, number + 1, chosen, execution)

    def _cordon_late(self, notes: Notes, which: Which, there: Sequence[Node]) -> None:
        """Nodes that joined since: noted before they are cordoned, so that the way back opens them again."""
        late = [node.name for node in there if not node.unschedulable]
        if late:
            name = "cordoned" if which == "old" else "cordonedNew"
            notes.note(**{name: sorted({*notes.get(name, ()), *late})})
            for node in late:
                self.nodes.cordon(node)

    def _keep(self, run: Run, which: Which, number: int, chosen: Sequence[Node], pods: Sequence[Pod]) -> None:
        moving = [pod for pod in pods if not stays(pod)]
        bindings = self.bindings.bindings()
        arns = {*behind(moving, bindings, self.bindings.selectors())} if bindings else set()
        if by_instance := {each.arn for each in bindings if each.target_type == "instance"}:
            arns |= by_instance
            self._exclude(run.notes(DRAIN), which, chosen)
        run.part(part(which, number)).keep(
            nodes=[node.name for node in chosen],
            instances={node.name: node.instance_id for node in chosen},
            owners=owners.affected(moving, self.workloads.workloads()),
            targets=healthy(self.targets.health(sorted(arns))) if arns else {},
        )

    def _exclude(self, notes: Notes, which: Which, chosen: Sequence[Node]) -> None:
        """Every node of the cluster is a target where targets are instances; drained ones shall be none."""
        name = "excluded" if which == "old" else "excludedNew"
        ours = [node.name for node in chosen if EXCLUDED not in node.labels]
        notes.note(**{name: sorted({*notes.get(name, ()), *ours})})
        for each in ours:
            self.nodes.label(each, {EXCLUDED: "true"})

    def _room(self, run: Run, on_node: Mapping[str, list[Pod]]) -> int:
        """How many pods more the new nodes can have."""
        new = members.members(run, "new", self.nodes, self.groups)
        return sum(node.max_pods - sum(not pod.finished for pod in on_node[node.name]) for node in new)

    def _batch(self, run: Run, which: Which, number: int, chosen: Sequence[Node], execution: str) -> Batch:
        options = asdict(run.request.drain)
        return Batch(
            number,
            done=False,
            wave=_waves(run, which),
            nodes=[
                {
                    "node": node.name,
                    "instance": node.instance_id,
                    "options": options,
                    "execution": _execution(run, which, number, execution, node),
                }
                for node in chosen
            ],
        )


def _waves(run: Run, which: Which) -> bool:
    return which == "old" and bool(run.part("preflight").get("facts", {}).get("waves"))


def _execution(run: Run, which: Which, number: int, execution: str, node: Node) -> str:
    """A name for the node's execution, of 80 characters at most, that says what it is for; each name can be used once
    (StartExecution, Step Functions API Reference)."""
    digest = hashlib.sha256(f"{execution}/{node.uid}".encode()).hexdigest()[:12]
    return f"{run.id[:44]}-{which}-{number}-{digest}"


def _last(run: Run, which: Which) -> tuple[int, Mapping[str, Any]]:
    batches = run.record.parts(run.id, f"batch#{which}#")
    if not batches:
        return 0, {}
    name = max(batches)
    return int(name.rpartition("#")[2]), batches[name]


def is_of(batch: Mapping[str, Any], node: Node) -> bool:
    """Whether it is one of a batch's nodes: another that came later may have the name of one that is gone, since names
    are made of addresses."""
    instances: Mapping[str, str] = batch["instances"]
    return instances.get(node.name) == node.instance_id


def part(which: Which, number: int) -> str:
    return f"batch#{which}#{number:05d}"


def _by_node(pods: Sequence[Pod]) -> Mapping[str, list[Pod]]:
    found: dict[str, list[Pod]] = defaultdict(list)
    for pod in pods:
        found[pod.node].append(pod)
    return found


def _is_dns(pod: Pod) -> bool:
    return pod.namespace == "kube-system" and pod.labels.get(_DNS[0]) == _DNS[1]
