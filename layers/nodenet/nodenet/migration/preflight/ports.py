"""Who is asked for a preflight: one method, one kind of call, which reads like the permission that it needs. Each
raises AccessDenied without it, and Throttled where retries did not help. Nothing here changes anything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running import seen as running
from nodenet.limits import InstanceLimits
from nodenet.migration.cluster import Workload
from nodenet.migration.preflight.seen_aws import (
    Acl,
    AddonState,
    ControlPlane,
    LaunchTemplate,
    ManagedGroup,
    Peering,
    PrefixList,
    RouteTable,
    ScalingGroup,
    SecurityGroup,
    TargetGroup,
)
from nodenet.migration.preflight.seen_kubernetes import (
    ApiService,
    Binding,
    Budget,
    Claim,
    Deployment,
    IpPolicy,
    Node,
    NodePool,
    Pod,
    Service,
    Webhook,
)


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """What Auto Scaling says of a group in calls of their own, by name."""

    policies: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    refreshing: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """DaemonSets with their labels and annotations, by `namespace/name`, and the Deployments that scale nodes."""

    daemon_sets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scalers: tuple[Deployment, ...] = ()


class Eks(Protocol):
    def cluster(self, name: str) -> tuple[running.Cluster, ControlPlane]: ...

    def addon(self, cluster: str) -> tuple[running.Addon, AddonState] | None: ...

    def managed_groups(self, cluster: str) -> Mapping[str, ManagedGroup]: ...

    def fargate_profiles(self, cluster: str) -> Sequence[str]: ...

    def access_entries(self, cluster: str) -> Mapping[str, str]: ...


class Vpc(Protocol):
    def vpc_blocks(self, vpc_id: str) -> Sequence[str]: ...

    def subnets(self, vpc_id: str) -> Sequence[running.Subnet]: ...

    def interfaces(self, vpc_id: str) -> Sequence[running.Interface]: ...

    def instances(self, vpc_id: str) -> Sequence[running.Instance]: ...

    def reservations(self, subnet_id: str) -> Sequence[Reservation]: ...

    def route_tables(self, vpc_id: str) -> Sequence[RouteTable]: ...

    def acls(self, vpc_id: str) -> Sequence[Acl]: ...

    def security_groups(self, vpc_id: str) -> Sequence[SecurityGroup]: ...

    def peerings(self, vpc_id: str) -> Sequence[Peering]: ...

    def prefix_lists(self, account: str) -> Sequence[PrefixList]: ...

    def launch_templates(self, templates: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LaunchTemplate]: ...

    def limits(self, types: Collection[str]) -> Mapping[str, InstanceLimits]: ...


class Groups(Protocol):
    def scaling_groups(self, cluster: str, names: Collection[str]) -> Mapping[str, ScalingGroup]: ...

    def details(self, name: str) -> GroupDetails: ...


class Beside(Protocol):
    """Load balancers, and quotas. Quotas are None where they cannot be had."""

    def target_groups(self, vpc_id: str) -> Sequence[TargetGroup]: ...

    def quotas(self) -> Mapping[str, float] | None: ...


class Kubernetes(Protocol):
    def vpc_cni(self) -> running.DaemonSet | None: ...

    def nodes(self) -> Sequence[Node]: ...

    def pods(self) -> Sequence[Pod]: ...

    def workloads(self) -> Sequence[Workload]: ...

    def budgets(self) -> Sequence[Budget]: ...

    def installed(self) -> Installed: ...

    def node_pools(self) -> Sequence[NodePool]: ...

    def scaled(self) -> Sequence[str]: ...

    def claims(self) -> Mapping[tuple[str, str], Claim]: ...

    def services(self) -> Mapping[tuple[str, str], Service]: ...

    def policies(self) -> Sequence[IpPolicy]: ...

    def webhooks(self) -> Sequence[Webhook]: ...

    def api_services(self) -> Sequence[ApiService]: ...

    def bindings(self) -> Sequence[Binding]: ...

    def eni_configs(self) -> Mapping[str, Mapping[str, object]]: ...

    def aws_auth(self) -> Sequence[str]: ...
