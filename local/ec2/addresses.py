"""Which addresses of a subnet may be given out: arithmetic over one CIDR block, IPv4 or IPv6.

Sources: VPC User Guide, "Subnet sizing" (the first four addresses and the last are AWS's) and "Subnet CIDR
reservations"; EC2 User Guide, "Prefix delegation for Amazon EC2 network interfaces" (/28 and /80).
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from local.ec2 import errors

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Span = tuple[int, int]

PREFIX_LENGTH = {4: 28, 6: 80}


@dataclass(frozen=True)
class Reservation:
    """A subnet CIDR reservation: EC2 takes no address from it by itself, and prefixes from `prefix` ones only."""

    cidr: Network
    kind: Literal["prefix", "explicit"]


class Block:
    """A CIDR block of a subnet as it stands: `taken` are the addresses and prefixes that interfaces have."""

    def __init__(
        self, network: Network, taken: Iterable[Address | Network] = (), reservations: Iterable[Reservation] = ()
    ) -> None:
        self._network = network
        self._whole = _span(network)
        first, last = self._whole
        self._kept = [(first, first + 3), (last, last)]
        self._taken = _merged(_span(block) for block in taken)
        self._reservations = [one for one in reservations if one.cidr.version == network.version]

    @property
    def free(self) -> int:
        """How many addresses DescribeSubnets calls available: neither AWS's, nor taken, nor set aside for prefixes."""
        gone = _merged([*self._kept, *self._taken, *self._set_aside("prefix")])
        return self._network.num_addresses - sum(last - first + 1 for first, last in gone)

    def check_room(self, addresses: int, prefixes: int) -> None:
        """Refuses prefixes, with InvalidParameterValue, where the IPv4 block has fewer addresses than they need.

        What AWS's support told cilium's users (cilium/cilium pull request 31016): this where the request exceeds the
        addresses left in the subnet, InsufficientCidrBlocks where they are there but in pieces.
        """
        if prefixes and self._network.version == 4:
            left = sum(last - first + 1 for first, last in _gaps([self._whole], [*self._kept, *self._taken]))
            if addresses + prefixes * 16 > left:
                raise errors.no_free_addresses_or_prefixes()

    def check(self, wanted: Address | Network) -> None:
        """Refuses, with InvalidParameterValue, what lies outside the block or touches the five addresses of AWS."""
        span = _span(wanted)
        if wanted.version != self._network.version or not _inside(span, self._whole):
            raise errors.outside_subnet(wanted)
        if any(_overlap(span, kept) for kept in self._kept):
            raise errors.reserved_by_aws(wanted)

    def take(self, blocks: Iterable[Address | Network]) -> None:
        """Counts `blocks` as taken from now on."""
        self._taken = _merged([*self._taken, *(_span(block) for block in blocks)])

    def is_taken(self, wanted: Address | Network) -> bool:
        span = _span(wanted)
        return any(_overlap(span, taken) for taken in self._taken)

    def next_addresses(self, count: int) -> list[Address]:
        """The lowest `count` addresses that are free and in no reservation, else InsufficientFreeAddressesInSubnet."""
        found: list[Address] = []
        for first, last in _gaps([self._whole], [*self._kept, *self._taken, *self._set_aside("prefix", "explicit")]):
            needed = count - len(found)
            found.extend(self._address(number) for number in range(first, min(last, first + needed - 1) + 1))
            if len(found) == count:
                return found
        if count:
            raise errors.no_free_addresses()
        return found

    def next_prefixes(self, count: int) -> list[Network]:
        """The lowest `count` free aligned prefixes, else InsufficientCidrBlocks.

        They come from the subnet's `prefix` reservations, or from its unreserved part where it has none.
        """
        windows = self._set_aside("prefix")
        busy = [*self._kept, *self._taken]
        if not windows:
            windows, busy = [self._whole], [*busy, *self._set_aside("explicit")]
        length = PREFIX_LENGTH[self._network.version]
        size = 1 << (self._network.max_prefixlen - length)
        found: list[Network] = []
        for first, last in _gaps(windows, busy):
            start = -(-first // size) * size
            while start + size - 1 <= last and len(found) < count:
                found.append(ipaddress.ip_network((self._address(start), length)))
                start += size
        if len(found) < count:
            raise errors.no_free_prefixes()
        return found

    def _set_aside(self, *kinds: str) -> list[Span]:
        return [_span(one.cidr) for one in self._reservations if one.kind in kinds]

    def _address(self, number: int) -> Address:
        return ipaddress.IPv4Address(number) if self._network.version == 4 else ipaddress.IPv6Address(number)


def parse_address(text: str) -> Address:
    """An address as a request names it; InvalidParameterValue when it is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise errors.invalid_value(f"invalid value for parameter address: {text}") from None


def parse_prefix(text: str, version: Literal[4, 6]) -> Network:
    """A prefix as a request names it; InvalidParameterValue unless it is an aligned /28 or /80."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise errors.invalid_value(f"Value ({text}) for a prefix is invalid: it is no CIDR block") from None
    if network.version != version or network.prefixlen != PREFIX_LENGTH[version]:
        raise errors.invalid_value(f"Value ({text}) for a prefix is invalid: it must be a /{PREFIX_LENGTH[version]}")
    return network


def _span(block: Address | Network) -> Span:
    if isinstance(block, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return int(block), int(block)
    return int(block.network_address), int(block.broadcast_address)


def _inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _gaps(windows: Sequence[Span], busy: Sequence[Span]) -> Iterator[Span]:
    blocked = _merged(busy)
    for first, last in sorted(windows):
        start = first
        for begin, end in blocked:
            if end < start or begin > last:
                continue
            if begin > start:
                yield start, begin - 1
            start = end + 1
        if start <= last:
            yield start, last
