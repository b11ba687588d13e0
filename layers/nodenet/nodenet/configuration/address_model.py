"""How a network's pods get addresses, as a pydantic model: one plan for each family."""

from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from nodenet.configuration.address_fields import (
    FALLBACKS,
    FAMILIES,
    FLOATING,
    ONE,
    PLAIN,
    PLANS,
    PREFIXES,
    SEVERAL,
    SINGLES,
    SLICE,
    Ipv4Blocks,
    Ipv4Range,
    Ipv4SliceSize,
    Ipv4Slots,
    Ipv6Blocks,
    Ipv6Range,
    Ipv6SliceSize,
    Ipv6Slots,
    how_many,
    one_kind,
    some_family,
    which_fallback,
    which_plan,
)
from nodenet.documents.part import Part


class Singles[Slots](Part):
    addresses: Slots
    """How many addresses each interface gets. Each takes one of its address slots."""


class Slice[Size, Range](Part):
    size: Size = Field(alias="slice")
    """How many addresses a slice has: a power of two, or a prefix length such as /28 (IPv4) or /80 (IPv6)."""

    ranges: Annotated[
        Annotated[Range, Tag(ONE)] | Annotated[tuple[Range, ...], Field(min_length=1), Tag(SEVERAL)],
        Discriminator(how_many),
    ] = Field(alias="from")
    """Ranges that slices are cut from, such as 10.0.4.32-10.0.4.223. Each zone needs one, within its subnet."""


class Prefixes[Slots, Blocks, OneByOne, OfRanges](Part):
    count: Slots = Field(alias="prefixes")
    """How many prefixes each interface gets. Each takes one of its address slots."""

    otherwise: Annotated[
        Annotated[Literal["fail"], Tag(PLAIN)] | Annotated[OneByOne, Tag(SINGLES)] | Annotated[OfRanges, Tag(SLICE)],
        Discriminator(which_fallback),
        BeforeValidator(partial(one_kind, FALLBACKS, "fail")),
    ] = "fail"
    """What to do where the subnet has no contiguous block left, or the instance type takes no prefixes."""

    reserve: tuple[Blocks, ...] = ()
    """Blocks that the subnets keep for prefixes once they are prepared, each made of whole prefixes."""


class Floating[Range](Part):
    ranges: Annotated[
        Annotated[Range, Tag(ONE)] | Annotated[tuple[Range, ...], Field(min_length=1), Tag(SEVERAL)],
        Discriminator(how_many),
    ] = Field(alias="floating")
    """Ranges of the addresses that pods may claim. Which pod has which, the user's own IPAM says."""


class Ipv4Singles(Singles[Ipv4Slots]):
    """EC2 chooses secondary addresses, one by one."""


class Ipv6Singles(Singles[Ipv6Slots]):
    """EC2 chooses addresses, one by one."""


class Ipv4Slice(Slice[Ipv4SliceSize, Ipv4Range]):
    """Each interface gets a slice of declared ranges: contiguous, aligned, and known beforehand."""


class Ipv6Slice(Slice[Ipv6SliceSize, Ipv6Range]):
    """Each interface gets a slice of declared ranges: contiguous, aligned, and known beforehand."""


class Ipv4Prefixes(Prefixes[Ipv4Slots, Ipv4Blocks, Ipv4Singles, Ipv4Slice]):
    """EC2 chooses /28 prefixes, of 16 addresses each. Nitro instance types only."""


class Ipv6Prefixes(Prefixes[Ipv6Slots, Ipv6Blocks, Ipv6Singles, Ipv6Slice]):
    """EC2 chooses /80 prefixes. Nitro instance types only."""


class Ipv4Floating(Floating[Ipv4Range]):
    """Addresses that belong to pods and move with them."""


class Ipv6Floating(Floating[Ipv6Range]):
    """Addresses that belong to pods and move with them."""


class Families(Part):
    """The plan of each family. A family that is left out has none."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    ipv4: Annotated[
        Annotated[Literal["none"], Tag(PLAIN)]
        | Annotated[Ipv4Prefixes, Tag(PREFIXES)]
        | Annotated[Ipv4Slice, Tag(SLICE)]
        | Annotated[Ipv4Floating, Tag(FLOATING)],
        Discriminator(which_plan),
        BeforeValidator(partial(one_kind, PLANS, "none")),
    ] = "none"
    """How pods get IPv4 addresses: `prefixes`, `slice` or `floating`."""

    ipv6: Annotated[
        Annotated[Literal["none"], Tag(PLAIN)]
        | Annotated[Ipv6Prefixes, Tag(PREFIXES)]
        | Annotated[Ipv6Slice, Tag(SLICE)]
        | Annotated[Ipv6Floating, Tag(FLOATING)],
        Discriminator(which_plan),
        BeforeValidator(partial(one_kind, PLANS, "none")),
    ] = "none"
    """How pods get IPv6 addresses: `prefixes`, `slice` or `floating`."""


def _which(addresses: object) -> str:
    return FAMILIES if isinstance(addresses, dict | Families) else PLAIN


Addresses = Annotated[
    Annotated[Literal["none"], Tag(PLAIN)] | Annotated[Families, Tag(FAMILIES)],
    Discriminator(_which),
    BeforeValidator(some_family),
]
