"""What a plan finds: for each kind of node, for each subnet, for the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from nodenet.capacity.shape import Holding

type Resource = Literal["addresses", "prefixes", "max pods"]


ALL: Final = ""
"""Among groups by name, the key of all of them in proportion."""


@dataclass(frozen=True, slots=True)
class MaxPods:
    """Three figures that are called the maximum of pods, and the one in force.

    `cni`: what the VPC CNI has addresses for. `nodeadm`: what nodeadm tells a kubelet without other orders. `eks`: what
    EKS tells one of a managed node group, capped at 110 below 31 vCPUs and 250 from there (None: vCPUs not known).
    `kubelet`: the one in force. `bound_by` says which limit that is.
    """

    cni: int
    nodeadm: int
    eks: int | None
    kubelet: int
    bound_by: Literal["kubelet", "addresses"]


@dataclass(frozen=True, slots=True)
class NodeUse:
    """`nodes` of a group that run `pods` each, and what one of them holds."""

    group: str
    instance_type: str
    nodes: int
    pods: int
    holding: Holding
    max_pods: MaxPods
    idle: int
    """Addresses of one node that no pod can ever use: above the kubelet's limit."""
    network_addresses: int
    """What one node's extra networks take."""
    branch_addresses: int
    """What one node's trunk and branch interfaces take."""
    card_addresses: int = 0
    """What the VPC CNI keeps for one node on further network cards (ENABLE_MULTI_NIC)."""

    @property
    def taken(self) -> int:
        """What one node takes of subnets in all."""
        return self.holding.taken + self.network_addresses + self.branch_addresses + self.card_addresses


class Risk(StrEnum):
    """That no free /28 is found although there are addresses enough."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"
    CERTAIN = "certain"
    UNKNOWN = "unknown"
    """Which addresses are in use is not known."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Aligned /28s of a subnet. `free`: wholly free today, outside `explicit` reservations, from which EC2 takes none
    by itself; where it is not known which addresses are in use, as many as there are at most. `reserved`: those of them
    in `prefix` reservations, which single addresses cannot scatter over; where there are such reservations EC2 takes
    prefixes from nowhere else. `wanted`: prefixes that the fleet takes, the surge's too. `expected`: free ones that are
    likely left for prefixes once the fleet's single addresses lie where EC2 put them."""

    free: int
    reserved: int
    wanted: int
    expected: int
    risk: Risk


@dataclass(frozen=True, slots=True)
class SubnetUse:
    """Addresses of a subnet. `usable`: without AWS's five. `used`: by others. `nodes`: the nodes' own addresses;
    `pods`: ENIs and addresses of the VPC CNI, branch interfaces included; `networks`: extra networks; `surge`: what
    comes in addition while groups are replaced, counted nowhere else. `left` may be negative: then it does not fit."""

    name: str
    zone: str
    usable: int
    used: int
    nodes: int
    pods: int
    networks: int
    surge: int
    blocks: Blocks

    @property
    def taken(self) -> int:
        """At the height of the surge."""
        return self.used + self.nodes + self.pods + self.networks + self.surge

    @property
    def left(self) -> int:
        return self.usable - self.taken


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends a growth: the resource, where (a subnet's or a node group's name), and how many more of what grows
    there is room for until then. `more` None: nothing ends it within the bounds that were looked at."""

    resource: Resource | None
    where: str
    more: int | None


@dataclass(frozen=True, slots=True)
class Shortage:
    """What does not fit: `missing` of a `unit`, at a subnet or a node group. A prefix is a free aligned /28, a pod one
    that has no address, no branch interface or no place on its node. The sentence says what to do."""

    where: str
    missing: int
    unit: Literal["addresses", "prefixes", "pods"]
    sentence: str


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """The fleet at `scale` times its nodes: addresses taken of each subnet."""

    scale: float
    nodes: int
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that would help. `saves`: addresses over the whole fleet (negative: it takes more). `calls`: EC2 calls
    of one node that goes from no pods to its own and back, before and after. `settings`: what to set, as environment of
    aws-node."""

    kind: Literal["warm targets", "prefixes", "custom networking", "subnet discovery", "pod CIDR", "max pods"]
    sentence: str
    saves: int = 0
    calls: tuple[int, int] | None = None
    settings: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """`more_nodes`: for each group alone, and under ALL; `more_pods`: pods more on every
    node that can take them, nodes as they are."""

    nodes: tuple[NodeUse, ...]
    subnets: tuple[SubnetUse, ...]
    shortages: tuple[Shortage, ...]
    more_nodes: Mapping[str, Limit]
    more_pods: Limit
    growth: tuple[GrowthPoint, ...]
    advice: tuple[Advice, ...]

    @property
    def fits(self) -> bool:
        return not self.shortages
