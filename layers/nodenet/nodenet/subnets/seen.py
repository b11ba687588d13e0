"""Subnets, with what is in them and around them, as EC2 shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nodenet.ranges import AddressRange

type Kind = Literal["explicit", "prefix"]
"""Of a reservation: EC2 takes no address of it by itself; or only prefixes that it is asked for by count.

VPC User Guide, "Subnet CIDR reservations".
"""


@dataclass(frozen=True, slots=True)
class SubnetState:
    """A subnet. `blocks` are its CIDR blocks, of one or both families."""

    id: str
    zone: str
    vpc_id: str
    blocks: tuple[AddressRange, ...]
    dns64: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_ipv6(self) -> bool:
        return any(block.version == 6 for block in self.blocks)

    def __contains__(self, addresses: AddressRange) -> bool:
        return any(addresses in block for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A subnet CIDR reservation. It can be made and deleted, but not changed."""

    id: str
    subnet_id: str
    kind: Kind
    block: AddressRange
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occupant:
    """An ENI, whoever's, with all that it holds of its subnet; `primary` is its own IPv4 address, if it has one.

    `owner` says whose it is: an instance, a service, nobody. `first_of` is the instance whose primary interface it is.
    """

    id: str
    subnet_id: str
    description: str
    owner: str
    primary: AddressRange | None = None
    singles: tuple[AddressRange, ...] = ()
    prefixes: tuple[AddressRange, ...] = ()
    first_of: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """`destination` is a CIDR block in its shortest form; a blackhole's target is gone, or not ready."""

    destination: str
    target: str
    blackhole: bool = False


@dataclass(frozen=True, slots=True)
class RouteTable:
    """`subnet_ids` are associated explicitly; a VPC's main table serves all subnets that no table is associated with.

    VPC User Guide, "Subnet route tables".
    """

    id: str
    vpc_id: str
    main: bool
    subnet_ids: frozenset[str]
    routes: tuple[Route, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EgressOnlyGateway:
    """An egress-only internet gateway, attached to the VPC."""

    id: str
    vpc_id: str


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway. `zone` is empty where it serves all zones of its VPC (a regional one)."""

    id: str
    vpc_id: str
    zone: str
    available: bool = True
    public: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a plan is made of.

    `nodes` are the instances with a primary interface in these subnets that are some cluster's nodes. Where an egress
    is asked for, `subnets` holds all subnets of the VPC.
    """

    subnets: Mapping[str, SubnetState]
    reservations: tuple[Reservation, ...] = ()
    occupants: tuple[Occupant, ...] = ()
    nodes: frozenset[str] = frozenset()
    tables: tuple[RouteTable, ...] = ()
    egress_only_gateways: tuple[EgressOnlyGateway, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
