"""What a network is beside its interfaces and addresses, as a pydantic model: its link, and ways beyond its subnet."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from nodenet.configuration.values import route
from nodenet.documents.part import Part, TagKey, TagValue

EGRESS_ONLY_GATEWAY: Final = "^(auto|eigw-([0-9a-f]{8}|[0-9a-f]{17}))$"
NAT_GATEWAY: Final = "^(auto|nat-([0-9a-f]{8}|[0-9a-f]{17}))$"
ADDRESS_POOL: Final = "^(amazon|ipv4pool-ec2-[0-9a-f]{8,17})$"

SMALLEST_MTU: Final = 1280
"""IPv6 asks this of every link (RFC 8200, 5)."""

LARGEST_MTU: Final = 9001
"""A VPC's jumbo frames (EC2 User Guide, "Network maximum transmission unit (MTU) for your EC2 instance")."""


def _refuse_macvlan(plugin: Any) -> Any:
    """EC2 knows an interface by its one MAC address (EC2 API reference, NetworkInterface); ipvlan children share it.

    AWS for Industries, "Automated IP address management for Multus Workers and Pods"; Docker's manual, "Macvlan
    network driver": most clouds block it.
    """
    if plugin == "macvlan":
        raise ValueError("not macvlan: EC2 delivers frames for one MAC address per interface; use ipvlan")
    return plugin


Route = Annotated[StrictStr, AfterValidator(route)]


class Link(Part):
    """The network's link on the node, and how pods get theirs from it."""

    plugin: Annotated[Literal["ipvlan", "host-device"], BeforeValidator(_refuse_macvlan)] = "ipvlan"
    """The CNI plugin: ipvlan shares the link between pods, host-device gives it to one."""

    mode: Literal["l2", "l3"] | None = None
    """Of ipvlan: l2 unless said otherwise."""

    mtu: Annotated[StrictInt, Field(ge=SMALLEST_MTU, le=LARGEST_MTU)] | None = None
    """MTU of the link and of pods' links. Left out, the driver's stays."""

    rename: StrictBool = False
    """Whether the link is renamed to the network's name. Else it gets the name as an alternative one."""


class PublicAddresses(Part):
    """Elastic IPs for floating IPv4 addresses: allocated ones with these tags, or new ones from this pool."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    tags: Annotated[dict[TagKey, TagValue], Field(min_length=1)] | None = None
    """Tags that all Elastic IPs to be used carry."""

    pool: Annotated[StrictStr, Field(pattern=ADDRESS_POOL)] | None = None
    """Id of a public IPv4 pool to allocate Elastic IPs from, or `amazon`."""


class Ipv6Egress(Part):
    """How pods with IPv6 addresses reach what lies outside the VPC."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    egress_only_gateway: Annotated[StrictStr, Field(pattern=EGRESS_ONLY_GATEWAY)] | None = None
    """Id of the egress-only internet gateway that IPv6 leaves by; `auto`: the VPC's only one."""

    nat_gateway: Annotated[StrictStr, Field(pattern=NAT_GATEWAY)] | None = None
    """Id of the NAT gateway by which IPv4 is reached through DNS64; `auto`: the one in the subnet's zone."""
