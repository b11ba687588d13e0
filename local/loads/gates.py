"""Pods' readiness gates: conditions by which a pod waits until its target is healthy.

Source: aws-load-balancer-controller v3, pkg/targetgroupbinding/resource_manager.go (calculateReadinessGateTransition,
updateTargetHealthPodConditionForPod) and utils.go (BuildTargetHealthPodConditionType).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local.kubernetes.controllers.cache import Key
from local.kubernetes.controllers.conditions import condition, with_condition
from local.kubernetes.controllers.writes import Writes
from local.kubernetes.things import Thing
from local.loads import health

PREFIX = "target-health.elbv2.k8s.aws/"
_NEW = {"Reason": "Elb.RegistrationInProgress", "Description": health.DESCRIPTIONS["Elb.RegistrationInProgress"]}


def bindings(pod: Thing) -> Iterable[Key]:
    """Where the TargetGroupBindings are for which a pod waits."""
    namespace = pod["metadata"]["namespace"]
    return [(namespace, one.removeprefix(PREFIX)) for one in _gates(pod) if one.startswith(PREFIX)]


def tell(writes: Writes, pod: Thing, binding: str, state: Mapping[str, Any] | None) -> bool:
    """Tells a pod its TargetHealth, None for a target that is just registered; whether the pod waits still."""
    gate = PREFIX + binding
    if gate not in _gates(pod):
        return False
    known = _NEW if state is None else state
    status = "True" if known.get("State") == "healthy" else "False"
    reason, message = known.get("Reason"), known.get("Description")
    now = condition(pod, gate) or {}
    if (now.get("status"), now.get("reason"), now.get("message")) != (status, reason, message):

        def put(current: Thing) -> None:
            held = current.setdefault("status", {})
            held["conditions"] = with_condition(held.get("conditions"), gate, status, reason=reason, message=message)

        writes.change(pod, put, "status")
    return status != "True"


def _gates(pod: Thing) -> list[str]:
    return [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()]
