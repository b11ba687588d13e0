"""Deployments ("Deployments" in the Kubernetes documentation; kubernetes, pkg/controller/deployment)."""

from collections.abc import Iterable

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import is_terminal
from local.kubernetes.controllers.workloads import progress, rollout
from local.kubernetes.controllers.workloads.rollout import Generations
from local.kubernetes.things import Thing, copied

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
_COMPONENT = "deployment-controller"


class Deployments:
    """Keeps one ReplicaSet for each template that it had, and shifts pods to that of today's."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"Deployment": _itself, "ReplicaSet": _of_set, "Pod": self._of_pod}

    def reconcile(self, key: Key) -> None:
        deployment = self._cluster.cache.get("Deployment", *key)
        if not deployment:
            return
        sets = self._generations(deployment)
        if not deployment["metadata"].get("deletionTimestamp"):
            paused = bool(deployment["spec"].get("paused"))
            if sets.new is None and not paused and self._may_make(deployment, sets):
                self._make(deployment, sets)
                sets = self._generations(deployment)
            self._number(deployment, sets)
            for replica_set, size in rollout.sizes(deployment, sets, paused=paused).items():
                if not size or self._may_make(deployment, sets):
                    self._resize(deployment, sets, replica_set, size)
            sets = self._generations(deployment)
            deployment = self._cluster.cache.get("Deployment", *key) or deployment
        status = progress.status(deployment, sets)
        self._cluster.writes.status(deployment, **status)
        if (seconds := progress.deadline_in(deployment)) is not None:
            self._cluster.engine.after(seconds, self, key)
        if progress.is_complete(deployment, status):
            self._clean_up(deployment, sets)

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        """A strategy of Recreate waits for the old pods' end (deleteDeployment's pod handler)."""
        reference = controller_of(pod)
        if (
            not reference
            or reference["kind"] != "ReplicaSet"
            or self._cluster.cache.get("Pod", *key_of(pod)) is not None
        ):
            return []
        owner = self._cluster.cache.get("ReplicaSet", key_of(pod)[0], reference["name"])
        return _of_set(owner) if owner else []

    def _generations(self, deployment: Thing) -> Generations:
        """The set of today's template (the oldest, where there are several), and the others."""
        own = self._cluster.cache.controlled("ReplicaSet", deployment["metadata"]["uid"])
        wanted = _bare(deployment["spec"]["template"])
        fitting = [each for each in own if _bare(each["spec"]["template"]) == wanted]
        new = min(fitting, key=rollout.age) if fitting else None
        return Generations(new, sorted((each for each in own if each is not new), key=rollout.age))

    def _may_make(self, deployment: Thing, sets: Generations) -> bool:
        """With Recreate only when no old pod is left; old sets are scaled to nothing first."""
        if not rollout.recreates(deployment):
            return True
        pods = [pod for each in sets.old for pod in self._cluster.cache.controlled("Pod", each["metadata"]["uid"])]
        return all(is_terminal(pod) for pod in pods)

    def _make(self, deployment: Thing, sets: Generations) -> None:
        template = copied(deployment["spec"]["template"])
        mark = owners.hash_of(deployment["spec"]["template"])
        labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: mark}
        template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
        selector = copied(deployment["spec"]["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: mark}
        about = deployment["metadata"]
        size = rollout.size_of_new(deployment, sets)
        made = self._cluster.writes.create(
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "name": f"{about['name']}-{mark}",
                    "namespace": about["namespace"],
                    "labels": labels,
                    "annotations": {REVISION: str(_latest(sets) + 1)},
                    "ownerReferences": [owners.reference(deployment)],
                },
                "spec": {
                    "replicas": size,
                    "minReadySeconds": int(deployment["spec"].get("minReadySeconds") or 0),
                    "selector": selector,
                    "template": template,
                },
            }
        )
        self._tell(deployment, made, 0, size)

    def _number(self, deployment: Thing, sets: Generations) -> None:
        """The set of today's template has the highest revision, and the deployment says which that is."""
        if not sets.new:
            return
        before = max((_revision(each) for each in sets.old), default=0)
        revision = str(max(_revision(sets.new), before + 1))
        for each in (sets.new, deployment):
            if (each["metadata"].get("annotations") or {}).get(REVISION) != revision:
                self._cluster.writes.change(each, lambda now: _annotate(now, revision))

    def _resize(self, deployment: Thing, sets: Generations, name: str, size: int) -> None:
        replica_set = next(each for each in sets.all if each["metadata"]["name"] == name)
        before = replica_set["spec"].get("replicas", 1)
        if before != size:
            self._cluster.writes.change(replica_set, lambda now: now["spec"].update(replicas=size))
            self._tell(deployment, replica_set, before, size)

    def _tell(self, deployment: Thing, replica_set: Thing, before: int, size: int) -> None:
        way, name = ("up" if size > before else "down"), replica_set["metadata"]["name"]
        message = f"Scaled {way} replica set {name} from {before} to {size}"
        self._cluster.events.record(deployment, "Normal", "ScalingReplicaSet", message, _COMPONENT)

    def _clean_up(self, deployment: Thing, sets: Generations) -> None:
        """Old sets beyond spec.revisionHistoryLimit (10) go."""
        empty = [each for each in sets.old if not each["spec"].get("replicas", 1) and not _replicas(each)]
        most = int(deployment["spec"].get("revisionHistoryLimit", 10))
        for each in sorted(empty, key=_revision)[: max(0, len(empty) - most)]:
            self._cluster.writes.delete(each)


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _of_set(replica_set: Thing) -> Iterable[Key]:
    reference = controller_of(replica_set)
    return [(key_of(replica_set)[0], reference["name"])] if reference and reference["kind"] == "Deployment" else []


def _bare(template: Thing) -> Thing:
    """A template without the label that tells generations apart (EqualIgnoreHash)."""
    about = template.get("metadata") or {}
    labels = {key: value for key, value in (about.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": {**about, "labels": labels}}


def _revision(replica_set: Thing) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, 0))


def _latest(sets: Generations) -> int:
    return max((_revision(each) for each in sets.all), default=0)


def _replicas(replica_set: Thing) -> int:
    return int((replica_set.get("status") or {}).get("replicas") or 0)


def _annotate(thing: Thing, revision: str) -> None:
    thing["metadata"].setdefault("annotations", {})[REVISION] = revision
