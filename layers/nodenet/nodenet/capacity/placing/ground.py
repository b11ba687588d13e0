"""A subnet before the fleet comes: its free addresses, and the aligned /28s among them that are wholly free.

What EC2 gives by itself ("Subnet CIDR reservations", VPC User Guide; "Prefix delegation for Amazon EC2 network
interfaces", EC2 User Guide): single addresses from outside all reservations; prefixes from `prefix` reservations where
the subnet has any, else from outside all; nothing from `explicit` ones, which are for addresses that are named, as
nodenet names those of its networks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network
from itertools import pairwise

from nodenet.capacity.fleet import RESERVED_BY_AWS, Subnet
from nodenet.capacity.shape import PREFIX_ADDRESSES

type _Span = tuple[int, int]
"""From a first address to below a second."""


@dataclass(frozen=True, slots=True)
class Room:
    """Free addresses of a part of a subnet, and the aligned /28s among them that are wholly free."""

    addresses: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Ground:
    """The room outside reservations, in `prefix` and in `explicit` ones; `prefix` None where there is no such
    reservation. Of the `used` addresses `unknown` lie nobody knows where: `open` is what is left of the `pristine` room
    where they lie outside reservations and break as few /28s as they can."""

    usable: int
    used: int
    unknown: int
    pristine: Room
    open: Room
    prefix: Room | None
    explicit: Room


def survey(subnet: Subnet) -> Ground:
    """The ground of a subnet; remembered, since plans are made over the same subnets again and again."""
    return _survey(_Same(subnet))


class _Same:
    """A subnet as a key, by identity: to hash one with thousands of occupied ranges takes long."""

    __slots__ = ("subnet",)

    def __init__(self, subnet: Subnet) -> None:
        self.subnet = subnet

    def __hash__(self) -> int:
        return id(self.subnet)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.subnet is other.subnet


@lru_cache(maxsize=4096)
def _survey(same: _Same) -> Ground:
    subnet = same.subnet
    first = int(subnet.cidr.network_address) if subnet.cidr else 0
    whole = (first, first + subnet.size)
    busy = [(first, first + RESERVED_BY_AWS - 1), (whole[1] - 1, whole[1])]
    busy += [(int(each.first), int(each.last) + 1) for each in subnet.occupied or ()]
    prefix = [_span(each.block) for each in subnet.reservations if each.kind == "prefix"]
    explicit = [_span(each.block) for each in subnet.reservations if each.kind == "explicit"]
    pristine = _room([whole], [*busy, *prefix, *explicit])
    unknown = subnet.used if subnet.occupied is None else 0
    return Ground(
        usable=subnet.size - RESERVED_BY_AWS,
        used=subnet.used,
        unknown=unknown,
        pristine=pristine,
        open=_without(pristine, unknown),
        prefix=_room(prefix, busy) if prefix else None,
        explicit=_room(explicit, busy),
    )


def _without(room: Room, addresses: int) -> Room:
    """The same where so many more are taken, first of all those that lie in no free /28."""
    loose = room.addresses - PREFIX_ADDRESSES * room.blocks
    broken = -(-max(0, addresses - loose) // PREFIX_ADDRESSES)
    return Room(max(0, room.addresses - addresses), max(0, room.blocks - broken))


def _room(parts: Iterable[_Span], busy: Iterable[_Span]) -> Room:
    addresses = blocks = 0
    for first, end in _gaps(sorted(parts), sorted(busy)):
        addresses += end - first
        blocks += max(0, end // PREFIX_ADDRESSES - -(-first // PREFIX_ADDRESSES))
    return Room(addresses, blocks)


def _gaps(parts: Iterable[_Span], busy: list[_Span]) -> Iterator[_Span]:
    """What of the parts is not busy."""
    ends = _merged(busy)
    for first, end in parts:
        here = [(max(one, first), min(other, end)) for one, other in ends if one < end and first < other]
        for (_, one), (other, _) in pairwise([(first, first), *here, (end, end)]):
            if one < other:
                yield one, other


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    found: list[_Span] = []
    for first, end in spans:
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def _span(block: IPv4Network) -> _Span:
    return int(block.network_address), int(block.broadcast_address) + 1
