"""StatefulSets ("StatefulSets" in the Kubernetes documentation; kubernetes, pkg/controller/statefulset)."""

from collections.abc import Iterable, Mapping, Sequence

from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import available_in, is_going, is_ready, is_terminal
from local.kubernetes.controllers.workloads import revisions, stateful_pods
from local.kubernetes.controllers.workloads.making import make_pod
from local.kubernetes.controllers.workloads.stateful_update import Numbered, next_removals, ordinals, partition
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

_COMPONENT = "statefulset-controller"


class StatefulSets:
    """Pods with names and claims that stay; made and updated one after the other, or all at once where asked."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"StatefulSet": _itself, "Pod": _of_pod}

    def reconcile(self, key: Key) -> None:
        wanted = self._cluster.cache.get("StatefulSet", *key)
        if not wanted:
            return
        update = revisions.current(self._cluster, wanted)
        pods = self._pods(wanted)
        if not wanted["metadata"].get("deletionTimestamp") and self._fill(wanted, pods, update):
            for pod in next_removals(wanted, self._pods(wanted), update["metadata"]["name"], self._seconds(wanted)):
                self._cluster.writes.delete(pod)
        self._tell(wanted, self._pods(wanted), update)

    def _pods(self, wanted: Thing) -> Numbered:
        own = self._cluster.cache.controlled("Pod", wanted["metadata"]["uid"])
        return {stateful_pods.ordinal(pod): pod for pod in own}

    def _fill(self, wanted: Thing, pods: Numbered, update: Thing) -> bool:
        """Makes what is missing in order, then takes away what is too much from the end; whether all is as wanted
        (updateStatefulSet)."""
        in_order = wanted["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        complete = True
        for number in ordinals(wanted):
            pod = pods.get(number)
            if pod is None or (is_terminal(pod) and not is_going(pod)):
                complete = False
                if pod is not None:
                    self._cluster.writes.delete(pod)
                else:
                    self._make(wanted, number, update)
            elif is_going(pod) or available_in(pod, self._seconds(wanted)) != 0:
                complete = False
            if in_order and not complete:
                return False
        for number in sorted(pods.keys() - set(ordinals(wanted)), reverse=True):
            complete = False
            if not is_going(pods[number]):
                self._cluster.writes.delete(pods[number])
            if in_order:
                return False
        return complete or not in_order

    def _make(self, wanted: Thing, number: int, update: Thing) -> None:
        revision = self._revision_for(wanted, number, update)
        pod = stateful_pods.pod(wanted, number, revision)
        for claim in stateful_pods.claims(wanted, number):
            if not self._cluster.cache.get("PersistentVolumeClaim", *key_of(claim)):
                try:
                    self._cluster.writes.create(claim)
                except Refused as refusal:
                    message = f"create Claim {claim['metadata']['name']} failed error: {refusal}"
                    self._cluster.events.record(wanted, "Warning", "FailedCreate", message, _COMPONENT)
        if make_pod(self._cluster, wanted, pod, _COMPONENT):
            self._cluster.engine.after(5, self, key_of(wanted))

    def _revision_for(self, wanted: Thing, number: int, update: Thing) -> Thing:
        """Below the partition a pod is made anew as it was (isCurrentRevisionNeeded)."""
        known = {each["metadata"]["name"]: each for each in revisions.history(self._cluster, wanted)}
        current = known.get((wanted.get("status") or {}).get("currentRevision"))
        return current if current and number < partition(wanted) else update

    def _tell(self, wanted: Thing, pods: Numbered, update: Thing) -> None:
        own = [pod for pod in pods.values() if not is_terminal(pod)]
        waits = [available_in(pod, self._seconds(wanted)) for pod in own if not is_going(pod)]
        new = update["metadata"]["name"]
        current = (wanted.get("status") or {}).get("currentRevision") or new
        of = _by_revision(own)
        replicas = len(ordinals(wanted))
        if len(of.get(new, ())) == replicas == sum(wait == 0 for wait in waits) == len(own):
            current = new
        self._cluster.writes.status(
            wanted,
            replicas=len(own),
            readyReplicas=sum(is_ready(pod) for pod in own) or None,
            availableReplicas=sum(wait == 0 for wait in waits),
            currentReplicas=len(of.get(current, ())) or None,
            updatedReplicas=len(of.get(new, ())) or None,
            currentRevision=current,
            updateRevision=new,
            collisionCount=0,
            observedGeneration=wanted["metadata"].get("generation", 1),
        )
        if still := [wait for wait in waits if wait]:
            self._cluster.engine.after(min(still), self, key_of(wanted))
        revisions.let_go(self._cluster, wanted, {*of, new, current})

    @staticmethod
    def _seconds(wanted: Thing) -> int:
        return int(wanted["spec"].get("minReadySeconds") or 0)


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _of_pod(pod: Thing) -> Iterable[Key]:
    reference = controller_of(pod)
    return [(key_of(pod)[0], reference["name"])] if reference and reference["kind"] == "StatefulSet" else []


def _by_revision(pods: Iterable[Thing]) -> Mapping[str, Sequence[Thing]]:
    found: dict[str, list[Thing]] = {}
    for pod in pods:
        found.setdefault(stateful_pods.revision_of(pod), []).append(pod)
    return found
