"""The nouns of the domain, as EC2 shows them: subnet, interface, instance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

CLUSTER_TAG: Final = "nodenet:cluster"
"""On what nodenet made; a self-managed group carries it, propagated to its instances."""

CLUSTER_TAGS: Final = ("eks:cluster-name", "eks:eks-cluster-name", CLUSTER_TAG)
"""Tag keys that say whose node it is: of managed node groups, of Karpenter, of an owner of self-managed groups."""

GROUP_NAME_TAG: Final = "aws:autoscaling:groupName"


def belongs_to(cluster: str, tags: Mapping[str, str]) -> bool:
    """Whether tags of an instance or Auto Scaling group name the cluster."""
    return any(tags.get(key) == cluster for key in CLUSTER_TAGS)


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet and its CIDR block of each family; empty where it has none."""

    id: str
    zone: str
    vpc_id: str
    cidr: str
    tags: Mapping[str, str] = field(default_factory=dict)
    ipv6_cidr: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Where an ENI is attached. The device index counts within the network card."""

    id: str
    instance_id: str
    card: int
    index: int
    delete_on_termination: bool


@dataclass(frozen=True, slots=True)
class Interface:
    """An ENI. `status` is EC2's: available, attaching, in-use or detaching.

    `addresses` are its IPv4 addresses, the primary one first; prefixes are written as CIDR blocks, of both families.
    """

    id: str
    subnet_id: str
    security_groups: frozenset[str]
    status: str
    addresses: tuple[str, ...] = ()
    ipv6_addresses: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    source_dest_check: bool = True
    description: str = ""
    attachment: Attachment | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance with all its attached interfaces. `operator` is who manages it, if not its owner."""

    id: str
    type: str
    zone: str
    state: str
    tags: Mapping[str, str]
    interfaces: tuple[Interface, ...]
    operator: str | None = None

    @property
    def gone(self) -> bool:
        return self.state in ("shutting-down", "terminated")
