"""A cluster of the region with a control plane outside of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from local.kubernetes.controllers.addresses import Addresses
from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.events import Events
from local.kubernetes.controllers.kubelets.endings import Behaviour
from local.kubernetes.controllers.reach import Reach
from local.kubernetes.controllers.settings import Settings
from local.kubernetes.outside import review
from local.kubernetes.outside.asking import Access
from local.kubernetes.outside.pod_network import PodNetwork
from local.kubernetes.outside.provisioner import Provisioner
from local.kubernetes.outside.store import OutsideStore
from local.kubernetes.outside.tunnel import Tunnel
from local.kubernetes.paths import Place
from local.kubernetes.resources import RESOURCES, Resource
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

MANAGER = "eks-local"
"""The field manager of what the region writes."""

_FOLLOWED = (
    *("Node", "Pod", "Service", "EndpointSlice", "DaemonSet", "Deployment", "ConfigMap", "ENIConfig"),
    *("PersistentVolumeClaim", "StorageClass"),
)
_KINDS = {each.kind: each for each in RESOURCES.values()}


class OutsideCluster:
    """What `Running` is for the region's own control planes. `cluster` is EKS's model; `definitions` are of the kinds
    that every cluster of EKS has; `tunnel` is a Unix socket where the API server looks for its way to pods."""

    def __init__(
        self, cluster: Any, access: Access, definitions: Sequence[Thing], settings: Settings, tunnel: Path | None
    ) -> None:
        self.cluster = cluster
        self.reach = Reach()
        self.on_stopped: list[Callable[[], None]] = []
        self._store = OutsideStore(access, MANAGER, [_KINDS[each] for each in _FOLLOWED])
        for thing in (*definitions, *review.viewing()):
            self._store.apply(_place(thing), _bare(thing), MANAGER, force=True)
        self._store.begin()
        # Those who work on clusters ask no more of a Store than this one has.
        self._own = Cluster(cluster.name, cast("Store", self._store), settings)
        self._network = PodNetwork(self._own)
        self._tunnel = Tunnel(tunnel, self._pod_at, self.reach.answer) if tunnel else None

    @property
    def store(self) -> Store:
        return self._own.store

    @property
    def cache(self) -> Cache:
        return self._own.cache

    @property
    def events(self) -> Events:
        return self._own.events

    @property
    def behaviour(self) -> Behaviour:
        return self._network.behaviour

    def use(self, addresses: Addresses) -> None:
        self._network.use(addresses)

    def start(self) -> None:
        self._store.watchers.append(self._notice)
        self._own.engine.start([self._network, Provisioner(self._own)])
        self._store.tell()

    def stop(self) -> None:
        for each in self.on_stopped:
            each()
        self._own.engine.close()
        self._store.close()
        if self._tunnel:
            self._tunnel.close()

    def look_again(self) -> None:
        """Orders for pods' endings are written when a pod gets its address: there is nothing to look at."""

    def _notice(self, event: str, resource: Resource, thing: Thing) -> None:
        self._own.engine.notice(event, resource.kind, thing)

    def _pod_at(self, address: str) -> Thing | None:
        # Pods in their node's own network share an address: no one of them is meant by it.
        pods = (pod for pod in self._store.all(_KINDS["Pod"]) if not pod["spec"].get("hostNetwork"))
        return next((pod for pod in pods if (pod.get("status") or {}).get("podIP") == address), None)


def _place(thing: Thing) -> Place:
    return Place(_KINDS[thing["kind"]], thing["metadata"].get("namespace", ""), thing["metadata"]["name"])


def _bare(thing: Thing) -> Thing:
    """As it was asked for: without what a server adds."""
    resource = _KINDS[thing["kind"]]
    about = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": thing["metadata"]["name"]}}
    return {**{name: value for name, value in thing.items() if name != "status"}, **about}
