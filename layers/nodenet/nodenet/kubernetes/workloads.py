"""What starts pods and counts them, the budgets of their disruptions, and their sizes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lightkube.types import PatchType

from nodenet.kubernetes import workload_kinds as kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.listing import ALL, listed
from nodenet.kubernetes.owners import named
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.migration.cluster import Budget, Owner, Workload
from nodenet.migration.objects import Deployment

_SCALED: Final[Mapping[str, Any]] = {
    "Deployment": kinds.scale_of(kinds.Deployment),
    "StatefulSet": kinds.scale_of(kinds.StatefulSet),
    "ReplicaSet": kinds.scale_of(kinds.ReplicaSet),
    "ReplicationController": kinds.scale_of(kinds.ReplicationController),
}


class Workloads:
    def __init__(self, connection: Connection) -> None:
        every = (kinds.Deployment, kinds.StatefulSet, kinds.ReplicaSet, kinds.ReplicationController, kinds.Budget)
        rehearse([*every, *_SCALED.values()])
        self._connection = connection

    @needs("list", on="deployments", group="apps")
    @needs("list", on="statefulsets", group="apps")
    @needs("list", on="replicasets", group="apps")
    @needs("list", on="replicationcontrollers")
    def workloads(self) -> list[Workload]:
        """Deployments, StatefulSets, ReplicaSets that no Deployment has, ReplicationControllers. ReplicaSets of an
        owner that Kubernetes itself does not know, as a Rollout of Argo's, count for that one together. Neither Jobs,
        which end, nor DaemonSets, whose pods belong to their nodes."""
        return [
            *self._all(kinds.Deployment, lambda item: _replicated("Deployment", item)),
            *self._all(kinds.StatefulSet, lambda item: _replicated("StatefulSet", item)),
            *_together(self._all(kinds.ReplicaSet, _replica_set)),
            *self._all(kinds.ReplicationController, _replication_controller),
        ]

    @needs("list", on="poddisruptionbudgets", group="policy")
    def budgets(self) -> list[Budget]:
        """But for those without a selector, which hold for no pod (policy/v1, PodDisruptionBudgetSpec)."""
        return [each for each in self._all(kinds.Budget, _budget) if each]

    @needs("list", on="deployments", group="apps")
    def deployments(self, labels: str = "", namespace: str = "") -> list[Deployment]:
        """Those in the namespace, that the selector matches; what is left empty restricts nothing."""
        return listed(self._connection, kinds.Deployment, _deployment, labels=labels, namespace=namespace or ALL)

    @needs("get", on="deployments/scale", group="apps")
    @needs("get", on="statefulsets/scale", group="apps")
    @needs("get", on="replicasets/scale", group="apps")
    @needs("get", on="replicationcontrollers/scale")
    def scale(self, owner: Owner) -> int | None:
        """How many pods it is to have; None where it is gone, or of a kind that is not scaled here."""
        kind = _SCALED.get(owner.kind)
        if not kind:
            return None
        client = self._connection.client
        found = unless_gone(lambda: client.get(kind, owner.name, namespace=owner.namespace))
        return found.spec.replicas if found else None

    @needs("patch", on="deployments/scale", group="apps")
    def set_scale(self, owner: Owner, replicas: int) -> bool:
        """Of a Deployment; False where it is gone."""
        client, patch = self._connection.client, {"spec": {"replicas": replicas}}
        kind = _SCALED["Deployment"]
        where: dict[str, Any] = {"namespace": owner.namespace, "patch_type": PatchType.MERGE}
        return unless_gone(lambda: client.patch(kind, owner.name, patch, **where)) is not None

    def _all[T](self, kind: Any, made: Any) -> list[Any]:
        return listed(self._connection, kind, made)


def _replicated(kind: str, item: kinds.Replicas) -> Workload:
    labels = item.spec.selector.labels if item.spec.selector else None
    owner = Owner(kind, item.metadata.namespace, item.metadata.name)
    return Workload(owner, item.spec.replicas, item.status.available, labels or {})


def _replica_set(item: kinds.ReplicaSet) -> Workload | None:
    above = named(item.metadata.namespace, item.metadata.controller)
    if above and above.kind == "Deployment":
        return None
    own = _replicated("ReplicaSet", item)
    return Workload(above, own.desired, own.available) if above else own


def _together(found: list[Workload | None]) -> Iterator[Workload]:
    sums: dict[Owner, Workload] = {}
    for each in found:
        if each and (before := sums.get(each.owner)):
            sums[each.owner] = Workload(each.owner, before.desired + each.desired, before.available + each.available)
        elif each:
            sums[each.owner] = each
    yield from sums.values()


def _replication_controller(item: kinds.ReplicationController) -> Workload:
    owner = Owner("ReplicationController", item.metadata.namespace, item.metadata.name)
    return Workload(owner, item.spec.replicas, item.status.available, item.spec.selector or {})


def _budget(item: kinds.Budget) -> Budget | None:
    selector, status = item.spec.selector, item.status
    if selector is None:
        return None
    return Budget(
        item.metadata.namespace,
        item.metadata.name,
        allowed=status.allowed,
        current_healthy=status.current,
        desired_healthy=status.desired,
        expected=status.expected,
        selector=selector.labels or {},
        expressions=bool(selector.expressions) or not selector.labels,
    )


def _deployment(item: kinds.Deployment) -> Deployment:
    containers = item.spec.template.spec.containers or ()
    return Deployment(
        Owner("Deployment", item.metadata.namespace, item.metadata.name),
        item.spec.replicas,
        labels=item.metadata.labels or {},
        images=tuple(each.image for each in containers),
        arguments=tuple(text for each in containers for text in (*(each.command or ()), *(each.args or ()))),
    )
