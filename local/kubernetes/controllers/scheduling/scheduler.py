"""kube-scheduler: pods without a node get one, or a reason why not ("Kubernetes Scheduler")."""

from collections.abc import Iterable, Mapping, Sequence

from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import with_condition
from local.kubernetes.controllers.pods import is_going, is_terminal
from local.kubernetes.controllers.scheduling import feasible, pod_volumes, scores
from local.kubernetes.controllers.scheduling.accounts import Accounts
from local.kubernetes.controllers.scheduling.feasible import Found
from local.kubernetes.controllers.scheduling.filters import View
from local.kubernetes.controllers.scheduling.preemption import priority
from local.kubernetes.controllers.scheduling.reasons import Unschedulable, nowhere
from local.kubernetes.controllers.volumes.attachments import claims_of
from local.kubernetes.controllers.volumes.claims import SELECTED_NODE
from local.kubernetes.things import Thing
from local.world import world

_NAME = "default-scheduler"
_FIRST_PAUSE = 1.0
_BREATH = 0.05
"""Real seconds between two looks at all that waits, so that a fast clock costs no more."""


class Scheduler:
    """A pod that fits nowhere is tried again when something has changed that could help it, later each time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._accounts = Accounts(cluster.cache)
        self._waiting: dict[Key, float] = {}
        self._paused: set[Key] = set()
        self._nominated: dict[Key, str] = {}
        self._start = 0
        cluster.cache.observers.append(self._observe)
        self.watches = {"Pod": self._of_pod, "PersistentVolumeClaim": self._of_claim}

    def reconcile(self, key: Key) -> None:
        pod = self._cluster.cache.get("Pod", *key)
        if not pod or not _is_to_schedule(pod):
            self._waiting.pop(key, None)
            self._nominated.pop(key, None)
            return
        self._paused.discard(key)
        nodes, cache = self._accounts.nodes, self._cluster.cache
        try:
            found = feasible.find(
                pod, View(cache, nodes, list(self._accounts.repelling.values())), self._room(), self._start
            )
        except Unschedulable as problem:
            self._wait(pod, nowhere(len(nodes), {}, before=f"{problem}"))
            return
        self._start += found.asked
        if not found.able:
            self._make_room(pod, found)
            return
        best = scores.best(pod, found.able, cache, nodes)
        if claims := pod_volumes.to_choose(pod, cache):
            for claim in claims:  # the pod is bound when they are
                self._cluster.writes.change(claim, lambda now: _select(now, best.name))
            return
        self._waiting.pop(key, None)
        self._nominated.pop(key, None)
        self._cluster.writes.change(pod, lambda now: _bind(now, best.name), "binding")

    def _room(self) -> Mapping[str, Sequence[Thing]]:
        """Pods for which others have gone, or are going, by the node."""
        made: dict[str, list[Thing]] = {}
        for key, name in self._nominated.items():
            if pod := self._cluster.cache.get("Pod", *key):
                made.setdefault(name, []).append(pod)
        return made

    def _make_room(self, pod: Thing, found: Found) -> None:
        """Less important pods go, once; the pod is tried again when they have gone."""
        key, nodes = key_of(pod), self._accounts.nodes
        room = found.room_by_preemption
        self._wait(pod, nowhere(len(nodes), found.reasons, preempts=room is not None))
        going = nodes[self._nominated[key]].pods.values() if self._nominated.get(key) in nodes else ()
        if room is None or any(is_going(each) and priority(each) < priority(pod) for each in going):
            return
        self._nominated[key] = room[0]
        self._cluster.writes.status(pod, nominatedNodeName=room[0])
        for each in room[1]:
            told = f"{_NAME}: preempting to accommodate a higher priority pod"
            present = (each.get("status") or {}).get("conditions")
            conditions = with_condition(
                present, "DisruptionTarget", "True", reason="PreemptionByScheduler", message=told
            )
            self._cluster.writes.status(each, conditions=conditions)
            self._cluster.writes.delete(each)
            message = f"Preempted by pod {pod['metadata']['uid']} on node {room[0]}"
            self._cluster.events.record(each, "Normal", "Preempted", message, _NAME)

    def _wait(self, pod: Thing, message: str) -> None:
        key = key_of(pod)
        self._waiting[key] = min(2 * self._waiting.get(key, _FIRST_PAUSE / 2), self._cluster.settings.unschedulable)
        present = (pod.get("status") or {}).get("conditions")
        conditions = with_condition(present, "PodScheduled", "False", reason="Unschedulable", message=message)
        self._cluster.writes.status(pod, conditions=conditions)
        self._cluster.events.record(pod, "Warning", "FailedScheduling", message, _NAME)

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        """What could make room: a node that is new or other than it was, a pod that goes, a volume."""
        if not self._waiting:
            return
        if kind == "Node":
            helps = after is not None and (before is None or _has(before) != _has(after))
        elif kind == "Pod":
            ended = before is not None and (after is None or is_terminal(after)) and not is_terminal(before)
            helps = ended or (after is not None and before is not None and _place(before) != _place(after))
        else:
            helps = kind in ("PersistentVolume", "StorageClass")
        helped = set(self._waiting) if helps else set()
        if kind == "Pod" and before is not None and after is not None and before["spec"] != after["spec"]:
            helped |= {key_of(after)} & self._waiting.keys()
        for key in sorted(helped - self._paused, key=self._rank):
            self._paused.add(key)
            pause = max(self._waiting[key], _BREATH * world.clock.speed)
            self._cluster.engine.after(pause, self, key)

    def _rank(self, key: Key) -> int:
        pod = self._cluster.cache.get("Pod", *key)
        return -priority(pod) if pod else 0

    def _of_pod(self, pod: Thing) -> Iterable[Key]:
        key = key_of(pod)
        return [key] if key not in self._waiting or not _is_to_schedule(pod) else []

    def _of_claim(self, claim: Thing) -> Iterable[Key]:
        pods = self._cluster.cache.inside("Pod", key_of(claim)[0])
        return [key_of(pod) for pod in pods if _is_to_schedule(pod) and key_of(claim) in claims_of(pod)]


def _is_to_schedule(pod: Thing) -> bool:
    spec = pod["spec"]
    if spec.get("nodeName") or spec.get("schedulingGates") or is_going(pod) or is_terminal(pod):
        return False
    return bool(spec.get("schedulerName", _NAME) == _NAME)


def _has(node: Thing) -> tuple[object, ...]:
    return node["metadata"].get("labels"), node.get("spec"), (node.get("status") or {}).get("allocatable")


def _place(pod: Thing) -> tuple[object, ...]:
    """Who is near whom: matters to pods with affinities."""
    return pod["spec"].get("nodeName"), pod["metadata"].get("labels")


def _select(claim: Thing, node_name: str) -> None:
    claim["metadata"].setdefault("annotations", {})[SELECTED_NODE] = node_name


def _bind(pod: Thing, node_name: str) -> None:
    pod["spec"]["nodeName"] = node_name
    present = pod["status"].get("conditions")
    pod["status"]["conditions"] = with_condition(present, "PodScheduled", "True")
