"""The controllers of each cluster that has some: made, started, ordered about, ended."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from local.kubernetes.api import Api
from local.kubernetes.controllers.addresses import Addresses
from local.kubernetes.controllers.budgets import Budgets
from local.kubernetes.controllers.cache import Cache
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.endpoints import EndpointSlices
from local.kubernetes.controllers.engine import Controller
from local.kubernetes.controllers.kubelets.endings import Behaviour
from local.kubernetes.controllers.kubelets.kubelets import Kubelets
from local.kubernetes.controllers.nodes.evictions import TaintEvictions
from local.kubernetes.controllers.nodes.orphans import OrphanedPods
from local.kubernetes.controllers.nodes.taints import NodeTaints
from local.kubernetes.controllers.reach import Reach
from local.kubernetes.controllers.scheduling.scheduler import Scheduler
from local.kubernetes.controllers.settings import Settings
from local.kubernetes.controllers.volumes.attachments import Attachments
from local.kubernetes.controllers.volumes.claims import Claims, Reclaiming
from local.kubernetes.controllers.workloads.daemonsets import DaemonSets
from local.kubernetes.controllers.workloads.deployments import Deployments
from local.kubernetes.controllers.workloads.jobs import Jobs
from local.kubernetes.controllers.workloads.replicasets import ReplicaSets
from local.kubernetes.controllers.workloads.statefulsets import StatefulSets
from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

log = logging.getLogger(__name__)


class Running:
    """One cluster's controllers. `cluster` is EKS's model of it; `on_stopped` are called when it goes."""

    def __init__(self, cluster: Any, api: Api, settings: Settings) -> None:
        self.cluster = cluster
        self.reach = Reach()
        self.on_stopped: list[Callable[[], None]] = []
        self._own = Cluster(cluster.name, api.store, settings)
        attachments = Attachments(self._own)
        self._kubelets = Kubelets(self._own, attachments)
        kinds = (NodeTaints, TaintEvictions, OrphanedPods, DaemonSets, Deployments, ReplicaSets, StatefulSets, Jobs)
        more = (Scheduler, Claims, Reclaiming, Budgets, EndpointSlices)
        self._controllers: list[Controller] = [each(self._own) for each in (*kinds, *more)]
        self._controllers += [attachments, self._kubelets]
        api.proxy = self.reach.answer

    @property
    def store(self) -> Store:
        return self._own.store

    @property
    def cache(self) -> Cache:
        """To be read by the controllers' thread only: from Addresses."""
        return self._own.cache

    @property
    def behaviour(self) -> Behaviour:
        """How pods are ready and end."""
        return self._kubelets.behaviour

    def look_again(self) -> None:
        """At all pods, after a change of their behaviour."""
        self._kubelets.look_again()

    def use(self, addresses: Addresses) -> None:
        """Gives pods their addresses from here, from now on."""
        self._kubelets.use(addresses)

    def record(self, about: Thing, type_: str, reason: str, message: str, component: str, host: str = "") -> None:
        """An Event about an object. In the controllers' thread only: from Addresses."""
        self._own.events.record(about, type_, reason, message, component, host)

    def start(self) -> None:
        self._own.store.watchers.append(self._notice)
        for resource in BUILT_IN.values():
            for thing in self._own.store.all(resource):
                self._own.engine.notice("ADDED", resource.kind, thing)
        self._own.engine.start(self._controllers)

    def stop(self) -> None:
        self._own.store.watchers.remove(self._notice)
        self._own.engine.close()
        for each in self.on_stopped:
            each()

    def _notice(self, event: str, resource: Resource, thing: Thing) -> None:
        if not resource.custom:
            self._own.engine.notice(event, resource.kind, thing)


class Switch:
    """Whether clusters from now on have controllers, and which have: by name."""

    def __init__(self) -> None:
        self.on, self.alone = False, False
        self.settings = Settings()
        self.clusters: dict[str, Running] = {}

    def set(self, *, controllers: bool, alone: bool = False, **settings: float) -> None:
        """`alone`: nobody else comes in by `on_started`: nodes are made by hand, and have addresses of one range.
        `settings`: the fields of Settings; TypeError for another."""
        self.settings = replace(self.settings, **{name: float(value) for name, value in settings.items()})
        self.on, self.alone = controllers, alone

    def reset(self) -> None:
        """As the region starts: off."""
        self.on, self.alone, self.settings = False, False, Settings()

    def start(self, cluster: Any, api: Api) -> None:
        """For a cluster that is new, if they are switched on."""
        if not self.on:
            return
        running = Running(cluster, api, self.settings)
        for each in on_started if not self.alone else ():
            each(running)
        self.clusters[cluster.name] = running
        running.start()

    def stop(self, cluster: Any) -> None:
        if running := self.clusters.pop(cluster.name, None):
            running.stop()

    def of(self, cluster: str) -> Running:
        """ValueError where the cluster of that name has none."""
        if cluster not in self.clusters:
            raise ValueError(f"the cluster {cluster} has no controllers")
        return self.clusters[cluster]

    @property
    def shown(self) -> Mapping[str, Any]:
        values = {each.name: getattr(self.settings, each.name) for each in fields(Settings)}
        return {"controllers": self.on, **values, "clusters": sorted(self.clusters)}


on_started: list[Callable[[Running], None]] = []
"""Called with each cluster's controllers before they start: whoever gives addresses comes in here."""

switch = Switch()
"""The region's own: EKS's models are made without arguments, and so cannot be handed one."""
