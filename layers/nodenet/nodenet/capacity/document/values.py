"""Single values of a plan's document: blocks, sizes, shares, addresses.

Each reader takes what YAML gave and says what it means; ValueError, in words for the user, where that is nothing.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any, Final

from nodenet.configuration.values import address_range, slice_size
from nodenet.documents.paths import quoted
from nodenet.ranges import AddressRange

WIDEST: Final = 16
NARROWEST: Final = 28
"""Prefix lengths of a subnet's or VPC's block ("VPC CIDR blocks" and "Subnet CIDR blocks", VPC User Guide)."""

_ADDRESS: Final = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
BLOCK: Final = rf"^{_ADDRESS}/[0-9]{{1,2}}$"
OCCUPIED: Final = rf"^{_ADDRESS}(?:/[0-9]{{1,2}}| *- *{_ADDRESS})?$"
"""How they are written: Python would also take a netmask for the length, and spaces around."""

_LENGTH: Final = re.compile(r"/(1[6-9]|2[0-8])", re.ASCII)
_PART: Final = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,2})?)%", re.ASCII)
_SURGE: Final = re.compile(r"(?:[1-9][0-9]?|100)%", re.ASCII)


def block(value: Any) -> IPv4Network:
    """A VPC's or subnet's IPv4 block."""
    found = _block(value)
    if not WIDEST <= found.prefixlen <= NARROWEST:
        raise ValueError(f"{quoted(str(value))} has a size that no VPC has: /{WIDEST} to /{NARROWEST} are allowed")
    return found


def reserved_block(value: Any) -> IPv4Network:
    """The block of a subnet's CIDR reservation, of whatever size."""
    return _block(value)


def length(value: Any) -> int:
    """A subnet's size by its prefix length, such as `/23`."""
    if isinstance(value, str) and (found := _LENGTH.fullmatch(value)):
        return int(found[1])
    raise ValueError(f"must be a prefix length, /{WIDEST} to /{NARROWEST}")


def share(value: Any) -> float:
    """A part of a whole, such as `20%`: from 0 to below 1."""
    if isinstance(value, str) and (found := _PART.fullmatch(value)):
        return round(float(found[1]) / 100, 6)
    raise ValueError("must be a percentage from 0% to below 100%, such as 20%")


def share_written(value: float) -> str:
    return f"{round(value * 100, 2):g}%"


def occupied(value: Any) -> AddressRange:
    """Addresses that are in use: a range, a CIDR block or one address."""
    return _occupied(value) if isinstance(value, str) else address_range(value, "ipv4")


def slice_of(value: Any) -> int:
    """How many addresses a node's slice has, as in the configuration."""
    return slice_size(value, "ipv4")


def surge(value: Any) -> int | str:
    """How many nodes come while a group is replaced: a number, `33%` of its nodes, or `all`."""
    if value == "all" or (isinstance(value, str) and _SURGE.fullmatch(value)):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_NODES:
        return value
    raise ValueError(f"must be a number of nodes up to {MOST_NODES}, a percentage such as 33%, or all")


MOST_PODS: Final = 25_000
"""Of a node: more than any instance type has addresses for, prefixes on all its interfaces."""

MOST_NODES: Final = 1_000_000
"""Of a group: more than EKS ever ran, and few enough to count."""


def _block(value: Any) -> IPv4Network:
    if not isinstance(value, str):
        raise ValueError("must be a CIDR block, such as 10.0.0.0/23")
    try:
        found = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{quoted(value)} is no CIDR block, such as 10.0.0.0/23")
    if not isinstance(found, IPv4Network):
        raise ValueError(f"{quoted(value)} is of IPv6; the planner counts IPv4 addresses")
    if "/" not in value:
        raise ValueError(f"{quoted(value)} has no prefix length, such as 10.0.0.0/23")
    if value.partition("/")[0] != str(found[0]):
        raise ValueError(f"{quoted(value)} has bits beyond its prefix length; did you mean {found}?")
    if not re.fullmatch(BLOCK, value, re.ASCII):
        raise ValueError(f"{quoted(value)} is no CIDR block; did you mean {found}?")
    return found


@lru_cache(maxsize=1 << 16)
def _occupied(text: str) -> AddressRange:
    """The most usual writing at once, anything else with care. Cached, since they are many and each is asked twice."""
    first, dash, last = text.partition("-")
    try:
        beginning = IPv4Address(first)
        return AddressRange(beginning, IPv4Address(last) if dash else beginning)
    except ValueError:
        found = address_range(text, "ipv4")
    if not re.fullmatch(OCCUPIED, text, re.ASCII):
        raise ValueError(f"{quoted(text)} is no range of addresses; did you mean {found}?")
    return found
