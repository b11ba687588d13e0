"""Where the ranges of a network's address plans lie in its subnets, and what is wrong with the place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final

from nodenet.documents.paths import Path, at, written
from nodenet.networks import Subnet
from nodenet.ranges import AddressRange, Family

WRITTEN: Final = {"ipv4": "IPv4", "ipv6": "IPv6"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A range of the document at `path`, and the subnet that holds it."""

    path: Path
    range: AddressRange
    subnet: Subnet


@dataclass(slots=True)
class Placing:
    """Lays ranges into a network's subnets, gathering what is wrong with them."""

    subnets: Sequence[Subnet]
    mistakes: list[str] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)

    def place(
        self, ranges: Iterable[tuple[Path, AddressRange]], family: Family, *, given_out: bool = True
    ) -> list[Placed]:
        """The ranges with the subnet that each lies in, or reaches into: then it is a mistake.

        `given_out` says that every address of them is to be some pod's.
        """
        found = [
            Placed(path, each, home) for path, each in ranges if (home := self._home(each, family, path, given_out))
        ]
        self.placed += found
        return found

    def in_every_zone(self, placed: Sequence[Placed], family: Family, path: Path) -> None:
        """A node in a zone without a range could have no slice."""
        held = {each.subnet.id for each in placed}
        for subnet in self.subnets:
            if subnet.id not in held:
                said = f"no range lies in {_shown(subnet, family)}, the subnet in {subnet.zone}; every zone needs one"
                self.mistakes.append(at(path, said))

    def need_block(self, family: Family, path: Path) -> bool:
        """Whether every subnet has a CIDR block of the family."""
        without = [subnet.id for subnet in self.subnets if _block(subnet, family) is None]
        if without:
            have = "has" if len(without) == 1 else "have"
            self.mistakes.append(at(path, f"{', '.join(without)} {have} no {WRITTEN[family]} CIDR block"))
        return not without

    def refuse_overlap(self, route: AddressRange, path: Path) -> None:
        """A route that holds a subnet of the network would send its neighbours' packets to the gateway."""
        for subnet in self.subnets:
            block = _block(subnet, route.family)
            if block and block.overlaps(route):
                said = f"overlaps {_shown(subnet, route.family)}, which the network reaches without a route"
                self.mistakes.append(at(path, said))

    def _home(self, wanted: AddressRange, family: Family, path: Path, given_out: bool) -> Subnet | None:
        blocks = [(subnet, block) for subnet in self.subnets if (block := _block(subnet, family))]
        touched = [(subnet, block) for subnet, block in blocks if block.overlaps(wanted)]
        shown = ", ".join(_shown(subnet, family) for subnet, _ in touched or blocks)
        said = ""
        if not blocks:
            said = f"{wanted}: none of the network's subnets has {WRITTEN[family]} addresses"
        elif not touched:
            said = f"{wanted} is in none of the network's subnets: {shown}"
        elif len(touched) > 1:
            said = f"{wanted} lies across {shown}; a range is in one subnet"
        elif wanted not in touched[0][1]:
            said = f"{wanted} reaches beyond {shown}"
        elif given_out and (kept := [each for each in _kept(touched[0][1]) if each.overlaps(wanted)]):
            home = touched[0][0].id
            said = f"{wanted} touches {kept[0]} of {home}; AWS keeps a subnet's first four addresses and its last"
        if said:
            self.mistakes.append(at(path, said))
        return touched[0][0] if touched else None


def overlapping(placed: Iterable[Placed]) -> Iterator[str]:
    """A sentence for each range that shares addresses with one before it, of whatever network in the same subnet."""
    furthest: dict[tuple[str, Family], Placed] = {}
    for each in sorted(placed, key=lambda each: (each.subnet.id, each.range)):
        key = each.subnet.id, each.range.family
        before = furthest.get(key)
        if before and before.range.overlaps(each.range):
            first, second = sorted((before, each), key=lambda one: written(one.path))
            yield at(second.path, f"{second.range} overlaps {first.range}, {written(first.path)}")
        if not before or int(before.range.last) < int(each.range.last):
            furthest[key] = each


def _block(subnet: Subnet, family: Family) -> AddressRange | None:
    cidr = subnet.cidr if family == "ipv4" else subnet.ipv6_cidr
    return AddressRange.of(ip_network(cidr)) if cidr else None


def _kept(block: AddressRange) -> tuple[AddressRange, AddressRange]:
    """What AWS keeps of a subnet's block, of either family (VPC User Guide, "Subnet CIDR blocks")."""
    return AddressRange(block.first, block.first + 3), AddressRange(block.last, block.last)


def _shown(subnet: Subnet, family: Family) -> str:
    return f"{subnet.id} ({subnet.cidr if family == 'ipv4' else subnet.ipv6_cidr})"
