"""Pods whose node is gone are ended by force ("Garbage collection of Pods" in "Pod Lifecycle"; kubernetes,
pkg/controller/podgc)."""

from collections.abc import Iterable

from local.kubernetes.controllers import times
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import with_condition
from local.kubernetes.controllers.pods import is_going, is_terminal
from local.kubernetes.controllers.scheduling import taints
from local.kubernetes.things import Thing


class OrphanedPods:
    """Waits a while for a node that is gone: it may come back. Pods that are to go, and are on no node or on one that
    is out of service, go at once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._gone: dict[str, float] = {}
        self.watches = {"Node": self._of_node, "Pod": self._of_pod}

    def reconcile(self, key: Key) -> None:
        pod = self._cluster.cache.get("Pod", *key)
        if not pod:
            return
        name = pod["spec"].get("nodeName")
        node = self._cluster.cache.get("Node", "", name) if name else None
        if not name or node:
            if is_going(pod) and (not node or _out_of_service(node)):
                self._end(pod)
            return
        left = self._gone.setdefault(name, times.now()) + self._cluster.settings.quarantine - times.now()
        if left > 0:
            self._cluster.engine.after(left, self, key)
        else:
            self._end(pod, reason="DeletionByPodGC", message="PodGC: node no longer exists")

    def _end(self, pod: Thing, **why: str) -> None:
        status: Thing = {} if is_terminal(pod) else {"phase": "Failed"}
        if why:
            present = (pod.get("status") or {}).get("conditions")
            status["conditions"] = with_condition(present, "DisruptionTarget", "True", **why)
        self._cluster.writes.status(pod, **status)
        self._cluster.writes.delete(pod, grace=0)

    def _of_node(self, node: Thing) -> Iterable[Key]:
        name = node["metadata"]["name"]
        if self._cluster.cache.get("Node", "", name):
            self._gone.pop(name, None)
            if not _out_of_service(node):
                return []
        return [key_of(pod) for pod in self._cluster.cache.pods_on(name)]

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        name = pod["spec"].get("nodeName")
        node = name and self._cluster.cache.get("Node", "", name)
        if node and not _out_of_service(node):
            return []
        return [key_of(pod)] if name or is_going(pod) else []


def _out_of_service(node: Thing) -> bool:
    """Tainted by somebody who knows that it is off ("Non-graceful node shutdown handling")."""
    return any(each["key"] == "node.kubernetes.io/out-of-service" for each in taints.of_node(node))
