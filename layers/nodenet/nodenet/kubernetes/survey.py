"""A cluster's API server, as a preflight reads it. Nothing here changes anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from nodenet.capacity.running import seen as running
from nodenet.kubernetes import kinds as common
from nodenet.kubernetes import survey_installed as installed
from nodenet.kubernetes import survey_kinds as kinds
from nodenet.kubernetes import survey_pods as shapes
from nodenet.kubernetes import workload_kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.owners import Owners
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.cluster import Workload
from nodenet.migration.preflight.ports import Installed
from nodenet.migration.preflight.seen_kubernetes import (
    ApiService,
    Binding,
    Budget,
    Claim,
    IpPolicy,
    Node,
    NodePool,
    Pod,
    Service,
    Webhook,
)

_AUTH: Final = "aws-auth"
_SYSTEM: Final = "kube-system"
_ADMISSION: Final = "admissionregistration.k8s.io"
_CALICO: Final = ("networkpolicies", "networksets", "globalnetworkpolicies", "globalnetworksets")


class KubernetesSurvey:
    """One method, one kind of question. Raises the exceptions of nodenet.errors."""

    def __init__(self, connection: Connection) -> None:
        own = (
            *(kinds.Node, kinds.Pod, kinds.Service, kinds.ConfigMap, kinds.Claim, kinds.PersistentVolume),
            *(kinds.Daemon, kinds.Scaler, kinds.PodScaler, kinds.Validating, kinds.Mutating, kinds.ApiService),
            *(kinds.NetworkPolicy, kinds.NodeClass, *(kind for _, kind in kinds.CALICO_KINDS)),
        )
        rehearse([*own, common.NodePool, common.TargetGroupBinding, workload_kinds.Budget])
        self._connection = connection
        self._cni, self._workloads = VpcCni(connection), Workloads(connection)
        self._owners = Owners(connection)

    @needs("get", on="daemonsets", group="apps", names=("aws-node",), namespace=_SYSTEM)
    def vpc_cni(self) -> running.DaemonSet | None:
        found = self._cni.daemon_set()
        return running.DaemonSet(found.image, found.environment, found.elsewhere) if found else None

    @needs("list", on="nodes")
    def nodes(self) -> Sequence[Node]:
        return self._all(kinds.Node, shapes.node)

    @needs("list", on="pods")
    @needs("get", "list", on="replicasets", group="apps")
    def pods(self) -> Sequence[Pod]:
        """All of them. Each is read without its owner first: owners are found for all together."""
        found = self._all(kinds.Pod, lambda item: (shapes.pod(item, None), item.metadata.controller))
        owners = self._owners.find([(pod.namespace, reference) for pod, reference in found])
        return [replace(pod, owner=owner) for (pod, _), owner in zip(found, owners, strict=True)]

    @needs("list", on="deployments", group="apps")
    @needs("list", on="statefulsets", group="apps")
    @needs("list", on="replicasets", group="apps")
    @needs("list", on="replicationcontrollers")
    def workloads(self) -> Sequence[Workload]:
        return self._workloads.workloads()

    @needs("list", on="poddisruptionbudgets", group="policy")
    def budgets(self) -> Sequence[Budget]:
        return self._all(workload_kinds.Budget, shapes.budget)

    @needs("list", on="daemonsets", group="apps")
    @needs("list", on="deployments", group="apps")
    def installed(self) -> Installed:
        daemons = self._all(kinds.Daemon, lambda item: item.metadata)
        scalers = self._all(kinds.Scaler, installed.scaler)
        marks = {
            f"{each.namespace}/{each.name}": {**(each.annotations or {}), **(each.labels or {})} for each in daemons
        }
        return Installed(marks, tuple(each for each in scalers if each))

    @needs("list", on="nodepools", group="karpenter.sh")
    @needs("list", on="ec2nodeclasses", group="karpenter.k8s.aws")
    def node_pools(self) -> Sequence[NodePool]:
        """Empty where the cluster has no Karpenter, or one before v1."""
        classes = self._all(
            kinds.NodeClass, lambda item: (item["metadata"]["name"], installed.most_pods(item)), missing_ok=True
        )
        most = dict(classes)
        return self._all(common.NodePool, lambda item: installed.node_pool(item, most), missing_ok=True)

    @needs("list", on="horizontalpodautoscalers", group="autoscaling")
    def scaled(self) -> Sequence[str]:
        return self._all(kinds.PodScaler, lambda item: f"{item.metadata.namespace}/{item.metadata.name}")

    @needs("list", on="persistentvolumeclaims")
    @needs("list", on="persistentvolumes")
    def claims(self) -> Mapping[tuple[str, str], Claim]:
        volumes = {each.metadata.name: each for each in self._all(kinds.PersistentVolume, lambda item: item)}
        found = self._all(kinds.Claim, lambda item: shapes.claim(item, volumes.get(item.spec.volume)))
        return {(each.namespace, each.name): each for each in found}

    @needs("list", on="services")
    def services(self) -> Mapping[tuple[str, str], Service]:
        found = self._all(kinds.Service, installed.service)
        return {(each.namespace, each.name): each for each in found}

    @needs("list", on="networkpolicies", group="networking.k8s.io")
    @needs("list", on=_CALICO[0], group="projectcalico.org")
    @needs("list", on=_CALICO[1], group="projectcalico.org")
    @needs("list", on=_CALICO[2], group="projectcalico.org")
    @needs("list", on=_CALICO[3], group="projectcalico.org")
    @needs("list", on=_CALICO[0], group="crd.projectcalico.org")
    @needs("list", on=_CALICO[1], group="crd.projectcalico.org")
    @needs("list", on=_CALICO[2], group="crd.projectcalico.org")
    @needs("list", on=_CALICO[3], group="crd.projectcalico.org")
    def policies(self) -> Sequence[IpPolicy]:
        """Those that name blocks. What Calico keeps in two groups is told once."""
        found = {each.label: each for each in self._all(kinds.NetworkPolicy, installed.network_policy)}
        for kind, resource in reversed(kinds.CALICO_KINDS):
            for each in self._all(resource, partial(installed.calico_policy, kind), missing_ok=True):
                found[each.label] = each
        return [each for each in found.values() if each.rules]

    @needs("list", on="validatingwebhookconfigurations", group=_ADMISSION)
    @needs("list", on="mutatingwebhookconfigurations", group=_ADMISSION)
    def webhooks(self) -> Sequence[Webhook]:
        every = [*self._all(kinds.Validating, installed.webhooks), *self._all(kinds.Mutating, installed.webhooks)]
        return [each for some in every for each in some]

    @needs("list", on="apiservices", group="apiregistration.k8s.io")
    def api_services(self) -> Sequence[ApiService]:
        """Those that a service answers, and not the API server itself."""
        return [each for each in self._all(kinds.ApiService, installed.api_service) if each]

    @needs("list", on="targetgroupbindings", group="elbv2.k8s.aws")
    def bindings(self) -> Sequence[Binding]:
        return self._all(common.TargetGroupBinding, installed.binding, missing_ok=True)

    @needs("list", on="eniconfigs", group="crd.k8s.amazonaws.com")
    def eni_configs(self) -> Mapping[str, Mapping[str, object]]:
        return self._cni.eni_configs()

    @needs("get", on="configmaps", names=(_AUTH,), namespace=_SYSTEM)
    def aws_auth(self) -> Sequence[str]:
        """The roles in it; none where there is none."""
        client = self._connection.client
        found = unless_gone(lambda: client.get(kinds.ConfigMap, _AUTH, namespace=_SYSTEM))
        return installed.roles((found.data or {}).get("mapRoles", "")) if found else ()

    def _all[T](self, kind: Any, made: Callable[[Any], T], *, missing_ok: bool = False) -> list[T]:
        return listed(self._connection, kind, made, missing_ok=missing_ok)


QUESTIONS: Final = tuple(
    getattr(KubernetesSurvey, name)
    for name in (
        *("vpc_cni", "nodes", "pods", "workloads", "budgets", "installed", "node_pools", "scaled", "claims"),
        *("services", "policies", "webhooks", "api_services", "bindings", "eni_configs", "aws_auth"),
    )
)
"""The methods that a preflight calls, for who says what it may do."""
