"""The smallest CIDR blocks that pods need when they get subnets of their own: pure arithmetic.

Blocks of a VPC and subnets are /16 to /28 ("VPC CIDR blocks", "Subnet CIDR blocks", VPC User Guide).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Network
from itertools import count
from typing import Final

from nodenet.capacity.fleet import RESERVED_BY_AWS
from nodenet.capacity.shape import PREFIX_ADDRESSES

LARGEST: Final = 16
SMALLEST: Final = 28
"""Prefix lengths of the largest and of the smallest block."""

SHARED: Final = IPv4Network("100.64.0.0/10")
"""The shared address space of RFC 6598, which a VPC may have beside whatever its primary block is."""

_OWN: Final = tuple(IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16"))
"""Ranges that a VPC may add blocks of only where its primary block lies in the same one ("VPC CIDR blocks", the table
of restricted and permitted associations)."""

_AVOIDED: Final = tuple(
    IPv4Network(each) for each in ("10.0.0.0/15", "10.100.0.0/16", "172.17.0.0/16", "172.20.0.0/16", "172.31.0.0/16")
)
"""Refused in some VPCs (10.0.0.0/16 beside a block in 10.0.0.0/15, 172.31.0.0/16), what Docker takes (172.17.0.0/16),
and the two that EKS takes for services unless told otherwise (CreateCluster, serviceIpv4Cidr)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What pods of a zone take: `addresses` one by one, their ENIs' own included, and `prefixes` of sixteen."""

    addresses: int
    prefixes: int = 0

    @property
    def total(self) -> int:
        return self.addresses + PREFIX_ADDRESSES * self.prefixes


@dataclass(frozen=True, slots=True)
class PodCidr:
    """`subnets`: by zone, the prefix lengths of its subnets, all alike. `blocks`: those of blocks that hold them."""

    subnets: Mapping[str, tuple[int, ...]]
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlacedCidr:
    """The same, with addresses."""

    subnets: Mapping[str, tuple[IPv4Network, ...]]
    blocks: tuple[IPv4Network, ...]


def smallest_cidr(needs: Mapping[str, Need], headroom: float) -> PodCidr:
    """The smallest subnets in which each zone's pods fit while `headroom` of each (0 to below 1) stays free, and the
    smallest blocks that hold them. A zone gets one subnet, or as few as do where a /16 is not enough: ENIConfigs share
    the nodes out evenly, so all of one size. Zones without need are left out."""
    subnets = {zone: _of_zone(need, headroom) for zone, need in needs.items() if need.total}
    return PodCidr(subnets, _blocks(length for lengths in subnets.values() for length in lengths))


def holds(length: int, need: Need, headroom: float) -> bool:
    """Whether a subnet of this prefix length has room for the need while `headroom` of what AWS leaves stays free.

    Prefixes are aligned /28s, so the first and the last of a subnet, where AWS keeps addresses, hold none. Single
    addresses are taken to fill those two first and then as few others as they can: a `prefix` reservation sees to that.
    """
    size = 1 << (32 - length)
    most = (size - RESERVED_BY_AWS) * (1 - Fraction(headroom).limit_denominator(10_000))
    return need.total <= most and need.prefixes <= max(size // PREFIX_ADDRESSES - 2, 0)


def placed(wanted: PodCidr, vpc: Sequence[IPv4Network], known: Iterable[IPv4Network] = ()) -> PlacedCidr | None:
    """The blocks and subnets with addresses that a VPC with these blocks (the primary one first) may add, and that
    overlap neither them nor what else is `known`. Out of 100.64.0.0/10; where that is full, out of the primary block's
    own private range. None where there is no room."""
    taken = [(int(each[0]), int(each[-1])) for each in (*vpc, *known, *_AVOIDED)]
    spaces = (SHARED, *(own for own in _OWN if vpc and vpc[0].subnet_of(own)))
    blocks: list[IPv4Network] = []
    for length in wanted.blocks:
        found = next((first for space in spaces if (first := _first_free(space, length, taken)) is not None), None)
        if found is None:
            return None
        blocks.append(IPv4Network((found, length)))
        taken.append((int(blocks[-1][0]), int(blocks[-1][-1])))
    return PlacedCidr(_laid_out(wanted.subnets, blocks), tuple(blocks))


def _of_zone(need: Need, headroom: float) -> tuple[int, ...]:
    for subnets in count(1):
        share = Need(-(-need.addresses // subnets), -(-need.prefixes // subnets))
        for length in range(SMALLEST, LARGEST - 1, -1):
            if holds(length, share, headroom):
                return (length,) * subnets
    raise AssertionError("one subnet for each address holds any need")


def _blocks(lengths: Iterable[int]) -> tuple[int, ...]:
    """Powers of two, put in from the largest to the smallest, leave no gap: only the sum counts."""
    whole, rest = divmod(sum(1 << (32 - length) for length in lengths), 1 << (32 - LARGEST))
    return (LARGEST,) * whole + ((32 - (rest - 1).bit_length(),) if rest else ())


def _first_free(space: IPv4Network, length: int, taken: Sequence[tuple[int, int]]) -> int | None:
    size = 1 << (32 - length)
    at = int(space[0])
    while at + size - 1 <= int(space[-1]):
        in_the_way = [last for first, last in taken if first < at + size and at <= last]
        if not in_the_way:
            return at
        at = (max(in_the_way) // size + 1) * size
    return None


def _laid_out(
    subnets: Mapping[str, tuple[int, ...]], blocks: Sequence[IPv4Network]
) -> Mapping[str, tuple[IPv4Network, ...]]:
    by_size = sorted((length, zone) for zone, lengths in subnets.items() for length in lengths)
    firsts = _firsts((length for length, _ in by_size), blocks)
    found: dict[str, tuple[IPv4Network, ...]] = dict.fromkeys(subnets, ())
    for (length, zone), first in zip(by_size, firsts, strict=True):
        found[zone] += (IPv4Network((first, length)),)
    return found


def _firsts(lengths: Iterable[int], blocks: Sequence[IPv4Network]) -> Iterator[int]:
    rest = iter(blocks)
    at = end = 0
    for length in lengths:
        if at == end:
            block = next(rest)
            at, end = int(block[0]), int(block[-1]) + 1
        yield at
        at += 1 << (32 - length)
