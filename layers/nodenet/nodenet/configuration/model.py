"""The configuration document as a pydantic model: what each field is, its default, and the rules of its own.

What only several fields together show is in checks.py; what only EC2 knows, in resolution.py. The descriptions here
become the JSON Schema's.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    WithJsonSchema,
)

from nodenet.configuration import checks
from nodenet.configuration.address_model import Addresses
from nodenet.configuration.names import RESERVED_LINK, RESERVED_TAG, refuse_reserved_link, refuse_reserved_tag
from nodenet.configuration.network_model import Ipv6Egress, Link, PublicAddresses, Route
from nodenet.configuration.values import instance_type
from nodenet.documents.durations import DURATION, duration
from nodenet.documents.part import Part, TagKey, TagValue
from nodenet.documents.paths import quoted

CLUSTER: Final = "^[0-9A-Za-z][0-9A-Za-z_-]*$"
LINK: Final = "^[a-z]([a-z0-9-]*[a-z0-9])?$"
SUBNET: Final = "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$"
SECURITY_GROUP: Final = "^sg-([0-9a-f]{8}|[0-9a-f]{17})$"

MAXIMUM_TAGS: Final = 40
"""EC2 takes 50 tags on a resource (EC2 User Guide, "Tag restrictions"); ten are left to nodenet's own."""

LONGEST_DRAIN: Final = 16 * 3600
"""Seconds. The wait at a hook ends by itself after 100 times its heartbeat time-out, which is ten minutes for nodenet's
(LifecycleHook, GlobalTimeout, Auto Scaling API Reference): 16 h 40 min."""

DRAIN: Final = 900

IDS: Final = "<ids>"
SELECTOR: Final = "<selector>"
"""Names of the two ways to say subnets, as pydantic puts them into the place of an error."""

LinkName = Annotated[
    StrictStr,
    Field(pattern=LINK, max_length=15, json_schema_extra={"not": {"pattern": RESERVED_LINK}}),
    AfterValidator(refuse_reserved_link),
]
SubnetId = Annotated[StrictStr, Field(pattern=SUBNET)]
SecurityGroupId = Annotated[StrictStr, Field(pattern=SECURITY_GROUP)]
TagPattern = Annotated[StrictStr, Field(min_length=1, max_length=256)]
OwnTagKey = Annotated[
    TagKey, Field(json_schema_extra={"not": {"pattern": RESERVED_TAG}}), AfterValidator(refuse_reserved_tag)
]
TagPatterns = Annotated[dict[TagKey, TagPattern], Field(min_length=1)]


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(map(quoted, twice))}")
    return values


def _how(subnets: Any) -> str:
    return SELECTOR if isinstance(subnets, Mapping) else IDS


SubnetIds = Annotated[
    tuple[SubnetId, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True}), AfterValidator(_unique)
]
Subnets = Annotated[Annotated[SubnetIds, Tag(IDS)] | Annotated[TagPatterns, Tag(SELECTOR)], Discriminator(_how)]


class Network(Part):
    """An extra network that nodes may have."""

    name: LinkName
    """The network's name, which its link on the node bears too: 15 characters at most."""

    subnets: Subnets
    """One subnet for each zone: a list of subnet ids, or tags with wildcards (* and ?) that the subnets carry."""

    security_groups: Annotated[
        tuple[SecurityGroupId, ...],
        Field(min_length=1, max_length=5, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_unique),
    ]
    """Security groups of the interfaces. EC2 takes five per interface unless the quota is raised."""

    addresses: Addresses = "none"
    """How pods on the network get addresses: a plan for each family, or `none`."""

    routes: Annotated[tuple[Route, ...], Field(json_schema_extra={"uniqueItems": True})] = ()
    """CIDR blocks that pods reach through the network, beyond its subnet."""

    public_addresses: PublicAddresses | None = None
    """Elastic IPs for floating IPv4 addresses."""

    ipv6_egress: Ipv6Egress | None = None
    """How pods with IPv6 addresses reach what lies outside the VPC, once the subnets are prepared."""

    link: Link = Field(default_factory=Link)
    """The link on the node, and how pods get theirs from it."""

    tags: Annotated[dict[OwnTagKey, TagValue], Field(max_length=MAXIMUM_TAGS)] = Field(default_factory=dict)
    """Tags put on the interfaces besides nodenet's own."""

    source_dest_check: StrictBool = True
    """Whether EC2 drops what is neither from nor to an address of the interface."""

    network_card: Annotated[StrictInt, Field(ge=0, lt=checks.BEYOND_CARDS)] = 0
    """Index of the network card, on instance types with several."""

    interfaces: Annotated[StrictInt, Field(ge=1, lt=checks.BEYOND_CARDS)] = 1
    """How many interfaces of this network a node gets."""

    ena_queues: Annotated[StrictInt, Field(ge=1)] | None = None
    """ENA queues of each interface, on instance types with flexible ENA queues. Left out, EC2 decides."""

    retention: Literal["delete", "keep"] = "delete"
    """What becomes of the interfaces when the node goes: `keep` hands them, with their addresses, to the next node."""


class Drain(Part):
    """How a node is drained before it is terminated."""

    timeout: Annotated[
        int,
        BeforeValidator(duration),
        Field(ge=1, le=LONGEST_DRAIN),
        WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": DURATION}]}),
    ] = DRAIN
    """How long its pods may take to go, such as `15m`; at most `16h`. Then it is terminated with what is left."""


class NodeGroup(Part):
    """Nodes that get the same networks."""

    select: TagPatterns
    """Tags of the group's instances. Values may hold the wildcards * and ?; a node must carry all of the tags."""

    networks: Annotated[
        tuple[StrictStr, ...],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_unique),
    ]
    """Names of the networks that each node of the group gets."""

    instance_types: Annotated[
        tuple[Annotated[StrictStr, AfterValidator(instance_type)], ...],
        Field(json_schema_extra={"uniqueItems": True}),
        AfterValidator(_unique),
    ] = ()
    """Instance types that the group may have: what does not fit one of them is a mistake before any node launches."""

    on_failure: Literal["abandon", "continue"] = "abandon"
    """What becomes of a new node that cannot have its networks: replaced, or kept in service without them."""

    drain: Drain | None = None
    """Has nodes drained before they are terminated, by evictions under the budgets of disruptions."""


class Configuration(Part):
    """What nodenet does for one EKS cluster."""

    cluster: Annotated[StrictStr, Field(pattern=CLUSTER, max_length=100)]
    """Name of the EKS cluster."""

    networks: Annotated[tuple[Network, ...], Field(min_length=1)]
    """The extra networks, each with a name of its own."""

    node_groups: Annotated[tuple[NodeGroup, ...], Field(min_length=1)]
    """Which nodes get which networks. A node must match one group only."""

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but hardly meant: networks that no group uses, selectors that one node could match both."""
        return tuple(checks.warnings(self.model_dump(by_alias=True)))
