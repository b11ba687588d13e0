"""A cluster as draining sees it, with the rules of Kubernetes: budgets of disruptions are reckoned, evicted pods end
after their grace and come back elsewhere, volumes are detached after their pods. Time passes when the test says so.

Sources: pkg/registry/core/pod/storage/eviction.go and pkg/controller/disruption/disruption.go of Kubernetes.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal

from nodenet.events import LifecycleAction
from nodenet.migration.cluster import Node, Owner, Pod, Workload
from nodenet.migration.drain.evictions import Eviction
from nodenet.migration.objects import TargetGroupBinding
from tests.unit.migration.record import Cut

GRACE = 10.0
STARTING = 20.0
"""Seconds until an evicted pod has ended, and until one that was started is Ready."""

RETRY_AFTER = 10.0
"""What the server asks for where a budget is behind its own writes (eviction.go)."""


@dataclass
class Budget:
    """Of the pods with this label `app`: `minimum` of them healthy. `behind`: its controller has not come to it."""

    app: str
    minimum: int
    behind: bool = False


@dataclass
class Fake:
    """`calls` has each request's name; `evicted` each pod as it was when its eviction was granted."""

    now: float = 1000.0
    cut: Cut = field(default_factory=Cut)
    known: dict[str, Node] = field(default_factory=dict)
    running: dict[str, Pod] = field(default_factory=dict)
    budgets: list[Budget] = field(default_factory=list)
    desired: dict[Owner, int] = field(default_factory=dict)
    attachments: dict[str, list[str]] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    bound: list[TargetGroupBinding] = field(default_factory=list)
    selecting: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    registered: dict[str, dict[str, str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    completed: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    evicted: list[Pod] = field(default_factory=list)
    deleted: list[Pod] = field(default_factory=list)
    frozen: set[str] = field(default_factory=set)
    """Pods by name that never end, held by a finalizer."""

    _ends: dict[str, float] = field(default_factory=dict)
    _ready_at: dict[str, float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # ---- what there is ----

    def add_node(self, name: str, group: str = "asg-old", zone: str = "a", **more: Any) -> Node:
        node = replace(Node(name, f"u-{name}", f"i-{name}", zone, max_pods=20), **more)
        self.known[name] = node
        self.groups.setdefault(group, []).append(node.instance_id)
        return node

    def add_pod(self, node: str, app: str = "web", kind: str = "Deployment", **more: Any) -> Pod:
        number = next(self._numbers)
        name = f"{app}-{number}"
        whose = Owner(kind, "shop", app)
        pod = Pod("shop", name, f"u-{name}", node, whose, address=f"10.0.0.{number}", labels={"app": app})
        self.running[name] = replace(pod, **more)
        if self.running[name].owner == whose and kind in ("Deployment", "StatefulSet"):
            self.desired[whose] = self.desired.get(whose, 0) + 1
        return self.running[name]

    def remove_node(self, name: str) -> None:
        """The node dies, and its pods with it (pkg/controller/podgc)."""
        del self.known[name]
        for pod in list(self.running.values()):
            if pod.node == name:
                self._end(pod)

    def healthy(self, app: str) -> int:
        return sum(
            pod.ready and not (pod.terminating or pod.finished)
            for pod in self.running.values()
            if pod.labels.get("app") == app
        )

    def pass_time(self, seconds: float) -> None:
        """Pods end, come back and get ready, volumes are detached."""
        for _ in range(int(seconds)):
            self.now += 1
            for pod in list(self.running.values()):
                if self._ends.get(pod.name, self.now + 1) <= self.now and pod.name not in self.frozen:
                    self._end(pod)
                elif self._ready_at.get(pod.name, self.now + 1) <= self.now:
                    self.running[pod.name] = replace(pod, ready=True, phase="Running")
            self._start_missing()

    def _end(self, pod: Pod) -> None:
        del self.running[pod.name]
        for claim in pod.claims:
            for volumes in self.attachments.values():
                if claim in self.claims and self.claims[claim] in volumes:
                    volumes.remove(self.claims[claim])

    def _start_missing(self) -> None:
        room = [node for node in self.known.values() if not node.unschedulable and node.ready]
        for owner, wanted in self.desired.items():
            mine = [pod for pod in self.running.values() if pod.owner == owner and not pod.finished]
            there = mine if owner.kind == "StatefulSet" else [pod for pod in mine if not pod.terminating]
            for _ in range(wanted - len(there)):
                if not room:
                    return
                self.desired[owner] -= 1
                loads = Counter(pod.node for pod in self.running.values())
                node = min(room, key=lambda each: (loads[each.name], each.name))
                pod = self.add_pod(node.name, owner.name, owner.kind, ready=False)
                self._ready_at[pod.name] = self.now + STARTING

    # ---- nodes ----

    def nodes(self, labels: str = "") -> list[Node]:
        self._called("nodes")
        return list(self.known.values())

    def node(self, name: str) -> Node | None:
        self._called("node")
        return self.known.get(name)

    def cordon(self, name: str) -> bool:
        if name in self.known:
            self.known[name] = replace(self.known[name], unschedulable=True)
        self._called("cordon")
        return name in self.known

    def label(self, name: str, labels: Mapping[str, str | None]) -> bool:
        if node := self.known.get(name):
            merged = {**node.labels, **labels}
            self.known[name] = replace(node, labels={key: value for key, value in merged.items() if value is not None})
        self._called("label")
        return name in self.known

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        return {name: tuple(some) for name, some in self.groups.items() if name in groups}

    # ---- pods ----

    def pods(self, node: str = "") -> list[Pod]:
        self._called("pods")
        return [pod for pod in self.running.values() if node in ("", pod.node)]

    def evict(self, pod: Pod) -> Eviction:
        answer = self._evict(pod)
        self._called("evict")
        return answer

    def delete(self, pod: Pod) -> bool:
        there = self._same(pod)
        if there:
            self.deleted.append(there)
            self._terminate(there)
        self._called("delete")
        return there is not None

    def attached(self, node: str) -> list[str]:
        self._called("attached")
        return list(self.attachments.get(node, ()))

    def volumes(self, pods: Collection[Pod]) -> frozenset[str]:
        return frozenset(self.claims[claim] for pod in pods for claim in pod.claims if claim in self.claims)

    def _evict(self, pod: Pod) -> Eviction:
        there = self._same(pod)
        if not there:
            return Eviction("gone")
        # A pod that does not run, or ends already, needs no budget (canIgnorePDB).
        if there.phase == "Running" and not there.terminating:
            budgets = [each for each in self.budgets if each.app == there.labels.get("app")]
            if len(budgets) > 1:
                return Eviction("refused", "This pod has more than one PodDisruptionBudget")
            if budgets and (refusal := self._ask(budgets[0], there)):
                return refusal
        self.evicted.append(there)
        self._terminate(there)
        return Eviction("evicted")

    def _ask(self, budget: Budget, pod: Pod) -> Eviction | None:
        healthy = self.healthy(budget.app)
        if budget.behind:
            return Eviction("blocked", "The disruption budget is still being processed", RETRY_AFTER)
        # IfHealthyBudget: what is not ready may go where enough others are.
        if not pod.ready and healthy >= budget.minimum:
            return None
        if healthy - budget.minimum <= 0:
            return Eviction("blocked", f"needs {budget.minimum} healthy pods and has {healthy} currently")
        return None

    def _terminate(self, pod: Pod) -> None:
        if pod.finished:
            del self.running[pod.name]
        else:
            self.running[pod.name] = replace(pod, terminating=True)
            self._ends.setdefault(pod.name, self.now + GRACE)

    def _same(self, pod: Pod) -> Pod | None:
        there = self.running.get(pod.name)
        return there if there and there.uid == pod.uid else None

    # ---- what has pods ----

    def workloads(self) -> list[Workload]:
        self._called("workloads")
        return [Workload(owner, wanted, self.healthy(owner.name)) for owner, wanted in self.desired.items()]

    def bindings(self) -> list[TargetGroupBinding]:
        return list(self.bound)

    def selectors(self) -> dict[tuple[str, str], dict[str, str]]:
        return dict(self.selecting)

    def health(self, target_groups: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {arn: dict(self.registered[arn]) for arn in target_groups if arn in self.registered}

    # ---- lifecycle actions ----

    def heartbeat(self, action: LifecycleAction) -> bool:
        self._called("heartbeat")
        return action.token in self.waiting

    def complete(self, action: LifecycleAction, result: Literal["CONTINUE", "ABANDON"]) -> bool:
        self.completed.append((action.token, result))
        self._called("complete")
        there = action.token in self.waiting
        self.waiting.discard(action.token)
        return there

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self.cut.count()
