"""What draining needs of Kubernetes, Auto Scaling and Elastic Load Balancing: the calls that it makes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from nodenet.events import LifecycleAction
from nodenet.migration import members
from nodenet.migration.cluster import Node, Pod, Workload
from nodenet.migration.drain.evictions import Eviction
from nodenet.migration.objects import TargetGroupBinding


class Nodes(members.Nodes, Protocol):
    def node(self, name: str) -> Node | None: ...
    def cordon(self, name: str) -> bool: ...
    def label(self, name: str, labels: Mapping[str, str | None]) -> bool: ...


class Pods(Protocol):
    def pods(self) -> list[Pod]: ...


class NodePods(Protocol):
    def pods(self, node: str = "") -> list[Pod]: ...
    def evict(self, pod: Pod) -> Eviction: ...
    def delete(self, pod: Pod) -> bool: ...
    def attached(self, node: str) -> list[str]:
        """The PersistentVolumes that are attached to the node."""

    def volumes(self, pods: Collection[Pod]) -> frozenset[str]:
        """The PersistentVolumes of these pods' claims."""


class Workloads(Protocol):
    def workloads(self) -> list[Workload]: ...


class Bindings(Protocol):
    def bindings(self) -> list[TargetGroupBinding]: ...
    def selectors(self) -> dict[tuple[str, str], dict[str, str]]: ...


class Targets(Protocol):
    def health(self, target_groups: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """The targets of target groups, by ARN: each target's state by its id; a target group that is gone is left out.
        A target that is on its way out (draining) is none."""


class Actions(Protocol):
    def heartbeat(self, action: LifecycleAction) -> bool:
        """Keeps the instance waiting. False if the wait has ended."""

    def complete(self, action: LifecycleAction, result: Literal["CONTINUE", "ABANDON"]) -> bool: ...
