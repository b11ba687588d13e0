"""The network part of kubelets that have nobody for it: a pod that is bound gets its address, and starts then."""

from collections.abc import Iterable, Mapping

from local.kubernetes.controllers.addresses import Addresses, Range
from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.engine import Concerns
from local.kubernetes.controllers.kubelets.endings import Behaviour, Order
from local.kubernetes.controllers.pods import is_going, is_terminal, phase
from local.kubernetes.things import Thing

_NOTES = "local.kubernetes/"


class PodNetwork:
    """A controller. How pods end is for their kubelets: what orders say is written into annotations for them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._addresses: Addresses = Range()
        self.behaviour = Behaviour(cluster.settings.run)
        self.watches: Mapping[str, Concerns] = {"Pod": _of_network}
        cluster.cache.observers.append(self._observe)

    def use(self, addresses: Addresses) -> None:
        self._addresses = addresses
        addresses.changed.append(lambda node: self._cluster.engine.add(self, ("", node)))

    def reconcile(self, key: Key) -> None:
        if not key[0]:  # no pod is without a namespace: it is a node that may have addresses again
            for each in self._cluster.cache.pods_on(key[1]):
                self._give(each)
        elif pod := self._cluster.cache.get("Pod", *key):
            self._give(pod)

    def _give(self, pod: Thing) -> None:
        if is_terminal(pod):
            self._addresses.take_back(pod)
            return
        if is_going(pod) or phase(pod) != "Pending" or pod["status"].get("podIP") or not list(_of_network(pod)):
            return
        address = self._addresses.give(pod["spec"]["nodeName"], pod)
        if not address:
            self._cluster.engine.after(self._cluster.settings.retry, self, key_of(pod))
            return
        self._tell_endings(pod)
        self._cluster.writes.status(pod, podIP=address, podIPs=[{"ip": address}])

    def _tell_endings(self, pod: Thing) -> None:
        notes = {name: value for order in self.behaviour.orders if order.fits(pod) for name, value in _notes(order)}
        if notes:

            def note(now: Thing) -> None:
                now["metadata"]["annotations"] = {**(now["metadata"].get("annotations") or {}), **notes}

            self._cluster.writes.change(pod, note)

    def _observe(self, kind: str, before: Thing | None, after: Thing | None) -> None:
        if kind == "Pod" and before is not None and after is None and list(_of_network(before)):
            self._addresses.take_back(before)


def _of_network(pod: Thing) -> Iterable[Key]:
    """Pods that are bound and not in their node's own network."""
    return [key_of(pod)] if pod["spec"].get("nodeName") and not pod["spec"].get("hostNetwork") else []


def _notes(order: Order) -> Iterable[tuple[str, str]]:
    if order.exit_code is not None:
        yield _NOTES + "exit-code", str(order.exit_code)
        yield _NOTES + "termination-message", order.message
    if order.run_seconds is not None:
        yield _NOTES + "run-seconds", str(order.run_seconds)
    if order.ready is False:
        yield _NOTES + "ready", "never"
