"""Looks at every workload all the time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from tests.integration.migration.prod import Prod, is_ready


@dataclass
class Watch:
    """`fewest` has the least that was available of each workload, `broken` whatever was below what its budget of
    disruptions asks for, `looks` how often it looked, `failed` why it does not look any more."""

    prod: Prod
    fewest: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    failed: str = ""

    @contextmanager
    def on(self) -> Iterator["Watch"]:
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stop,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    def _watch(self, stop: threading.Event) -> None:
        kube = self.prod.kube
        try:
            while not stop.wait(0.1):
                try:
                    self._look(kube)
                except ApiError:
                    kube.close()
                    kube = self.prod.kube
        except Exception as error:  # noqa: BLE001 - a watch that has ended must not go for one that saw nothing
            self.failed = f"{type(error).__name__}: {error}"
        finally:
            kube.close()

    def _look(self, kube: Any) -> None:
        # The budgets first: what they ask for may have been loosened by the time that pods are counted.
        budgets = list(kube.list(PodDisruptionBudget, namespace="default"))
        ready: dict[str, int] = {}
        for pod in kube.list(Pod, namespace="default"):
            app = (pod.metadata.labels or {}).get("app", "")
            ready[app] = ready.get(app, 0) + (is_ready(pod) and not pod.metadata.deletionTimestamp)
        for budget in budgets:
            name, wanted = budget.metadata.name, (budget.status and budget.status.desiredHealthy) or 0
            if ready.get(name, 0) < wanted:
                self.broken.append(f"{name}: {ready.get(name, 0)} of {wanted}")
        for app, count in ready.items():
            self.fewest[app] = min(self.fewest.get(app, count), count)
        self.looks += 1
