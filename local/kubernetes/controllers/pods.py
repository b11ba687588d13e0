"""What controllers ask of a pod ("Pod Lifecycle"; kubernetes, pkg/api/v1/pod)."""

from typing import Any

from local.kubernetes.controllers import times
from local.kubernetes.controllers.conditions import condition, is_true
from local.kubernetes.things import Thing


def phase(pod: Thing) -> str:
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_terminal(pod: Thing) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def is_going(pod: Thing) -> bool:
    """Whether it is being deleted."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_active(pod: Thing) -> bool:
    """Neither ended nor being deleted (pkg/controller, IsPodActive)."""
    return not is_terminal(pod) and not is_going(pod)


def is_ready(pod: Thing) -> bool:
    return is_true(pod, "Ready")


def available_in(pod: Thing, min_ready_seconds: int) -> float | None:
    """Simulated seconds until the pod is available; 0 where it is, None where it is not ready (IsPodAvailable)."""
    ready = condition(pod, "Ready")
    if not ready or ready["status"] != "True":
        return None
    if not min_ready_seconds:
        return 0
    return max(0, times.seconds(ready["lastTransitionTime"]) + min_ready_seconds - times.now())


def is_available(pod: Thing, min_ready_seconds: int) -> bool:
    return available_in(pod, min_ready_seconds) == 0


def is_mirror(pod: Thing) -> bool:
    """Whether it shows a static pod of its node ("Create static Pods")."""
    return "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {})


def first_to_go(pod: Thing, neighbours: int = 0) -> tuple[Any, ...]:
    """The order in which a ReplicaSet takes pods away (pkg/controller, ActivePodsWithRanks): unscheduled before
    scheduled, pending before running, unready before ready, cheaper deletion cost, more neighbours, younger."""
    ready = condition(pod, "Ready")
    since = times.seconds(ready["lastTransitionTime"]) if ready and ready["status"] == "True" else 0.0
    cost = int((pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", 0))
    return (
        bool(pod["spec"].get("nodeName")),
        ("Pending", "Unknown", "Running").index(phase(pod)) if not is_terminal(pod) else 0,
        is_ready(pod),
        cost,
        -neighbours,
        -since,
        pod["metadata"]["name"],
    )
