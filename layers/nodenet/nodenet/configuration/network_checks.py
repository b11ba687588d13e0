"""What only several fields of one network together show."""

from collections.abc import Iterator
from typing import Any, Final

from nodenet.configuration.values import address_range, route, slice_size
from nodenet.documents.paths import Path, at
from nodenet.documents.plain import Plain, part, texts
from nodenet.ranges import AddressRange, Family

FAMILIES: Final[tuple[Family, ...]] = ("ipv4", "ipv6")

MOST_SLICES: Final = 4096
"""Of one range: whoever takes one compares them all with what is held."""


def mistakes(network: Plain, path: Path) -> Iterator[str]:
    """A sentence for each. `path` is the network's."""
    yield from _nested_routes(network, path)
    yield from _public_addresses(network, path)
    egress = network.get("ipv6Egress")
    if isinstance(egress, dict) and all(gateway is None for gateway in egress.values()):
        yield at((*path, "ipv6Egress"), "says nothing: name an egressOnlyGateway, a natGateway or both")
    plans = [part(part(network, "addresses"), family) for family in FAMILIES]
    count = network.get("interfaces")
    if isinstance(count, int) and count > 1 and any("floating" in plan for plan in plans):
        yield at((*path, "interfaces"), "must be 1 with floating addresses: a claim does not say which one it means")
    link = part(network, "link")
    if link.get("plugin") == "host-device" and link.get("mode") is not None:
        yield at((*path, "link", "mode"), "is ipvlan's; a pod with host-device has the whole link: leave it out")
    for place, each, size in _slice_ranges(network, path):
        if next(each.slices(size), None) is None:
            said = f"{each} holds no whole slice of {size}: slices begin at multiples of their size"
            yield at(place, said)
        elif each.size // size > MOST_SLICES:
            yield at(place, f"{each} holds {each.size // size} slices; name a part of it with at most {MOST_SLICES}")


def warnings(network: Plain, path: Path) -> Iterator[str]:
    """A sentence for each thing that is allowed, but hardly meant."""
    for place, each, size in _slice_ranges(network, path):
        left = list(_left_over(each, size))
        if left:
            yield at(place, f"{' and '.join(map(str, left))} fill no slice of {size}: nobody gets them")


def _nested_routes(network: Plain, path: Path) -> Iterator[str]:
    read: dict[str, tuple[int, AddressRange]] = {}
    for place, text in enumerate(texts(network.get("routes"))):
        try:
            block = route(text)
        except ValueError:
            continue
        if block in read:
            yield at((*path, "routes", place), f"{block} is routes[{read[block][0]}] already")
            continue
        whole = AddressRange.parse(block)
        for before, (first, other) in read.items():
            if whole.overlaps(other):
                said = f"{block} holds" if other in whole else f"{block} lies in"
                yield at((*path, "routes", place), f"{said} routes[{first}], {before}: keep one of them")
        read[block] = place, whole


def _public_addresses(network: Plain, path: Path) -> Iterator[str]:
    public = network.get("publicAddresses")
    if not isinstance(public, dict):
        return
    path = (*path, "publicAddresses")
    said = [key for key in ("tags", "pool") if public.get(key) is not None]
    if len(said) != 1:
        yield at(path, "name either the tags of allocated Elastic IPs or a pool to allocate them from")
    if "floating" not in part(part(network, "addresses"), "ipv4"):
        yield at(path, "goes with floating IPv4 addresses only: an Elastic IP belongs to one private address")


def _slice_ranges(network: Plain, path: Path) -> Iterator[tuple[Path, AddressRange, int]]:
    """Each range that slices are cut from, with its place and their size."""
    for family in FAMILIES:
        plan = part(part(network, "addresses"), family)
        place: Path = (*path, "addresses", family)
        yield from _ranges_of(plan, family, place)
        yield from _ranges_of(part(plan, "otherwise"), family, (*place, "otherwise"))


def _ranges_of(plan: Plain, family: Family, path: Path) -> Iterator[tuple[Path, AddressRange, int]]:
    said: Any = plan.get("from")
    ranges = enumerate(said) if isinstance(said, list | tuple) else [(None, said)]
    for place, text in ranges:
        try:
            size, each = slice_size(plan.get("slice"), family), address_range(text, family)
        except ValueError:
            continue
        yield ((*path, "from") if place is None else (*path, "from", place)), each, size


def _left_over(each: AddressRange, size: int) -> Iterator[AddressRange]:
    """What lies before the first whole slice and behind the last, of a range that holds one."""
    start, end = int(each.first), int(each.last) + 1
    first, behind = -(-start // size) * size, end // size * size
    if first > start:
        yield AddressRange(each.first, each.first + (first - start - 1))
    if end > behind:
        yield AddressRange(each.last - (end - behind - 1), each.last)
