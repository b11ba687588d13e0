"""All kubelets of a cluster. A pod that is bound starts when its volumes are attached and it has an address; it runs,
is ready or not, ends by itself or because it is deleted ("Pod Lifecycle")."""

from collections.abc import Iterable

from local.kubernetes.controllers import times
from local.kubernetes.controllers.addresses import Addresses, Range
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.conditions import condition
from local.kubernetes.controllers.kubelets import statuses
from local.kubernetes.controllers.kubelets.endings import Behaviour, Ending, stops_in
from local.kubernetes.controllers.pods import is_going, is_mirror, is_terminal, phase
from local.kubernetes.controllers.volumes.attachments import Attachments
from local.kubernetes.things import Thing

_STOPPED = Ending(0)
_FIRST_BACKOFF, _LONGEST_BACKOFF = 10.0, 300.0
"""Of containers that are started again ("Container restart policy")."""


class Kubelets:
    """Acts for the nodes that answer; a node whose Ready condition is Unknown has a kubelet that is dead."""

    def __init__(self, cluster: Cluster, attachments: Attachments) -> None:
        self._cluster = cluster
        self._attachments = attachments
        self.behaviour = Behaviour(cluster.settings.run)
        self._addresses: Addresses = Range()
        self._since: dict[str, dict[str, float]] = {}
        self._alive: dict[str, bool] = {}
        self._mirrors: dict[Key, Thing] = {}
        self.watches = {"Pod": _bound, "Node": self._of_node, "VolumeAttachment": self._of_attachment}
        cluster.cache.observers.append(self._observe)

    def use(self, addresses: Addresses) -> None:
        """Takes pods' addresses from here, for pods that have none yet."""
        self._addresses = addresses
        addresses.changed.append(self._ask_again)

    def look_again(self) -> None:
        """Behaviour has changed. From any thread."""
        self._cluster.engine.add(self, ("", ""))

    def reconcile(self, key: Key) -> None:
        if not key[0]:
            self._wake(key[1])
            return
        pod = self._cluster.cache.get("Pod", *key) or self._mirror_anew(key)
        node = pod and self._cluster.cache.get("Node", "", pod["spec"].get("nodeName") or "")
        if not pod or not node or not _is_alive(node):
            return
        if is_going(pod):
            self._stop(pod, key)
        elif is_terminal(pod):
            self._free(pod)
        elif phase(pod) == "Running" and pod["status"].get("podIP"):
            self._keep_running(pod, key)
        else:
            self._start(pod, node, key)

    def _start(self, pod: Thing, node: Thing, key: Key) -> None:
        host = _address_of(node)
        if self._left(pod, "bound", self._cluster.settings.start, key):
            self._cluster.writes.status(pod, **statuses.creating(pod, host))
            return
        if not self._attachments.ready(pod):
            self._cluster.engine.after(self._cluster.settings.retry, self, key)
            return
        address = host if pod["spec"].get("hostNetwork") else self._addresses.give(node["metadata"]["name"], pod)
        if not address:
            self._cluster.engine.after(self._cluster.settings.retry, self, key)
            return
        self._run(pod, address, key)

    def _run(self, pod: Thing, address: str, key: Key) -> None:
        self._since.setdefault(pod["metadata"]["uid"], {})["ran"] = times.now()
        ready = self.behaviour.ready_after(pod) == 0
        self._cluster.writes.status(pod, **statuses.running(pod, address, ready=ready))
        self._cluster.engine.add(self, key)

    def _keep_running(self, pod: Thing, key: Key) -> None:
        ending = self.behaviour.ending(pod)
        if statuses.is_waiting(pod):
            restarts = statuses.restarts(pod)
            pause = min(_FIRST_BACKOFF * 2 ** (restarts - 1), _LONGEST_BACKOFF)
            if not self._left(pod, f"crash {restarts}", pause, key):
                self._run(pod, pod["status"]["podIP"], key)
            return
        if ending and ending.run is not None and not self._left(pod, "ran", ending.run, key):
            self._end(pod, ending, key)
            return
        after = self.behaviour.ready_after(pod)
        ready = after is not None and not self._left(pod, "ran", after, key)
        self._cluster.writes.status(pod, **statuses.running(pod, pod["status"]["podIP"], ready=ready))

    def _end(self, pod: Thing, ending: Ending, key: Key) -> None:
        policy = pod["spec"].get("restartPolicy", "Always")
        if policy == "Always" or (policy == "OnFailure" and ending.code):
            self._cluster.writes.status(pod, **statuses.crashed(pod, ending))
            self._cluster.engine.add(self, key)
        else:
            self._cluster.writes.status(pod, **statuses.ended(pod, ending))

    def _stop(self, pod: Thing, key: Key) -> None:
        if self._left(pod, "stop", stops_in(pod, self._cluster.settings.terminate), key):
            return
        if not is_terminal(pod):
            # A container that had not started has not succeeded either.
            ending = _STOPPED if phase(pod) == "Running" else Ending(137)
            pod = self._cluster.writes.status(pod, **statuses.ended(pod, ending)) or pod
        self._free(pod)
        self._cluster.writes.delete(pod, grace=0)

    def _left(self, pod: Thing, what: str, seconds: float, key: Key) -> bool:
        """Whether there is time left since this was first asked; if so the pod is looked at again after it."""
        since = self._since.setdefault(pod["metadata"]["uid"], {}).setdefault(what, times.now())
        left = since + seconds - times.now()
        if left > 0:
            self._cluster.engine.after(left, self, key)
        return left > 0

    def _free(self, pod: Thing) -> None:
        if not pod["spec"].get("hostNetwork"):
            self._addresses.take_back(pod)

    def _mirror_anew(self, key: Key) -> Thing | None:
        """A static pod is not ended by its mirror's deletion: the kubelet shows it again."""
        mirror = self._mirrors.pop(key, None)
        node = mirror and self._cluster.cache.get("Node", "", mirror["spec"]["nodeName"])
        if not mirror or not node or not _is_alive(node):
            return None
        kept = ("name", "namespace", "labels", "annotations", "ownerReferences")
        about = {name: value for name, value in mirror["metadata"].items() if name in kept}
        return self._cluster.writes.create({**mirror, "metadata": about, "status": {}})

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        """Pods that are gone have no address and no times."""
        if kind == "Pod" and before is not None and after is None:
            self._since.pop(before["metadata"]["uid"], None)
            if before["spec"].get("nodeName"):
                self._free(before)
                if is_mirror(before):
                    self._mirrors[key_of(before)] = before

    def _of_node(self, node: Thing) -> Iterable[Key]:
        """Its pods, when its kubelet comes to life."""
        name = node["metadata"]["name"]
        now = bool(self._cluster.cache.get("Node", "", name)) and _is_alive(node)
        if self._alive.get(name) == now:
            return []
        self._alive[name] = now
        return [key_of(pod) for pod in self._cluster.cache.pods_on(name)] if now else []

    def _of_attachment(self, attachment: Thing) -> Iterable[Key]:
        return [key_of(pod) for pod in self._cluster.cache.pods_on(attachment["spec"]["nodeName"]) if _is_new(pod)]

    def _ask_again(self, node_name: str) -> None:
        # From another thread: the cache is not to be read here. No pod is without a namespace.
        self._cluster.engine.add(self, ("", node_name))

    def _wake(self, node_name: str) -> None:
        """Pods of a node that have no address yet; without a node all pods."""
        pods = self._cluster.cache.pods_on(node_name) if node_name else self._cluster.cache.all("Pod")
        for pod in pods:
            if _is_new(pod) or not node_name:
                self._cluster.engine.add(self, key_of(pod))


def _bound(pod: Thing) -> Iterable[Key]:
    return [key_of(pod)] if pod["spec"].get("nodeName") else []


def _is_new(pod: Thing) -> bool:
    return phase(pod) == "Pending" and not is_going(pod)


def _is_alive(node: Thing) -> bool:
    ready = condition(node, "Ready")
    return ready is None or ready["status"] != "Unknown"


def _address_of(node: Thing) -> str:
    addresses = (node.get("status") or {}).get("addresses") or ()
    return next((str(each["address"]) for each in addresses if each["type"] == "InternalIP"), "")
