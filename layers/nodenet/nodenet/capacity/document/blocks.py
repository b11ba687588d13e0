"""Whether the subnets' blocks, and what lies in them, can be so in a VPC."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from nodenet.capacity.document.seen import Seen, SeenSubnet
from nodenet.capacity.document.tolerant import Placed
from nodenet.capacity.fleet import RESERVED_BY_AWS
from nodenet.documents.paths import written
from nodenet.documents.reading import Mistake
from nodenet.ranges import AddressRange


def mistakes(seen: Seen) -> Iterator[Mistake]:
    """Blocks that overlap or lie outside of what they belong to, and addresses that are more than there are."""
    yield from _overlaps(seen.vpc)
    blocks: list[Placed[IPv4Network]] = []
    for subnet in seen.subnets:
        path = (*subnet.path, "cidr")
        if subnet.cidr:
            blocks.append((path, subnet.cidr))
            if seen.vpc and not any(subnet.cidr.subnet_of(block) for _, block in seen.vpc):
                given = ", ".join(str(block) for _, block in seen.vpc)
                yield Mistake(path, f"{subnet.cidr} lies outside the VPC, which has {given}")
        yield from _said(subnet)
        yield from _inside(subnet)
        yield from _overlaps(subnet.reservations)
    yield from _overlaps(blocks)


def _said(subnet: SeenSubnet) -> Iterator[Mistake]:
    keys = subnet.keys
    if {"cidr", "size"} <= keys:
        yield Mistake((*subnet.path, "size"), "the cidr says the size already: leave this out")
    if {"used", "occupied"} <= keys:
        yield Mistake((*subnet.path, "used"), "occupied says which addresses are used: leave this out")
    if "cidr" not in keys and "size" not in keys:
        yield Mistake(subnet.path, "needs a cidr, or a size where the block is not known yet")
    elif "cidr" not in keys:
        for key in sorted(keys & {"occupied", "reservations"}):
            yield Mistake((*subnet.path, key), "needs the subnet's cidr")
    usable = (1 << (32 - subnet.length)) - RESERVED_BY_AWS if subnet.length is not None else None
    if usable is not None and subnet.used is not None and subnet.used > usable:
        said = f"{subnet.used} is more than the subnet has: a /{subnet.length} has {usable} addresses beside AWS's five"
        yield Mistake((*subnet.path, "used"), said)


def _inside(subnet: SeenSubnet) -> Iterator[Mistake]:
    if subnet.cidr is None:
        return
    whole = AddressRange.of(subnet.cidr)
    outside = [(path, f"{each} lies") for path, each in subnet.occupied if each not in whole]
    if len(outside) == len(subnet.occupied) > 1:
        outside = [((*subnet.path, "occupied"), "all lie")]
    for path, said in outside:
        yield Mistake(path, f"{said} outside the subnet, {subnet.cidr}")
    for path, block in subnet.reservations:
        if not block.subnet_of(subnet.cidr):
            yield Mistake(path, f"{block} lies outside the subnet, {subnet.cidr}")


def _overlaps(blocks: Sequence[Placed[IPv4Network]]) -> Iterator[Mistake]:
    """One for each block that overlaps another, told at the one that stands later.

    CIDR blocks overlap only where one holds the other: in the order of their beginnings, the widest first, what holds a
    block is the last one that has not ended before it.
    """
    order = sorted(range(len(blocks)), key=lambda place: (int(blocks[place][1][0]), blocks[place][1].prefixlen))
    holder: int | None = None
    for place in order:
        if holder is not None and blocks[place][1].subnet_of(blocks[holder][1]):
            (first_path, first), (path, later) = blocks[min(holder, place)], blocks[max(holder, place)]
            yield Mistake(path, f"{later} overlaps {first}, {written(first_path)}")
        else:
            holder = place
