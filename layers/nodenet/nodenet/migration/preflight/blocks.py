"""Arithmetic of IPv4 blocks as a preflight needs it."""

from collections.abc import Iterable
from ipaddress import IPv4Network


def block(text: str) -> IPv4Network | None:
    """The block; None for anything else: a prefix list, an IPv6 block, what is malformed."""
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def blocks(texts: Iterable[str]) -> tuple[IPv4Network, ...]:
    """Those of them that are IPv4 blocks."""
    return tuple(found for each in texts if (found := block(each)))


def overlapping(one: IPv4Network, others: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    return tuple(each for each in others if one.overlaps(each))


def covered(one: IPv4Network, by: Iterable[IPv4Network]) -> bool:
    """Whether one of them holds all of it."""
    return any(one.subnet_of(each) for each in by)


def names_only_old(named: Iterable[str], old: Iterable[IPv4Network], new: Iterable[IPv4Network]) -> bool:
    """Whether blocks name an old range, wholly or in part, and leave out some of the new: what held for pods there
    would not hold for them here. 0.0.0.0/0 names both."""
    found = blocks(named)
    return any(overlapping(each, found) for each in old) and not all(covered(each, found) for each in new)
