"""What the VPC lacks of what a run asks for. Pure: what was seen in, what is to be done out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from nodenet.errors import HeldError
from nodenet.migration.request import SubnetWish
from nodenet.migration.vpc.seen import RUN_TAG, RouteTable, Subnet, Vpc

_OWN_ADDRESSES_BITS: Final = 4
"""A sixteenth of a subnet is left to the interfaces' own addresses, of which each can have many prefixes."""

_SMALLEST: Final = 28
"""Prefix length of the smallest subnet, and of a prefix of IPv4 addresses."""


@dataclass(frozen=True, slots=True)
class Found:
    """A wish with the subnet that fulfils it; None where it is to be made. `made`: by this run."""

    wish: SubnetWish
    subnet: Subnet | None
    made: bool


def blocks_to_associate(cidrs: Sequence[str], vpc: Vpc) -> list[str]:
    """HeldError where EC2 could not associate one of them."""
    for cidr in cidrs:
        block = vpc.blocks.get(cidr)
        if block and block.state in ("failing", "failed"):
            raise HeldError(f"EC2 could not associate {cidr} with {vpc.id}: {block.message or block.state}")
    return [cidr for cidr in cidrs if cidr not in vpc.blocks]


def blocks_under_way(cidrs: Sequence[str], vpc: Vpc) -> list[str]:
    return [cidr for cidr in cidrs if cidr not in vpc.blocks or vpc.blocks[cidr].state != "associated"]


def find(wishes: Sequence[SubnetWish], vpc: Vpc, run: str) -> list[Found]:
    """HeldError names every wish that the VPC stands against."""
    found, wrong = [], []
    for wish in wishes:
        if wish.id:
            subnet = vpc.subnets.get(wish.id)
            if subnet is None:
                wrong.append(f"{wish.id} is no subnet of {vpc.id}")
            elif subnet.zone != wish.zone:
                wrong.append(f"{wish.id} is in {subnet.zone}, not in {wish.zone}")
            found.append(Found(wish, subnet, made=False))
            continue
        same = next((each for each in vpc.subnets.values() if each.cidr == wish.cidr), None)
        if same and same.tags.get(RUN_TAG) != run:
            wrong.append(f"{same.id} has {wish.cidr} already, and this run has not made it: ask for it by its id")
        found.append(Found(wish, same, made=True))
    if wrong:
        raise HeldError("; ".join(wrong))
    return found


def table_for(zone: str, node_subnets: Collection[str], vpc: Vpc) -> RouteTable:
    """The table of the zone's node subnets, which the zone's pods shall have too; HeldError where there are several."""
    here = [each for each in node_subnets if each in vpc.subnets and vpc.subnets[each].zone == zone]
    # Where the old group has no subnet in the zone, the tables of its other zones are asked.
    tables = {found.id: found for each in here or node_subnets if (found := vpc.table_of(each))}
    if len(tables) == 1:
        return next(iter(tables.values()))
    if not tables:
        raise HeldError(f"no route table is known for {zone}: its node subnets are gone")
    raise HeldError(
        f"the node subnets of {zone} have several route tables, {', '.join(sorted(tables))}: nodenet cannot know which "
        "one pods shall have; make the pod subnet yourself, and ask for it by its id"
    )


def reserved_for_prefixes(cidr: str) -> Iterator[str]:
    """The blocks of a subnet that are kept for prefixes: all but its first sixteenth, at least a /28."""
    whole = IPv4Network(cidr)
    own = min(whole.prefixlen + _OWN_ADDRESSES_BITS, _SMALLEST)
    if own > whole.prefixlen:
        kept = IPv4Network((whole.network_address, own))
        yield from map(str, sorted(whole.address_exclude(kept)))
