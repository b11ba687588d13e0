"""What EKS, EC2 and Kubernetes show of a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nodenet.capacity.fleet import Reservation
from nodenet.ranges import AddressRange


@dataclass(frozen=True, slots=True)
class Cluster:
    """EKS's word (DescribeCluster). `subnet_ids`: where its control plane's interfaces are. `family`: ipv4 or ipv6.
    `account`: whose it is."""

    name: str
    vpc_id: str
    version: str
    family: str = "ipv4"
    auto_mode: bool = False
    subnet_ids: tuple[str, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Addon:
    """The managed add-on (DescribeAddon): its version, and the environment that it is configured with."""

    version: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the VPC that has an IPv4 block. `owner`: the account whose it is. `free`: how many addresses EC2 says
    are left, those in reservations not counted; None where it does not."""

    id: str
    zone: str
    cidr: str
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    free: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """`subnet_id`: of its primary interface. `group`: the Auto Scaling group that started it, empty where none did."""

    id: str
    type: str
    subnet_id: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Interface:
    """An ENI and its IPv4 addresses, one by one and as prefixes. `instance_id` empty while it is not attached;
    `primary`: it is the instance's first."""

    id: str
    subnet_id: str
    addresses: tuple[AddressRange, ...]
    prefixes: tuple[AddressRange, ...] = ()
    instance_id: str = ""
    card: int = 0
    primary: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cloud:
    """All that EC2 shows of the VPC; `vpc`: its blocks."""

    vpc: tuple[str, ...]
    subnets: Mapping[str, Subnet]
    interfaces: tuple[Interface, ...]
    instances: Mapping[str, Instance]
    reservations: Mapping[str, tuple[Reservation, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DaemonSet:
    """aws-node's container of that name: its image, and the variables that have a plain value. `elsewhere`: those
    whose value comes from another object."""

    image: str
    environment: Mapping[str, str]
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """`provider_id` as its cloud wrote it: `aws:///eu-west-1a/i-…` is an EC2 instance. `max_pods`: its capacity,
    0 while the kubelet has not said it."""

    name: str
    provider_id: str
    max_pods: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    ready: bool = True
    unschedulable: bool = False


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that has a node and has not finished. `branch`: it has an interface of its own (security groups for
    pods). `waiting`: it has no address yet."""

    node: str
    host_network: bool = False
    branch: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class EniConfig:
    """`subnet_id` empty where it names none."""

    name: str
    subnet_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything read. `daemon_set` None: the cluster has none; `addon` None: it is not managed by EKS."""

    cluster: Cluster
    cloud: Cloud
    addon: Addon | None
    daemon_set: DaemonSet | None
    nodes: Sequence[Node]
    pods: Sequence[Pod]
    eni_configs: Sequence[EniConfig]
