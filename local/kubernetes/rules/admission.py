"""The admission plugins of an API server that matter to workloads and nodes; all are on by default.

Sources: apiserver, pkg/admission/plugin/namespace/lifecycle; kubernetes, plugin/pkg/admission/{nodetaint,priority}.
"""

from collections.abc import Callable

from local.kubernetes.paths import Place
from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.rules import pod_security
from local.kubernetes.statuses import Cause, Refused, denied, not_found
from local.kubernetes.things import Thing, found

type Find = Callable[[Place], Thing | None]

NAMESPACES = BUILT_IN["", "v1", "namespaces"]
_CLASSES = BUILT_IN["scheduling.k8s.io", "v1", "priorityclasses"]
_OWN_CLASSES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
_LASTING = frozenset({"default", "kube-system", "kube-public"})


def admit(resource: Resource, thing: Thing, find: Find) -> None:
    """Of a new object, before it is looked at closely; changes what plugins change. Refused: 403, 404."""
    about = thing["metadata"]
    if not resource.namespaced:
        if resource.kind == "Node" and not resource.group:
            _taint(thing)
        return
    namespace = find(Place(NAMESPACES, "", about["namespace"]))
    if not namespace:
        raise not_found(NAMESPACES, about["namespace"])
    if "deletionTimestamp" in namespace["metadata"]:
        raise _terminating(resource, about["name"], about["namespace"])
    if resource.kind == "Pod" and not resource.group:
        _prioritise(resource, thing, find)


def secure(resource: Resource, pod: Thing, find: Find) -> None:
    """Refused (403) for a pod, with its defaults, that its namespace's pod security forbids."""
    about = pod["metadata"]
    namespace = find(Place(NAMESPACES, "", about["namespace"]))
    if namespace and (why := pod_security.violation(namespace, pod["spec"])):
        raise denied(resource, about["name"], why)


def check_delete(place: Place) -> None:
    """Some namespaces are for ever."""
    if place.resource == NAMESPACES and place.name in _LASTING:
        raise denied(place.resource, place.name, "this namespace may not be deleted")


def _terminating(resource: Resource, name: str, namespace: str) -> Refused:
    refused = denied(
        resource, name, f"unable to create new content in namespace {namespace} because it is being terminated"
    )
    cause = Cause("NamespaceTerminating", f"namespace {namespace} is being terminated", "metadata.namespace")
    refused.details["causes"] = [cause.shown]
    return refused


def _taint(node: Thing) -> None:
    """TaintNodesByCondition: nothing is scheduled to a new node until it is known to be ready."""
    taints = node.setdefault("spec", {}).get("taints") or []
    if _NOT_READY not in [{key: each.get(key) for key in _NOT_READY} for each in taints]:
        node["spec"]["taints"] = [*taints, dict(_NOT_READY)]


def _prioritise(resource: Resource, pod: Thing, find: Find) -> None:
    spec = pod.setdefault("spec", {})
    name = spec.get("priorityClassName")
    priority, preemption = 0, "PreemptLowerPriority"
    if name in _OWN_CLASSES:
        priority = _OWN_CLASSES[name]
    elif name:
        known = find(Place(_CLASSES, "", name))
        if not known:
            raise denied(resource, pod["metadata"]["name"], f"no PriorityClass with name {name} was found")
        priority, preemption = int(known["value"]), found(known, "preemptionPolicy") or preemption
    spec.setdefault("priority", priority)
    spec.setdefault("preemptionPolicy", preemption)
