"""ReplicaSets ("ReplicaSet" in the Kubernetes documentation; kubernetes, pkg/controller/replicaset)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.labels import matches
from local.kubernetes.controllers.pods import available_in, first_to_go, is_active, is_ready
from local.kubernetes.controllers.workloads.making import make_pods
from local.kubernetes.things import Thing

_COMPONENT = "replicaset-controller"
_AGAIN = 5.0
"""Seconds until pods that were refused are tried again."""


class ReplicaSets:
    """Keeps as many pods as wanted: adopts, makes, takes away, counts."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"ReplicaSet": _itself, "Pod": self._of_pod}

    def reconcile(self, key: Key) -> None:
        cache = self._cluster.cache
        wanted = cache.get("ReplicaSet", *key)
        if not wanted:
            return
        going = bool(wanted["metadata"].get("deletionTimestamp"))
        if not going:
            self._adopt(wanted)
        pods = [each for each in cache.controlled("Pod", wanted["metadata"]["uid"]) if is_active(each)]
        failure = None if going else self._scale(wanted, pods)
        pods = [each for each in cache.controlled("Pod", wanted["metadata"]["uid"]) if is_active(each)]
        self._tell(wanted, pods, failure)

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        """Its controller; an orphan is of every set whose selector it fits."""
        reference = controller_of(pod)
        if reference:
            return [(key_of(pod)[0], reference["name"])] if reference["kind"] == "ReplicaSet" else []
        sets = self._cluster.cache.inside("ReplicaSet", key_of(pod)[0])
        labels = pod["metadata"].get("labels")
        return [key_of(each) for each in sets if labels and matches(each["spec"]["selector"], labels)]

    def _adopt(self, wanted: Thing) -> None:
        """Takes pods that fit and have no controller, lets go of its own that fit no more
        (pkg/controller, ControllerRefManager)."""
        uid, selector = wanted["metadata"]["uid"], wanted["spec"]["selector"]
        for pod in self._cluster.cache.controlled("Pod", uid):
            if not matches(selector, pod["metadata"].get("labels")):
                self._cluster.writes.change(pod, lambda now: _release(now, uid))
        for pod in self._cluster.cache.orphans("Pod", wanted["metadata"]["namespace"]):
            if is_active(pod) and matches(selector, pod["metadata"].get("labels")):
                reference = owners.reference(wanted)
                self._cluster.writes.change(pod, lambda now, to=reference: _own(now, to))  # type: ignore[misc]

    def _scale(self, wanted: Thing, pods: Sequence[Thing]) -> str | None:
        """Makes or deletes what differs; why that failed, if it did."""
        difference = wanted["spec"].get("replicas", 1) - len(pods)
        if difference >= 0:
            return make_pods(self._cluster, wanted, difference, _COMPONENT)
        for pod in sorted(pods, key=self._order(wanted, pods))[:-difference]:
            self._cluster.writes.delete(pod)
        return None

    def _order(self, wanted: Thing, pods: Sequence[Thing]) -> Any:
        """A pod ranks by how many of its related are on its node, so that a roll-out thins nodes evenly."""
        related: Sequence[Thing] = pods
        if deployment := controller_of(wanted):
            sets = self._cluster.cache.controlled("ReplicaSet", deployment["uid"])
            related = [pod for each in sets for pod in self._cluster.cache.controlled("Pod", each["metadata"]["uid"])]
        on = Counter(pod["spec"].get("nodeName") for pod in related if is_active(pod))
        return lambda pod: first_to_go(pod, on[pod["spec"].get("nodeName")])

    def _tell(self, wanted: Thing, pods: Sequence[Thing], failure: str | None) -> None:
        seconds = int(wanted["spec"].get("minReadySeconds") or 0)
        waits = [available_in(pod, seconds) for pod in pods]
        template = (wanted["spec"]["template"].get("metadata") or {}).get("labels") or {}
        full = sum(template.items() <= (pod["metadata"].get("labels") or {}).items() for pod in pods)
        conditions = None
        if failure:
            self._cluster.engine.after(_AGAIN, self, key_of(wanted))
            conditions = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": failure}]
        self._cluster.writes.status(
            wanted,
            replicas=len(pods),
            fullyLabeledReplicas=full or None,
            readyReplicas=sum(is_ready(pod) for pod in pods) or None,
            availableReplicas=sum(wait == 0 for wait in waits) or None,
            observedGeneration=wanted["metadata"].get("generation", 1),
            conditions=conditions,
        )
        if still := [wait for wait in waits if wait]:
            self._cluster.engine.after(min(still), self, key_of(wanted))


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _release(pod: Thing, uid: str) -> None:
    references = pod["metadata"].get("ownerReferences") or []
    pod["metadata"]["ownerReferences"] = [each for each in references if each["uid"] != uid]


def _own(pod: Thing, reference: Thing) -> None:
    pod["metadata"].setdefault("ownerReferences", []).append(reference)
