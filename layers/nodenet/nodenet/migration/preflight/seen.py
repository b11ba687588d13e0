"""What a preflight has read: AWS in `seen_aws`, Kubernetes in `seen_kubernetes`, and what the planner reads of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
class Seen:
    """Everything read.

    `running`: what the planner looks at. `addon` None: the VPC CNI is not a managed add-on. `scaling_groups`: every
    Auto Scaling group that is the cluster's by a tag, or that the request names. `launch_templates` by id and version,
    as groups name them. `daemon_sets` of all namespaces, `namespace/name`. `scalers`: cluster autoscalers' and
    Karpenter's Deployments. `aws_auth`: the roles in ConfigMap kube-system/aws-auth. `quotas` by their codes in Service
    Quotas; those that were not given are AWS's defaults. `function_subnets`: in which nodenet's own functions are,
    empty where they are in no VPC. `eni_specs`:
    ENIConfigs' specs by name. `limits` of the instance types in the cluster. `unread`: what was not there to be read,
    a sentence each.
    """

    running: running.Seen
    control_plane: ControlPlane
    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    addon: AddonState | None = None
    managed_groups: Mapping[str, ManagedGroup] = field(default_factory=dict)
    scaling_groups: Mapping[str, ScalingGroup] = field(default_factory=dict)
    launch_templates: Mapping[tuple[str, str], LaunchTemplate] = field(default_factory=dict)
    fargate_profiles: tuple[str, ...] = ()
    access_entries: Mapping[str, str] = field(default_factory=dict)
    aws_auth: tuple[str, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    acls: tuple[Acl, ...] = ()
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    peerings: tuple[Peering, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    quotas: Mapping[str, float] = field(default_factory=dict)
    function_subnets: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    budgets: tuple[Budget, ...] = ()
    daemon_sets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scalers: tuple[Deployment, ...] = ()
    node_pools: tuple[NodePool, ...] = ()
    scaled: tuple[str, ...] = ()
    claims: Mapping[tuple[str, str], Claim] = field(default_factory=dict)
    services: Mapping[tuple[str, str], Service] = field(default_factory=dict)
    policies: tuple[IpPolicy, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    api_services: tuple[ApiService, ...] = ()
    bindings: tuple[Binding, ...] = ()
    eni_specs: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    limits: Mapping[str, InstanceLimits] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
