"""A Deployment's status: counts, and the conditions Available, Progressing and ReplicaFailure ("Deployment status";
kubernetes, pkg/controller/deployment, progress.go, sync.go)."""

from local.kubernetes.controllers import times
from local.kubernetes.controllers.conditions import condition, with_condition
from local.kubernetes.controllers.workloads.rollout import Generations, bounds, recreates, replicas
from local.kubernetes.things import Thing

_UNBOUNDED = 2**31 - 1


def status(deployment: Thing, sets: Generations) -> Thing:
    """All fields of the status; None is a count of nothing, which is left out."""
    counts = {name: sum(_count(each, name) for each in sets.all) for name in _COUNTS}
    updated = _count(sets.new, "replicas") if sets.new else 0
    wanted = replicas(deployment)
    fields: Thing = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        **{name: count or None for name, count in counts.items()},
        "updatedReplicas": updated or None,
        "unavailableReplicas": max(0, sum(map(replicas, sets.all)) - counts["availableReplicas"]) or None,
    }
    enough = counts["availableReplicas"] >= wanted - (0 if recreates(deployment) else bounds(deployment)[1])
    conditions = with_condition(
        (deployment.get("status") or {}).get("conditions"),
        "Available",
        "True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        lastUpdateTime=_since(deployment, "Available", "True" if enough else "False"),
    )
    conditions = _progressing(deployment, sets, fields, conditions)
    failure = next((each for each in map(_failure, reversed(sets.all)) if each), None)
    conditions = [each for each in conditions if each["type"] != "ReplicaFailure"]
    if failure:
        about = {"reason": failure["reason"], "message": failure["message"]}
        conditions = with_condition(conditions, "ReplicaFailure", "True", **about)
    return {**fields, "conditions": conditions}


def is_complete(deployment: Thing, found: Thing) -> bool:
    """Every replica is of today's template and available, and no other is there (DeploymentComplete)."""
    wanted = replicas(deployment)
    return all((found.get(name) or 0) == wanted for name in ("updatedReplicas", "replicas", "availableReplicas"))


def deadline_in(deployment: Thing) -> float | None:
    """Simulated seconds until a roll-out that makes no progress has timed out."""
    progressing = condition(deployment, "Progressing")
    if not progressing or progressing["status"] != "True" or progressing["reason"] == "NewReplicaSetAvailable":
        return None
    most = _most(deployment)
    if most >= _UNBOUNDED:
        return None
    return max(0.0, times.seconds(progressing["lastUpdateTime"]) + most - times.now()) + 1


_COUNTS = ("replicas", "readyReplicas", "availableReplicas")


def _progressing(deployment: Thing, sets: Generations, found: Thing, conditions: list[Thing]) -> list[Thing]:
    before = condition(deployment, "Progressing")
    name = f'ReplicaSet "{sets.new["metadata"]["name"]}"' if sets.new else "Deployment"
    if is_complete(deployment, found):
        if before and before["reason"] == "NewReplicaSetAvailable":
            return conditions
        told = {"reason": "NewReplicaSetAvailable", "message": f"{name} has successfully progressed."}
        return with_condition(conditions, "Progressing", "True", lastUpdateTime=times.stamp(), **told)
    if before is None or _moved(deployment.get("status") or {}, found) or _anew(deployment, before):
        told = {"reason": "ReplicaSetUpdated", "message": f"{name} is progressing."}
        return with_condition(conditions, "Progressing", "True", lastUpdateTime=times.stamp(), **told)
    if before["reason"] != "NewReplicaSetAvailable" and _timed_out(deployment, before):
        if before["reason"] == "ProgressDeadlineExceeded":
            return conditions
        told = {"reason": "ProgressDeadlineExceeded", "message": f"{name} has timed out progressing."}
        return with_condition(conditions, "Progressing", "False", lastUpdateTime=times.stamp(), **told)
    return conditions


def _moved(before: Thing, after: Thing) -> bool:
    """More updated, ready or available, or fewer old ones (DeploymentProgressing)."""

    def old(counts: Thing) -> int:
        return (counts.get("replicas") or 0) - (counts.get("updatedReplicas") or 0)

    growing = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old(after) < old(before) or any((after.get(name) or 0) > (before.get(name) or 0) for name in growing)


def _anew(deployment: Thing, before: Thing) -> bool:
    """A new template begins where the last one had come to its end."""
    observed = (deployment.get("status") or {}).get("observedGeneration")
    return bool(before["reason"] == "NewReplicaSetAvailable" and observed != deployment["metadata"].get("generation"))


def _timed_out(deployment: Thing, progressing: Thing) -> bool:
    return times.seconds(progressing["lastUpdateTime"]) + _most(deployment) <= times.now()


def _most(deployment: Thing) -> int:
    return int(deployment["spec"].get("progressDeadlineSeconds", 600))


def _since(thing: Thing, type_: str, status_: str) -> str:
    before = condition(thing, type_)
    return str(before["lastUpdateTime"]) if before and before["status"] == status_ else times.stamp()


def _failure(replica_set: Thing) -> Thing | None:
    return condition(replica_set, "ReplicaFailure")


def _count(replica_set: Thing, name: str) -> int:
    return int((replica_set.get("status") or {}).get(name) or 0)
