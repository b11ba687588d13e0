"""The plan's document as a pydantic model: what each field is, its default, and the rules of its own.

What only several fields together show is in `checks`; what only an instance type's limits show, in `nodes`. The
descriptions here become the JSON Schema's.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, PrivateAttr, StrictBool, StrictInt, StrictStr, Tag

from nodenet.capacity.document.fields import (
    CLUSTER,
    COUNTS,
    MOST_CARDS,
    PLAIN,
    Block,
    EniConfigs,
    Environment,
    Length,
    Name,
    Names,
    Occupied,
    ReservedBlock,
    Share,
    SliceSize,
    Slots,
)
from nodenet.capacity.document.group_model import NodeGroup
from nodenet.documents.lines import Lines
from nodenet.documents.part import Part


class Reservation(Part):
    """A CIDR reservation of a subnet."""

    cidr: ReservedBlock
    """Its block, inside the subnet's."""

    type: Literal["prefix", "explicit"]
    """`prefix`: EC2 takes prefixes from it. `explicit`: EC2 takes nothing from it by itself."""


class Subnet(Part):
    """A subnet that nodes or their pods use."""

    name: Name
    """Any name, or the subnet's id."""

    zone: Name
    """Its availability zone."""

    cidr: Block | None = None
    """Its IPv4 block. Either this or `size`."""

    size: Length | None = None
    """Its size where the block is not known yet, by prefix length."""

    used: Annotated[StrictInt, Field(ge=0)] | None = None
    """How many addresses others than the nodes of this document have, AWS's five not counted."""

    occupied: tuple[Occupied, ...] | None = None
    """Which addresses these are, in place of `used`: it shows how fragmented the subnet is."""

    reservations: tuple[Reservation, ...] = ()
    """Its CIDR reservations."""

    cni: StrictBool | None = None
    """Its tag kubernetes.io/role/cni: true is 1, false is 0, left out is no tag."""

    @property
    def length(self) -> int:
        """The prefix length of its block."""
        assert self.cidr is not None or self.size is not None
        return self.cidr.prefixlen if self.cidr is not None else self.size or 0


class NetworkAddresses(Part):
    """What an interface of an extra network takes for pods: one of these."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    prefixes: Slots | None = None
    """So many /28 prefixes."""

    addresses: Slots | None = None
    """So many single addresses."""

    slice: SliceSize | None = None
    """A slice of so many contiguous addresses: a power of two, or a prefix length such as /28."""


def _which_addresses(addresses: Any) -> str:
    return COUNTS if isinstance(addresses, Mapping | NetworkAddresses) else PLAIN


class Network(Part):
    """An extra network, as nodenet makes them."""

    name: Name
    """The network's name."""

    subnets: Names
    """One subnet for each zone, by name."""

    interfaces: Annotated[StrictInt, Field(ge=1, lt=MOST_CARDS)] = 1
    """How many interfaces of this network a node gets."""

    addresses: Annotated[
        Annotated[Literal["none"], Tag(PLAIN)] | Annotated[NetworkAddresses, Tag(COUNTS)],
        Discriminator(_which_addresses),
    ] = "none"
    """What each interface takes beside its own address."""

    network_card: Annotated[StrictInt, Field(ge=0, lt=MOST_CARDS)] | None = None
    """Index of the network card. Left out, the instance type's default card."""


class Migration(Part):
    """Where the cluster is going: what holds for the nodes that a surge brings, and not for those there are."""

    cni: Environment = Field(default_factory=dict)
    """Variables of aws-node, laid over those of the document."""

    eni_configs: EniConfigs = Field(default_factory=dict)
    """ENIConfigs, laid over those of the document zone by zone."""


class PlanDocument(Part):
    """What a plan is for: subnets, node groups, extra networks, and how the VPC CNI is set."""

    cluster: Annotated[StrictStr, Field(pattern=CLUSTER, max_length=100)] | None = None
    """Name of the EKS cluster, for the reader."""

    vpc: tuple[Block, ...] = ()
    """The VPC's IPv4 blocks. Where they are given, every subnet must lie in one of them."""

    headroom: Annotated[Share, Field(json_schema_extra={"default": "20%"})] = 0.2
    """The part of each subnet that is to stay free."""

    cni: Environment = Field(default_factory=dict)
    """Environment of DaemonSet aws-node, laid over what AWS ships. Null takes away what AWS ships."""

    subnets: Annotated[tuple[Subnet, ...], Field(min_length=1)]
    """All subnets that are named anywhere, and those that subnet discovery may find."""

    eni_configs: EniConfigs = Field(default_factory=dict)
    """The subnets of the ENIConfigs by zone, one name or a list. They take part with custom networking only."""

    networks: tuple[Network, ...] = ()
    """Extra networks."""

    node_groups: Annotated[tuple[NodeGroup, ...], Field(min_length=1)]
    """The nodes."""

    migration: Migration | None = None
    """What is different for the nodes that a surge brings."""

    _lines: Lines = PrivateAttr(default_factory=Lines)

    @property
    def lines(self) -> Lines:
        """Where it stands in the text that it was read from."""
        return self._lines

    def remember(self, lines: Lines) -> None:
        """Keeps where it stands in its text. For whoever reads it alone."""
        self._lines = lines

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Every instance type that a group names, once, in order: to be asked from EC2 together."""
        named = (name for group in self.node_groups for name in (group.instance_type, *(group.instance_types or ())))
        return tuple(dict.fromkeys(name for name in named if name))
