"""Ranges of addresses: from a first to a last, of one family."""

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
        start = -(-int(self.first) // size) * size
        while start + size - 1 <= int(self.last):
            yield type(self)(self.first + (start - int(self.first)), self.first + (start + size - 1 - int(self.first)))
            start += size

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
