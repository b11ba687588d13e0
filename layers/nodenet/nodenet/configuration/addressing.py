"""From the document's address plans to those that planning works with: every range in its zone's subnet."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nodenet.configuration.placing import Placing
from nodenet.documents.paths import Path
from nodenet.plans import AddressPlans, Floating, Plan, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange, Family

if TYPE_CHECKING:
    from nodenet.configuration import address_model as model
    from nodenet.configuration.model import Network


def address_plans(network: "Network", placing: Placing, path: Path) -> AddressPlans:
    """The plans of a network that stands at `path`. What is wrong with their ranges is left in `placing`."""
    addresses = network.addresses
    if addresses == "none":
        return AddressPlans()
    path = (*path, "addresses")
    return AddressPlans(
        ipv4=_plan(addresses.ipv4, "ipv4", placing, (*path, "ipv4")),
        ipv6=_plan(addresses.ipv6, "ipv6", placing, (*path, "ipv6")),
    )


def _plan(plan: Any, family: Family, placing: Placing, path: Path) -> Plan | None:
    # The document is read already, so pydantic is loaded; who only plans must not load it.
    from nodenet.configuration import address_model as model

    match plan:
        case model.Floating():
            placed = placing.place(_listed(plan.ranges, (*path, "floating")), family)
            return Floating(tuple(sorted(each.range for each in placed)))
        case model.Slice() if placing.need_block(family, path):
            return _slice(plan, family, placing, path)
        case model.Prefixes() if placing.need_block(family, path):
            reserved = placing.place(_listed(plan.reserve, (*path, "reserve")), family, given_out=False)
            otherwise: Singles | Slice | None = None
            if isinstance(plan.otherwise, model.Singles):
                otherwise = Singles(plan.otherwise.addresses)
            elif isinstance(plan.otherwise, model.Slice):
                otherwise = _slice(plan.otherwise, family, placing, (*path, "otherwise"))
            return Prefixes(plan.count, otherwise, tuple(sorted(each.range for each in reserved)))
    return None


def _slice(plan: "model.Slice[int, AddressRange]", family: Family, placing: Placing, path: Path) -> Slice:
    path = (*path, "from")
    placed = placing.place(_listed(plan.ranges, path), family)
    placing.in_every_zone(placed, family, path)
    by_zone: dict[str, tuple[AddressRange, ...]] = {}
    for each in sorted(placed, key=lambda each: each.range):
        by_zone[each.subnet.zone] = (*by_zone.get(each.subnet.zone, ()), each.range)
    return Slice(plan.size, MappingProxyType(by_zone))


def _listed(ranges: AddressRange | tuple[AddressRange, ...], path: Path) -> list[tuple[Path, AddressRange]]:
    """Each range with its place in the document, which may say one without a list."""
    if isinstance(ranges, AddressRange):
        return [(path, ranges)]
    return [((*path, place), each) for place, each in enumerate(ranges)]
