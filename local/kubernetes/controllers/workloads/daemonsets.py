"""DaemonSets ("DaemonSet" in the Kubernetes documentation; kubernetes, pkg/controller/daemon)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cache import Key, controller_of, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.pods import available_in, is_going, is_ready, is_terminal
from local.kubernetes.controllers.workloads import daemon_nodes, daemon_update, revisions
from local.kubernetes.controllers.workloads.daemon_nodes import Place
from local.kubernetes.controllers.workloads.making import make_pod
from local.kubernetes.things import Thing, copied

_COMPONENT = "daemonset-controller"


class DaemonSets:
    """A pod on every node that is to have one; old templates' pods are replaced within maxUnavailable."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._nodes: dict[str, tuple[object, object]] = {}
        self.watches = {"DaemonSet": _itself, "Pod": _of_pod, "Node": self._of_node}

    def reconcile(self, key: Key) -> None:
        wanted = self._cluster.cache.get("DaemonSet", *key)
        if not wanted:
            return
        revision = revisions.current(self._cluster, wanted)
        mark = revisions.hash_of(revision)
        nodes = list(self._cluster.cache.all("Node"))
        if not wanted["metadata"].get("deletionTimestamp"):
            places = self._places(wanted, nodes)
            self._manage(wanted, places, mark)
            self._update(wanted, self._places(wanted, nodes), mark)
        self._tell(wanted, self._places(wanted, nodes), mark)
        used = {f"{wanted['metadata']['name']}-{_mark(pod)}" for pod in self._pods(wanted)}
        revisions.let_go(self._cluster, wanted, used | {revision["metadata"]["name"]})

    def _of_node(self, node: Thing) -> Iterable[Key]:
        """A node's heartbeats concern nobody; its labels, taints, coming and going all."""
        name, now = node["metadata"]["name"], (node["metadata"].get("labels"), (node.get("spec") or {}).get("taints"))
        if not self._cluster.cache.get("Node", "", name):
            self._nodes.pop(name, None)
        elif self._nodes.get(name) == now:
            return []
        else:
            self._nodes[name] = now
        return [key_of(each) for each in self._cluster.cache.all("DaemonSet")]

    def _pods(self, wanted: Thing) -> Sequence[Thing]:
        return self._cluster.cache.controlled("Pod", wanted["metadata"]["uid"])

    def _places(self, wanted: Thing, nodes: Sequence[Thing]) -> Sequence[Place]:
        """Every node with the pods that the set has for it, those that have ended on their way out left aside."""
        pods: Mapping[str, list[Thing]] = defaultdict(list)
        for pod in self._pods(wanted):
            if not (is_going(pod) and is_terminal(pod)):
                pods[daemon_nodes.node_of(pod)].append(pod)
        template = daemon_nodes.template(wanted)
        return [daemon_nodes.place(template, node, pods[node["metadata"]["name"]]) for node in nodes]

    def _manage(self, wanted: Thing, places: Sequence[Place], mark: str) -> None:
        """Makes what is missing, takes away what is too much, failed or on the wrong node (podsShouldBeOnNode)."""
        surge = daemon_update.bounds(wanted, len(places))[0]
        for place in places:
            if place.runs and not place.pods:
                self._make(wanted, place.node, mark)
            staying = [pod for pod in place.pods if not is_going(pod)]
            ended = [pod for pod in staying if is_terminal(pod)]
            running = sorted((pod for pod in staying if not is_terminal(pod)), key=_age)
            if not place.stays:
                ended = staying
            elif surge:  # an old and a new pod stand side by side
                ended += [pod for fresh in (True, False) for pod in _of(running, mark, fresh=fresh)[1:]]
            else:
                ended += running[1:]
            for pod in ended:
                self._cluster.writes.delete(pod)

    def _update(self, wanted: Thing, places: Sequence[Place], mark: str) -> None:
        if (wanted["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
            return
        seconds = int(wanted["spec"].get("minReadySeconds") or 0)
        for place in daemon_update.additions(wanted, places, mark, seconds):
            self._make(wanted, place.node, mark)
        for pod in daemon_update.removals(wanted, places, mark, seconds):
            self._cluster.writes.delete(pod)

    def _make(self, wanted: Thing, node: Thing, mark: str) -> None:
        pod = owners.pod_from(wanted, daemon_nodes.template(wanted), labels={revisions.LABEL: mark})
        pod["spec"] = daemon_nodes.bound_to(copied(pod["spec"]), node["metadata"]["name"])
        if make_pod(self._cluster, wanted, pod, _COMPONENT):
            self._cluster.engine.after(5, self, key_of(wanted))

    def _tell(self, wanted: Thing, places: Sequence[Place], mark: str) -> None:
        seconds = int(wanted["spec"].get("minReadySeconds") or 0)
        first = [min(place.pods, key=_age) for place in places if place.runs and place.pods]
        waits = [available_in(pod, seconds) for pod in first]
        desired, available = sum(place.runs for place in places), sum(wait == 0 for wait in waits)
        self._cluster.writes.status(
            wanted,
            desiredNumberScheduled=desired,
            currentNumberScheduled=len(first),
            numberMisscheduled=sum(bool(place.pods) and not place.runs for place in places),
            numberReady=sum(is_ready(pod) for pod in first),
            updatedNumberScheduled=sum(_mark(pod) == mark for pod in first) or None,
            numberAvailable=available or None,
            numberUnavailable=desired - available or None,
            observedGeneration=wanted["metadata"].get("generation", 1),
        )
        if still := [wait for wait in waits if wait]:
            self._cluster.engine.after(min(still), self, key_of(wanted))


def _itself(thing: Thing) -> Iterable[Key]:
    return [key_of(thing)]


def _of_pod(pod: Thing) -> Iterable[Key]:
    reference = controller_of(pod)
    return [(key_of(pod)[0], reference["name"])] if reference and reference["kind"] == "DaemonSet" else []


def _mark(pod: Thing) -> str:
    return str((pod["metadata"].get("labels") or {}).get(revisions.LABEL))


def _of(pods: Sequence[Thing], mark: str, *, fresh: bool) -> Sequence[Thing]:
    return [pod for pod in pods if (_mark(pod) == mark) is fresh]


def _age(pod: Thing) -> tuple[str, str]:
    return pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]
