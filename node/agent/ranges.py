"""Ranges of addresses, as CNI's host-local and the kernel's rules want them."""

from __future__ import annotations

from collections.abc import Iterable
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
from typing import Union

Address = Union[IPv4Address, IPv6Address]
Block = Union[IPv4Network, IPv6Network]


@dataclass(frozen=True)
class Range:
    """`first` to `last`, both included, of one family."""

    first: Address
    last: Address

    @classmethod
    def parse(cls, text: str) -> Range:
        """Of `10.0.4.224-10.0.4.250`, `10.0.4.32/28` or one address; ValueError for anything else."""
        first, dash, last = (part.strip() for part in text.partition("-"))
        if not dash:
            block = ip_network(first)
            return cls(block[0], block[-1])
        found = cls(ip_address(first), ip_address(last))
        if found.first.version != found.last.version or int(found.first) > int(found.last):
            raise ValueError(f"{text} is not a range")
        return found

    @property
    def size(self) -> int:
        return int(self.last) - int(self.first) + 1

    @property
    def blocks(self) -> list[Block]:
        """The fewest CIDR blocks that are exactly this range."""
        return list(summarize_address_range(self.first, self.last))

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def runs(addresses: Iterable[str]) -> tuple[Range, ...]:
    """The fewest ranges that hold exactly these addresses of one family, in order."""
    found: list[Range] = []
    for address in sorted(set(map(ip_address, addresses)), key=int):
        if found and int(found[-1].last) + 1 == int(address):
            found[-1] = Range(found[-1].first, address)
        else:
            found.append(Range(address, address))
    return tuple(found)
