"""NoExecute taints evict who does not tolerate them, or tolerates them for some seconds only ("Taints and
Tolerations"; kubernetes, pkg/controller/tainteviction)."""

from collections.abc import Iterable, Sequence

from local.kubernetes.controllers import times
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import with_condition
from local.kubernetes.controllers.pods import is_active
from local.kubernetes.controllers.scheduling import taints
from local.kubernetes.things import Thing


class TaintEvictions:
    """Deletes pods; budgets do not protect from it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._tainted: dict[str, Sequence[Thing]] = {}
        self._since: dict[Key, float] = {}
        self.watches = {"Node": self._of_node, "Pod": self._of_pod}

    def reconcile(self, key: Key) -> None:
        pod = self._cluster.cache.get("Pod", *key)
        node = pod and self._cluster.cache.get("Node", "", pod["spec"].get("nodeName") or "")
        tolerated = tolerated_for(_evicting(node), taints.of_pod(pod)) if pod and node and is_active(pod) else None
        if not pod or not node or tolerated is None:
            self._since.pop(key, None)
            return
        # Counted from when the taint is noticed, as there: its timeAdded is of no account.
        left = self._since.setdefault(key, times.now()) + tolerated - times.now()
        if left > 0:
            self._cluster.engine.after(left, self, key)
            return
        message = f"Taint manager: deleting due to NoExecute taint on node {node['metadata']['name']}"
        conditions = with_condition(
            (pod.get("status") or {}).get("conditions"),
            "DisruptionTarget",
            "True",
            reason="DeletionByTaintManager",
            message=message,
        )
        told = f"Marking for deletion Pod {'/'.join(key)}"
        self._cluster.events.record(pod, "Normal", "TaintManagerEviction", told, "taint-eviction-controller")
        self._cluster.writes.status(pod, conditions=conditions)
        self._cluster.writes.delete(pod)

    def _of_node(self, node: Thing) -> Iterable[Key]:
        name, now = node["metadata"]["name"], _evicting(node)
        if self._tainted.get(name, []) == now:
            return []
        if now:
            self._tainted[name] = now
        else:
            self._tainted.pop(name, None)
        return [key_of(pod) for pod in self._cluster.cache.pods_on(name)]

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        return [key_of(pod)] if pod["spec"].get("nodeName") in self._tainted else []


def tolerated_for(evicting: Sequence[Thing], tolerations: Sequence[Thing]) -> float | None:
    """Seconds that a pod may stay with these taints; None is for good. Of several tolerations and of several taints the
    shortest time counts (getMinTolerationTime)."""
    bounded: list[int] = []
    for taint in evicting:
        fitting = [each for each in tolerations if taints.tolerates(each, taint)]
        if not fitting:
            return 0.0
        bounded += [each["tolerationSeconds"] for each in fitting if each.get("tolerationSeconds") is not None]
    return float(max(0, min(bounded))) if bounded else None


def _evicting(node: Thing) -> Sequence[Thing]:
    return [each for each in taints.of_node(node) if each["effect"] == "NoExecute"]
