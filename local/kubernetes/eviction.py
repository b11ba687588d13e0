"""Evictions: pods go where their disruption budgets allow it ("API-initiated Eviction").

Source: kubernetes, pkg/registry/core/pod/storage/eviction.go.
"""

from typing import Any

from local.kubernetes import selectors
from local.kubernetes.deletion import Deletion, check
from local.kubernetes.paths import Place
from local.kubernetes.resources import BUILT_IN
from local.kubernetes.statuses import Cause, Refused, bad_request, denied
from local.kubernetes.store import Store
from local.kubernetes.things import Thing, found, timestamp
from local.world import world

_BUDGETS = BUILT_IN["policy", "v1", "poddisruptionbudgets"]
_MOST_DISRUPTED = 2000
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget."


def evict(store: Store, place: Place, eviction: Thing, *, dry: bool = False) -> Thing:
    """Marks or deletes the pod and counts it against its budget, in one; the Status of a success.

    Refused: 404; 409 where preconditions do not hold; 429 where the budget does not allow it, or its state is not yet
    known; 500 where several budgets cover the pod.
    """
    if found(eviction, "metadata", "name") != place.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = eviction.get("deleteOptions") or {}
    wish = _wish(options)
    dry = dry or bool(options.get("dryRun"))
    pod_place = Place(place.resource, place.namespace, place.name)
    with store.writing():
        pod = store.get(pod_place)
        if not _goes_freely(pod):
            budgets = _covering(store, pod)
            if len(budgets) > 1:
                raise Refused(500, "", _SEVERAL)
            if budgets and not _unhealthy_may_go(pod, budgets[0]):
                _spend(store, budgets[0], pod, dry=dry)
        check(pod_place, pod, wish)
        if not dry:
            store.change(pod_place, _target, "status")
        store.delete(pod_place, wish.grace, wish.uid, wish.propagation, dry=dry)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _wish(options: Thing) -> Deletion:
    conditions = options.get("preconditions") or {}
    return Deletion(
        options.get("gracePeriodSeconds"),
        conditions.get("uid"),
        options.get("propagationPolicy"),
        conditions.get("resourceVersion"),
    )


def _goes_freely(pod: Thing) -> bool:
    """It has ended, has not begun, or goes anyway: no budget counts it."""
    phase = found(pod, "status", "phase")
    return phase in ("Succeeded", "Failed", "Pending") or "deletionTimestamp" in pod["metadata"]


def _covering(store: Store, pod: Thing) -> list[Thing]:
    labels = pod["metadata"].get("labels") or {}
    budgets = store.all(_BUDGETS, pod["metadata"]["namespace"])
    return [each for each in budgets if selectors.of_object(found(each, "spec", "selector"))(labels)]


def _spend(store: Store, budget: Thing, pod: Thing, *, dry: bool) -> None:
    _check(budget)
    about = budget["metadata"]
    place = Place(_BUDGETS, about["namespace"], about["name"])
    store.change(place, lambda now: _count(now, pod["metadata"]["name"]), "status", dry=dry)


def _unhealthy_may_go(pod: Thing, budget: Thing) -> bool:
    """A pod that is not ready disrupts nothing, where the budget's policy or its state allow that view."""
    if any(each["type"] == "Ready" and each["status"] == "True" for each in found(pod, "status", "conditions") or ()):
        return False
    if found(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    healthy, desired = (found(budget, "status", key) or 0 for key in ("currentHealthy", "desiredHealthy"))
    return healthy >= desired > 0


def _check(budget: Thing) -> None:
    name, status = budget["metadata"]["name"], budget.get("status") or {}
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
    allowed, disrupted = status.get("disruptionsAllowed", 0), status.get("disruptedPods") or {}
    if allowed < 0:
        raise denied(_BUDGETS, name, "pdb disruptions allowed is negative")
    if len(disrupted) > _MOST_DISRUPTED:
        raise denied(_BUDGETS, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
    if allowed:
        return
    healthy, desired = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    conditions: dict[str, Thing] = {each["type"]: each for each in status.get("conditions") or ()}
    condition = conditions.get("DisruptionAllowed", {})
    failed = condition.get("message") if condition.get("status") == "False" else None
    if failed and condition.get("reason") == "SyncFailed":
        says = f"The disruption budget {name} does not allow evicting pods currently because it failed sync: {failed}"
    elif healthy <= desired:
        says = f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
    elif failed:
        says = f"The disruption budget {name} does not allow evicting pods currently ({condition['reason']}): {failed}"
    else:
        says = f"The disruption budget {name} does not allow evicting pods currently"
    raise _too_many(says, 0)


def _too_many(why: str, seconds: int) -> Refused:
    details: dict[str, Any] = {"causes": [Cause("DisruptionBudget", why).shown]}
    if seconds:
        details["retryAfterSeconds"] = seconds
    return Refused(429, "TooManyRequests", _VIOLATES, **details)


def _count(budget: Thing, pod: str) -> None:
    status, now = budget["status"], timestamp(world.clock.now())
    status["disruptionsAllowed"] -= 1
    status.setdefault("disruptedPods", {})[pod] = now
    if not status["disruptionsAllowed"]:
        condition: Thing = {"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": ""}
        condition |= {"lastTransitionTime": now, "observedGeneration": status.get("observedGeneration", 0)}
        others = [each for each in status.get("conditions") or () if each["type"] != "DisruptionAllowed"]
        status["conditions"] = [*others, condition]


def _target(pod: Thing) -> None:
    """Says of the pod why it goes."""
    conditions = pod["status"].setdefault("conditions", [])
    if not any(each["type"] == "DisruptionTarget" for each in conditions):
        condition = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None}
        condition |= {"lastTransitionTime": timestamp(world.clock.now()), "reason": "EvictionByEvictionAPI"}
        conditions.append({**condition, "message": "Eviction API: evicting"})
