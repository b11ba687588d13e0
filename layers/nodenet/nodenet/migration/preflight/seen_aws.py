"""What EKS, EC2, Auto Scaling and Elastic Load Balancing show of a cluster that is to be migrated."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """`authentication`: API, API_AND_CONFIG_MAP or CONFIG_MAP. `services`: the services' IPv4 range, empty where EKS
    does not say. `remote`: ranges of hybrid nodes and their pods."""

    status: str = "ACTIVE"
    authentication: str = "API"
    services: str = ""
    remote: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddonState:
    """The managed add-on of the VPC CNI: its status (DescribeAddon), what is the matter with it, and its role."""

    version: str
    status: str = "ACTIVE"
    issues: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class ManagedGroup:
    """A managed node group (DescribeNodegroup). `template`: its launch template's id and version, if it was given one.
    `issues`: of its health, a sentence each."""

    name: str
    auto_scaling_groups: tuple[str, ...]
    status: str = "ACTIVE"
    issues: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    instance_types: tuple[str, ...] = ()
    ami_type: str = "AL2023_x86_64_STANDARD"
    capacity_type: str = "ON_DEMAND"
    role: str = ""
    minimum: int = 0
    maximum: int = 0
    desired: int = 0
    template: tuple[str, str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScalingGroup:
    """An Auto Scaling group. `instances` by id with their lifecycle state; `protected`: those that a scale-in leaves
    alone. `template`: id and version; `configuration`: its launch configuration, where it has that instead. `role`: the
    node role's ARN, where it is known. `profile`: its instance profile, by ARN or name."""

    name: str
    subnets: tuple[str, ...] = ()
    instances: Mapping[str, str] = field(default_factory=dict)
    instance_types: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0
    desired: int = 0
    template: tuple[str, str] | None = None
    configuration: str = ""
    mixed: bool = False
    protected: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    target_groups: tuple[str, ...] = ()
    classic_load_balancers: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    warm_pool: bool = False
    refreshing: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """One version. `user_data` decoded; empty where it has none. `image` empty where it leaves that to others."""

    id: str
    version: str
    image: str = ""
    instance_type: str = ""
    user_data: str = ""
    profile: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """`destination`: an IPv4 block, or a prefix list's id. `target`: the id of where it leads, `local` too."""

    destination: str
    target: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class RouteTable:
    """`subnets`: those that are associated explicitly."""

    id: str
    subnets: tuple[str, ...] = ()
    main: bool = False
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One IPv4 rule; those of lower numbers come first. `every`: of all protocols and ports."""

    number: int
    block: str
    allow: bool
    egress: bool
    every: bool = True


@dataclass(frozen=True, slots=True)
class Acl:
    """A network ACL."""

    id: str
    default: bool = False
    subnets: tuple[str, ...] = ()
    entries: tuple[AclEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """`rules`: the IPv4 blocks that each rule names, a rule by its direction, protocol and ports."""

    id: str
    vpc_id: str = ""
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peering:
    """An active peering connection, and the other VPC's blocks."""

    id: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A prefix list of this account's own."""

    id: str
    name: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """`type`: instance, ip, lambda or alb. `targets`: ids or addresses with their health."""

    arn: str
    name: str
    type: str
    targets: Mapping[str, str] = field(default_factory=dict)
    load_balancers: tuple[str, ...] = ()
