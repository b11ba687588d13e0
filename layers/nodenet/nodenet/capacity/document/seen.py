"""The document as far as it can be read: what is malformed is None or left out, for the model tells of that.

So one report holds the mistakes of single fields along with those that only several fields together show.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from nodenet.capacity.document import values, variables
from nodenet.capacity.document.seen_group import SeenGroup, group_of
from nodenet.capacity.document.tolerant import Placed, named, readable, said, text, tried, whole
from nodenet.documents.paths import Path
from nodenet.documents.plain import Plain, listed, part, parts
from nodenet.plans import Plan, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange


@dataclass(frozen=True, slots=True)
class SeenSubnet:
    path: Path
    name: str | None
    zone: str | None
    cidr: IPv4Network | None
    length: int | None
    used: int | None
    occupied: Sequence[Placed[AddressRange]]
    reservations: Sequence[Placed[IPv4Network]]
    cni: bool | None
    keys: frozenset[str]
    """Which fields have a value, right or wrong."""


@dataclass(frozen=True, slots=True)
class SeenNetwork:
    path: Path
    name: str | None
    subnets: Sequence[Placed[str]]
    interfaces: int | None
    card: int | None
    plan: Plan | Singles | None
    plans: int
    """How many ways its addresses name, of which there must be one; 1 where they name none at all."""


class Seen:
    """A plain document's parts. Of parts with the same name the first has it.

    `vpc` is empty where any of its blocks cannot be read: what would lie outside has another cause.
    """

    def __init__(self, document: Plain) -> None:
        blocks = readable(values.block, document.get("vpc"), ("vpc",))
        self.vpc = blocks if len(blocks) == len(listed(document.get("vpc"))) else []
        self.subnets = tuple(_subnet(plain, ("subnets", index)) for index, plain in parts(document, "subnets"))
        self.networks = tuple(_network(plain, ("networks", index)) for index, plain in parts(document, "networks"))
        self.groups = tuple(group_of(plain, ("nodeGroups", index)) for index, plain in parts(document, "nodeGroups"))
        self.networks_listed = isinstance(document.get("networks", []), list)
        self.migrates = isinstance(document.get("migration"), dict)
        migration = part(document, "migration")
        self.cni = _environment(document)
        self.target_cni = _environment(migration)
        self.eni_configs = _eni_configs(document, ("eniConfigs",))
        self.target_eni_configs = _eni_configs(migration, ("migration", "eniConfigs"))

    @cached_property
    def subnet(self) -> Mapping[str, SeenSubnet]:
        """Subnets by name."""
        return _by_name(self.subnets)

    @cached_property
    def network(self) -> Mapping[str, SeenNetwork]:
        """Networks by name."""
        return _by_name(self.networks)

    def zones(self, group: SeenGroup) -> Mapping[str, Path]:
        """The zones where the group has nodes, each with the place that first says so."""
        found: dict[str, Path] = {}
        for path, name in group.subnets:
            if (subnet := self.subnet.get(name)) and subnet.zone is not None:
                found.setdefault(subnet.zone, path)
        return found


def _by_name[T: (SeenSubnet, SeenNetwork)](parts: Iterable[T]) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for each in parts:
        if each.name is not None:
            found.setdefault(each.name, each)
    return found


def _subnet(plain: Plain, path: Path) -> SeenSubnet:
    cidr = tried(values.block, plain.get("cidr"))
    blocks = [
        ((*path, "reservations", index, "cidr"), found)
        for index, each in parts(plain, "reservations")
        if (found := tried(values.reserved_block, each.get("cidr")))
    ]
    return SeenSubnet(
        path=path,
        name=text(plain.get("name")),
        zone=text(plain.get("zone")),
        cidr=cidr,
        length=cidr.prefixlen if cidr else tried(values.length, plain.get("size")),
        used=whole(plain.get("used")),
        occupied=readable(values.occupied, plain.get("occupied"), (*path, "occupied")),
        reservations=blocks,
        cni=plain["cni"] if isinstance(plain.get("cni"), bool) else None,
        keys=said(plain),
    )


def _network(plain: Plain, path: Path) -> SeenNetwork:
    addresses = plain.get("addresses", "none")
    kinds = [kind for kind in ("prefixes", "addresses", "slice") if part(plain, "addresses").get(kind) is not None]
    return SeenNetwork(
        path=path,
        name=text(plain.get("name")),
        subnets=named(plain, "subnets", path),
        interfaces=whole(plain.get("interfaces", 1)),
        card=whole(plain.get("networkCard")),
        plan=_plan(kinds[0], addresses[kinds[0]]) if len(kinds) == 1 else None,
        plans=len(kinds) if isinstance(addresses, dict) else 1,
    )


def _plan(kind: str, value: Any) -> Plan | Singles | None:
    if kind == "slice":
        size = tried(values.slice_of, value)
        return Slice(size, {}) if size is not None else None
    count = whole(value)
    if count is None:
        return None
    return Prefixes(count) if kind == "prefixes" else Singles(count)


def _environment(plain: Plain) -> dict[str, str | None]:
    read: dict[str, str | None] = {}
    for name, value in part(plain, "cni").items():
        try:
            read[str(name)] = variables.text(value)
        except ValueError:
            continue
    return read


def _eni_configs(plain: Plain, path: Path) -> Mapping[str, Sequence[Placed[str]]]:
    return {
        str(zone): [((*path, zone), names)] if isinstance(names, str) else named(part(plain, "eniConfigs"), zone, path)
        for zone, names in part(plain, "eniConfigs").items()
    }
