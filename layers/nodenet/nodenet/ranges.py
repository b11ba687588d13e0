"""Ranges of addresses: from a first to a last, of one family."""

import contextlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from typing import Final, Literal, Self

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network
type Family = Literal["ipv4", "ipv6"]

PREFIX_LENGTH: Final = {4: 28, 6: 80}
"""Of the prefixes that EC2 assigns to interfaces ("Assigning prefixes to network interfaces", EC2 User Guide)."""

PREFIX_SIZE: Final = {4: 1 << 4, 6: 1 << 48}
"""How many addresses such a prefix holds."""


@dataclass(frozen=True, slots=True)
class AddressRange:
    """`first` to `last`, both included, of one family; ordered by family and place. ValueError where they are not."""

    first: Address
    last: Address

    def __post_init__(self) -> None:
        if self.first.version != self.last.version:
            raise ValueError(f"{self.first} and {self.last} are of different families")
        if int(self.first) > int(self.last):
            raise ValueError(f"{self.first} comes after {self.last}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10.0.4.32-10.0.4.223`, `10.0.4.32/27` or a single address; ValueError for anything else."""
        first, dash, last = (part.strip() for part in text.partition("-"))
        if dash:
            return cls(ip_address(first), ip_address(last))
        return cls.of(ip_network(text.strip()))

    @classmethod
    def of(cls, network: Network) -> Self:
        """All addresses of a CIDR block."""
        return cls(network[0], network[-1])

    @property
    def version(self) -> Literal[4, 6]:
        return self.first.version

    @property
    def family(self) -> Family:
        return "ipv4" if self.version == 4 else "ipv6"

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return int(self.last) - int(self.first) + 1

    @property
    def addresses(self) -> Iterator[Address]:
        return (self.first + number for number in range(self.size))

    @property
    def cidrs(self) -> tuple[Network, ...]:
        """The fewest CIDR blocks that are exactly this range, in order."""
        if isinstance(self.first, IPv4Address) and isinstance(self.last, IPv4Address):
            return tuple(summarize_address_range(self.first, self.last))
        assert isinstance(self.first, IPv6Address)
        assert isinstance(self.last, IPv6Address)
        return tuple(summarize_address_range(self.first, self.last))

    @property
    def prefixes(self) -> tuple[Network, ...]:
        """The range as prefixes that EC2 assigns; empty where it is not made of whole ones."""
        size = PREFIX_SIZE[self.version]
        if int(self.first) % size or self.size % size:
            return ()
        length = PREFIX_LENGTH[self.version]
        return tuple(ip_network((self.first + start, length)) for start in range(0, self.size, size))

    def slices(self, size: int) -> Iterator[Self]:
        """The aligned slices of `size` addresses (a power of two) that lie wholly in the range, in order."""
        return (self.slice(size, number) for number in range(self.slice_count(size)))

    def slice_count(self, size: int) -> int:
        """How many these are."""
        return max(0, (int(self.last) + 1) // size - -(-int(self.first) // size))

    def slice(self, size: int, number: int) -> Self:
        """The one of this number, from 0."""
        start = (-(-int(self.first) // size) + number) * size - int(self.first)
        return type(self)(self.first + start, self.first + (start + size - 1))

    def shared(self, other: "AddressRange") -> "AddressRange | None":
        """What both hold."""
        if not self.overlaps(other):
            return None
        return AddressRange(max(self.first, other.first, key=int), min(self.last, other.last, key=int))

    def overlaps(self, other: "AddressRange") -> bool:
        return (
            self.version == other.version and int(self.first) <= int(other.last) and int(other.first) <= int(self.last)
        )

    def __contains__(self, other: "Address | AddressRange") -> bool:
        first, last = (other.first, other.last) if isinstance(other, AddressRange) else (other, other)
        return self.version == first.version and int(self.first) <= int(first) and int(last) <= int(self.last)

    def __lt__(self, other: "AddressRange") -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[int, int, int]:
        return self.version, int(self.first), int(self.last)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def merged(ranges: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """The fewest ranges that hold exactly the addresses of these, in order."""
    found: list[AddressRange] = []
    for each in sorted(ranges):
        last = found[-1] if found else None
        if last and last.version == each.version and int(each.first) <= int(last.last) + 1:
            found[-1] = AddressRange(last.first, max(last.last, each.last, key=int))
        else:
            found.append(each)
    return tuple(found)


class RangeSet:
    """Many ranges, quick to ask: a look takes as long as a binary search."""

    def __init__(self, ranges: Iterable[AddressRange]) -> None:
        self._merged = merged(ranges)

    def meets(self, one: AddressRange) -> bool:
        """Whether some address of `one` is in the set."""
        place = bisect_right(self._merged, (one.version, int(one.last)), key=_beginning) - 1
        return place >= 0 and self._merged[place].overlaps(one)

    def parts_in(self, one: AddressRange) -> Iterator[AddressRange]:
        """The parts of `one` that are in the set, in order."""
        place = max(0, bisect_right(self._merged, (one.version, int(one.first)), key=_beginning) - 1)
        for each in self._merged[place:]:
            if _beginning(each) > (one.version, int(one.last)):
                return
            if shared := each.shared(one):
                yield shared


def _beginning(each: AddressRange) -> tuple[Literal[4, 6], int]:
    return each.version, int(each.first)


def named_in(text: str) -> tuple[AddressRange, ...]:
    """The addresses and CIDR blocks that stand in a sentence, such as an error message of AWS's."""
    found: list[AddressRange] = []
    for word in re.findall(r"[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*(?:/\d+)?", text):
        with contextlib.suppress(ValueError):
            found.append(AddressRange.parse(word.rstrip(".:")))
    return tuple(found)
