"""Claims of a pod and where their volumes can be used ("Persistent Volumes", Node Affinity; kubernetes,
pkg/scheduler/framework/plugins/volumebinding)."""

from collections.abc import Callable, Sequence

from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.scheduling import node_affinity
from local.kubernetes.controllers.scheduling.accounts import Account
from local.kubernetes.controllers.scheduling.reasons import Reason, Unschedulable
from local.kubernetes.controllers.volumes.attachments import claims_of
from local.kubernetes.controllers.volumes.provisioning import fitting
from local.kubernetes.things import Thing

type Filter = Callable[[Account], Sequence[Reason]]

_ELSEWHERE = Reason("node(s) didn't match PersistentVolume's node affinity", lasting=True)
_NOTHING = Reason("node(s) didn't find available persistent volumes to bind", lasting=True)


def filters(pod: Thing, cache: Cache) -> Sequence[Filter]:
    """One for each claim; Unschedulable where a claim is not there, or waits to be bound by somebody else."""
    made: list[Filter] = []
    for key in claims_of(pod):
        claim = cache.get("PersistentVolumeClaim", *key)
        if not claim:
            raise Unschedulable(f'persistentvolumeclaim "{key[1]}" not found')
        if claim["metadata"].get("deletionTimestamp"):
            raise Unschedulable(f'persistentvolumeclaim "{key[1]}" is being deleted')
        if name := claim["spec"].get("volumeName"):
            made += _bound(cache.get("PersistentVolume", "", name))
        elif not waits(claim, cache):
            raise Unschedulable("pod has unbound immediate PersistentVolumeClaims")
        else:
            made += _unbound(claim, cache)
    return made


def to_choose(pod: Thing, cache: Cache) -> Sequence[Thing]:
    """The claims that wait for the pod's node to be known."""
    claims = [cache.get("PersistentVolumeClaim", *key) for key in claims_of(pod)]
    return [each for each in claims if each and not each["spec"].get("volumeName")]


def waits(claim: Thing, cache: Cache) -> bool:
    """Whether its class says WaitForFirstConsumer."""
    class_ = cache.get("StorageClass", "", claim["spec"].get("storageClassName") or "")
    return bool(class_ and class_.get("volumeBindingMode") == "WaitForFirstConsumer")


def _bound(volume: Thing | None) -> Sequence[Filter]:
    required = ((volume or {}).get("spec", {}).get("nodeAffinity") or {}).get("required")
    if required is None:
        return []
    return [lambda account: () if node_affinity.selects(required, account.node) else [_ELSEWHERE]]


def _unbound(claim: Thing, cache: Cache) -> Sequence[Filter]:
    """A volume can be made anywhere that the class allows; without a provisioner one has to be there."""
    class_ = cache.get("StorageClass", "", claim["spec"]["storageClassName"]) or {}
    if class_.get("provisioner") == "kubernetes.io/no-provisioner":
        volumes = list(cache.all("PersistentVolume"))
        return [lambda account: () if fitting(claim, volumes, account.node) else [_NOTHING]]
    terms = [
        {"matchExpressions": [{"operator": "In", **each} for each in term.get("matchLabelExpressions") or ()]}
        for term in class_.get("allowedTopologies") or ()
    ]
    if not terms:
        return []
    allowed = {"nodeSelectorTerms": terms}
    return [lambda account: () if node_affinity.selects(allowed, account.node) else [_NOTHING]]
