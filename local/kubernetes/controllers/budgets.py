"""PodDisruptionBudgets: how many pods may be evicted now ("Specifying a Disruption Budget for your Application";
kubernetes, pkg/controller/disruption)."""

from collections.abc import Iterable, Mapping, Sequence

from local.kubernetes.controllers import times
from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import with_condition
from local.kubernetes.controllers.pods import is_going, is_ready
from local.kubernetes.controllers.quantities import share
from local.kubernetes.controllers.selecting import Selecting
from local.kubernetes.things import Thing

EXPIRY = 120.0
"""Seconds after which a pod that was evicted, and is still not being deleted, counts again (DeletionTimeout)."""

_COMPONENT = "controllermanager"
_SCALED = ("ReplicaSet", "StatefulSet", "Deployment", "ReplicationController")


class _NoScale(Exception):
    """The number of expected pods cannot be found; the message says why."""


class Budgets:
    """Keeps the status by which the API server lets pods be evicted."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._selecting = Selecting(cluster.cache, "PodDisruptionBudget", lambda budget: budget["spec"].get("selector"))
        self.watches = {
            "PodDisruptionBudget": _itself,
            "Pod": self._of_pod,
            **dict.fromkeys(("ReplicaSet", "StatefulSet", "Deployment"), self._of_owner),
        }

    def reconcile(self, key: Key) -> None:
        budget = self._cluster.cache.get("PodDisruptionBudget", *key)
        if not budget:
            return
        pods = list(self._cluster.cache.pods_by(key[0], budget["spec"].get("selector")))
        generation = budget["metadata"].get("generation", 1)
        try:
            expected, desired = self._expected(budget, pods)
        except _NoScale as problem:
            self._fail(budget, str(problem))
            return
        disrupted = _disrupted(budget, pods)
        if disrupted:
            first = min(map(times.seconds, disrupted.values()))
            self._cluster.engine.after(first + EXPIRY - times.now() + 1, self, key)
        healthy = sum(is_ready(pod) for pod in pods if not is_going(pod) and pod["metadata"]["name"] not in disrupted)
        # A budget that covers no pod yet allows nothing: its first pods may be there before its status is.
        allowed = max(0, healthy - desired) if expected > 0 else 0
        conditions = with_condition(
            (budget.get("status") or {}).get("conditions"),
            "DisruptionAllowed",
            "True" if allowed else "False",
            reason="SufficientPods" if allowed else "InsufficientPods",
            message="",
            observedGeneration=generation,
        )
        self._cluster.writes.status(
            budget,
            currentHealthy=healthy,
            desiredHealthy=desired,
            expectedPods=expected,
            disruptionsAllowed=allowed,
            disruptedPods=disrupted or None,
            observedGeneration=generation,
            conditions=conditions,
        )

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        return self._selecting.of(key_of(pod)[0], pod["metadata"].get("labels"))

    def _of_owner(self, owner: Thing) -> Iterable[Key]:
        """A scale that changes changes budgets of its pods, whose labels are the template's."""
        labels = (owner["spec"]["template"].get("metadata") or {}).get("labels")
        return self._selecting.of(key_of(owner)[0], labels)

    def _expected(self, budget: Thing, pods: Sequence[Thing]) -> tuple[int, int]:
        """How many pods there are to be, and how many of them healthy. A whole minAvailable counts what is there;
        everything else counts by the owners' scale (getExpectedPodCount)."""
        spec = budget["spec"]
        if (most := spec.get("maxUnavailable")) is not None:
            expected = self._scale(budget, pods)
            return expected, max(0, expected - share(most, expected, up=True))
        least = spec.get("minAvailable", 0)
        if isinstance(least, int):
            return len(pods), least
        expected = self._scale(budget, pods)
        return expected, share(least, expected, up=True)

    def _scale(self, budget: Thing, pods: Sequence[Thing]) -> int:
        references = [controller_of(pod) for pod in pods]
        firsts = {each["uid"]: (pod, each) for pod, each in zip(pods, references, strict=True) if each}
        scales = dict(self._owner_scale(pod, reference) for pod, reference in firsts.values())
        if None in references:
            told = "Pods selected by this PodDisruptionBudget were found to be unmanaged"
            self._cluster.events.record(budget, "Warning", "UnmanagedPods", told, _COMPONENT)
        return sum(scales.values())

    def _owner_scale(self, pod: Thing, reference: Mapping[str, str]) -> tuple[str, int]:
        """The uid and size of what scales a pod: of a ReplicaSet the Deployment, where it has one."""
        namespace = key_of(pod)[0]
        owner = self._cluster.cache.get(reference["kind"], namespace, reference["name"])
        if reference["kind"] not in _SCALED or not owner or owner["metadata"]["uid"] != reference["uid"]:
            raise _NoScale(f'found no controllers for pod "{pod["metadata"]["name"]}"')
        above = controller_of(owner)
        if reference["kind"] == "ReplicaSet" and above and above["kind"] == "Deployment":
            owner = self._cluster.cache.get("Deployment", namespace, above["name"])
            if not owner:
                raise _NoScale(f'found no controllers for pod "{pod["metadata"]["name"]}"')
        return str(owner["metadata"]["uid"]), int(owner["spec"].get("replicas", 1))

    def _fail(self, budget: Thing, why: str) -> None:
        """Nothing may be evicted while the sum cannot be done (failSafe)."""
        message = f"Failed to calculate the number of expected pods: {why}"
        self._cluster.events.record(budget, "Warning", "CalculateExpectedPodCountFailed", message, _COMPONENT)
        conditions = with_condition(
            (budget.get("status") or {}).get("conditions"),
            "DisruptionAllowed",
            "False",
            reason="SyncFailed",
            message=why,
        )
        self._cluster.writes.status(budget, disruptionsAllowed=0, conditions=conditions)


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _disrupted(budget: Thing, pods: Sequence[Thing]) -> dict[str, str]:
    """Evicted pods that are not yet being deleted; without those that should have been long ago."""
    evicted = (budget.get("status") or {}).get("disruptedPods") or {}
    here = {pod["metadata"]["name"] for pod in pods if not is_going(pod)}
    return {name: at for name, at in evicted.items() if name in here and times.seconds(at) + EXPIRY >= times.now()}
