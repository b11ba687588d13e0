"""Taints that follow a node's conditions and its cordon ("Taint Nodes by Condition", "Taint based Evictions";
kubernetes, pkg/controller/nodelifecycle)."""

from collections.abc import Iterable, Mapping

from local.kubernetes.controllers import times
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import condition, is_true, with_condition
from local.kubernetes.controllers.pods import is_going
from local.kubernetes.things import Thing

_BY_CONDITION: Mapping[str, Mapping[str, str]] = {
    "Ready": {"False": "not-ready", "Unknown": "unreachable"},
    "MemoryPressure": {"True": "memory-pressure"},
    "DiskPressure": {"True": "disk-pressure"},
    "PIDPressure": {"True": "pid-pressure"},
    "NetworkUnavailable": {"True": "network-unavailable"},
}
_PREFIX = "node.kubernetes.io/"
_EVICTING = ("not-ready", "unreachable")
_OURS = {_PREFIX + name for names in _BY_CONDITION.values() for name in names.values()} | {f"{_PREFIX}unschedulable"}


class NodeTaints:
    """Sets and takes its own taints, and no others."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.watches = {"Node": _itself}

    def reconcile(self, key: Key) -> None:
        node = self._cluster.cache.get("Node", *key)
        if not node:
            return
        present = (node.get("spec") or {}).get("taints") or []
        if _with_own(present, wanted(node)) != present:
            self._cluster.writes.change(node, _retaint)
        if ready := condition(node, "Ready"):
            self._unready(node, unknown=ready["status"] == "Unknown")

    def _unready(self, node: Thing, *, unknown: bool) -> None:
        """Pods of a node that does not answer are not ready (MarkPodsNotReady), until its kubelet says so."""
        for pod in self._cluster.cache.pods_on(node["metadata"]["name"]) if unknown else ():
            if is_true(pod, "Ready") and not is_going(pod):
                conditions = with_condition(pod["status"]["conditions"], "Ready", "False", reason="NodeNotReady")
                self._cluster.writes.status(pod, conditions=conditions)


def wanted(node: Thing) -> list[Thing]:
    """The taints that a node is to have by its conditions and spec.unschedulable."""
    names = [
        name
        for type_, by_status in _BY_CONDITION.items()
        if (found := condition(node, type_)) and (name := by_status.get(found["status"]))
    ]
    if (node.get("spec") or {}).get("unschedulable"):
        names.append("unschedulable")
    made = [{"key": _PREFIX + name, "effect": "NoSchedule"} for name in names]
    return made + [{"key": _PREFIX + name, "effect": "NoExecute"} for name in names if name in _EVICTING]


def _retaint(node: Thing) -> None:
    spec = node.setdefault("spec", {})
    taints = _with_own(spec.get("taints") or [], wanted(node))
    spec.pop("taints", None)
    if taints:
        spec["taints"] = taints


def _with_own(present: Iterable[Thing], own: Iterable[Thing]) -> list[Thing]:
    """Those of others and the wanted ones; one that is there already stays as it is, with its time."""
    marks = [(each["key"], each["effect"]) for each in own]
    kept = [each for each in present if each["key"] not in _OURS or (each["key"], each["effect"]) in marks]
    there = {(each["key"], each["effect"]) for each in kept}
    return kept + [_since(key, effect) for key, effect in marks if (key, effect) not in there]


def _since(key: str, effect: str) -> Thing:
    taint = {"key": key, "effect": effect}
    return taint | ({"timeAdded": times.stamp()} if effect == "NoExecute" else {})


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]
