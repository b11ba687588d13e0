"""Who serves, looked at all the time: ready pods of each workload against its budget, and the balancer's targets."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from demo.migration.cluster import NAMESPACE, Prod

_EVERY: Final = 0.1


@dataclass(frozen=True)
class Look:
    """`ready` pods and what must be ready, by workload; `healthy` targets."""

    ready: Mapping[str, int] = field(default_factory=dict)
    needed: Mapping[str, int] = field(default_factory=dict)
    healthy: int = 0

    def short(self) -> list[str]:
        return [
            f"{name}: {self.ready.get(name, 0)} of {needed} ready"
            for name, needed in self.needed.items()
            if self.ready.get(name, 0) < needed
        ]

    def __str__(self) -> str:
        pods = [f"{name} {self.ready.get(name, 0)} (≥{needed})" for name, needed in sorted(self.needed.items())]
        return ", ".join([*pods, f"{self.healthy} targets healthy"])


@dataclass
class Watch:
    """`last` is the newest look, `fewest` the least that was ready of each workload at any, `short` every look at which
    one had fewer than its budget asks for, `looks` how many there were, `failed` why there are no more."""

    prod: Prod
    last: Look = field(default_factory=Look)
    fewest: dict[str, int] = field(default_factory=dict)
    fewest_targets: int = 0
    short: list[str] = field(default_factory=list)
    looks: int = 0
    failed: str = ""

    @contextmanager
    def on(self) -> Iterator["Watch"]:
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stop,), daemon=True)
        self._look()
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    def _watch(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(_EVERY):
                self._look()
        except Exception as error:  # noqa: BLE001 - a watch that has ended must not go for one that saw nothing
            self.failed = f"{type(error).__name__}: {error}"

    def _look(self) -> None:
        # The budgets first: what they ask for may only have been loosened by the time that pods are counted.
        budgets = self.prod.workloads.budgets()
        needed = {each.name: each.desired_healthy for each in budgets if each.namespace == NAMESPACE}
        pods = self.prod.pods.pods(namespace=NAMESPACE)
        ready = Counter(pod.owner.name for pod in pods if pod.owner and pod.ready and not pod.terminating)
        healthy = sum(state == "healthy" for state in self.prod.network.targets().values())
        self.last = Look(ready, needed, healthy)
        self.short += self.last.short()
        for name in needed:
            self.fewest[name] = min(self.fewest.get(name, ready[name]), ready[name])
        self.fewest_targets = min(self.fewest_targets, healthy) if self.looks else healthy
        self.looks += 1
