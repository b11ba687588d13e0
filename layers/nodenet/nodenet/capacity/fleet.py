"""What is planned for: subnets, node groups, extra networks, and how the VPC CNI is set. Everything resolved: limits
known, names checked, counts whole. Made from a document or from a running cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from ipaddress import IPv4Network
from typing import Final, Literal

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.shape import PREFIX_ADDRESSES
from nodenet.limits import InstanceLimits
from nodenet.ranges import AddressRange

RESERVED_BY_AWS: Final = 5
"""The first four addresses of a subnet and the last ("Subnet CIDR blocks", VPC User Guide)."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A CIDR reservation of a subnet ("Subnet CIDR reservations", VPC User Guide): automatic prefixes come from
    `prefix` blocks; EC2 never takes anything by itself from `explicit` ones."""

    block: IPv4Network
    kind: Literal["prefix", "explicit"]


@dataclass(frozen=True, slots=True)
class Subnet:
    """`length` is the prefix length of its IPv4 block; `cidr` None where only the size is known.

    `used`: addresses that others than the planned nodes have. `occupied`: which ones, None where it is not known.
    `cni`: the tag kubernetes.io/role/cni as the VPC CNI reads it for this cluster: True to use the subnet, False not
    to, None without a tag.
    """

    name: str
    zone: str
    length: int
    cidr: IPv4Network | None = None
    used: int = 0
    occupied: tuple[AddressRange, ...] | None = None
    reservations: tuple[Reservation, ...] = ()
    cni: bool | None = None

    @property
    def size(self) -> int:
        """All addresses of its block."""
        return 1 << (32 - self.length)


@dataclass(frozen=True, slots=True)
class ExtraNetwork:
    """A network whose ENIs nodenet makes. `subnets`: one for each zone, by name. An interface takes, beside its own
    address, `addresses` one by one and `prefixes` of sixteen."""

    name: str
    subnets: Mapping[str, str]
    interfaces: int = 1
    addresses: int = 0
    prefixes: int = 0
    card: int | None = None
    """None is the instance type's default network card."""

    @property
    def addresses_of_node(self) -> int:
        """What the interfaces of one node take, their own addresses included."""
        return self.interfaces * (1 + self.addresses + PREFIX_ADDRESSES * self.prefixes)


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes of one instance type. `limits` as EC2 has them; `pods`: how many nodes run how many pods with an address
    of the VPC, as (pods, nodes). `max_pods`: the kubelet's, None to take EKS's figure for the type. `surge`: how many
    nodes more there are while the group is replaced, `surge_share` the same as a part of its nodes where it grows with
    them. `branch_pods`: of a node's pods, those with security groups of
    their own, each on a branch ENI."""

    name: str
    limits: InstanceLimits
    subnets: tuple[str, ...]
    pods: tuple[tuple[int, int], ...]
    max_pods: int | None = None
    host_network_pods: int = 2
    networks: tuple[str, ...] = ()
    branch_pods: int = 0
    surge: int = 0
    surge_share: Fraction | None = None

    @property
    def nodes(self) -> int:
        return sum(nodes for _, nodes in self.pods)

    @property
    def pods_in_all(self) -> int:
        return sum(pods * nodes for pods, nodes in self.pods)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a migration goes: how the VPC CNI is set for the nodes that come, which are the groups' surge."""

    cni: CniSettings
    eni_configs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fleet:
    """`eni_configs`: by zone, the subnets of its ENIConfigs, used evenly; only with custom networking. `headroom`: the
    part of a subnet that is to stay free, from 0 to below 1. `target` None: a surge is of nodes like the others."""

    subnets: tuple[Subnet, ...]
    groups: tuple[NodeGroup, ...]
    cni: CniSettings
    networks: tuple[ExtraNetwork, ...] = ()
    eni_configs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vpc: tuple[IPv4Network, ...] = ()
    headroom: float = 0.2
    target: Target | None = None
