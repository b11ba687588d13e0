"""Whether an instance type's interfaces can hold what address plans ask for: pure arithmetic over its limits.

Each address and each prefix takes one slot of its family, and an interface's own IPv4 address takes one; only Nitro
types take prefixes (EC2 User Guide, "Assigning prefixes to network interfaces").
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from nodenet.limits import InstanceLimits, shipped, shipped_types
from nodenet.plans import AddressPlans, Floating, Plan, Prefixes, Singles, Slice
from nodenet.ranges import PREFIX_SIZE, Family

VERSION: Final = {"ipv4": 4, "ipv6": 6}
_WRITTEN: Final = {"ipv4": "IPv4", "ipv6": "IPv6"}


def misfit(plans: AddressPlans, limits: InstanceLimits) -> str | None:
    """Why an interface of this type cannot hold what the plans ask for; None where it can.

    What a plan does `otherwise` must fit too: it is to help where prefixes run out, and on types that take none.
    """
    if plans.ipv4 and (reason := misfit_of(plans.ipv4, "ipv4", limits)):
        return reason
    return misfit_of(plans.ipv6, "ipv6", limits) if plans.ipv6 else None


def misfit_of(plan: Plan | Singles, family: Family, limits: InstanceLimits) -> str | None:
    """The same of one family's plan, or of what it does otherwise."""
    if not free_slots(family, limits):
        return f"interfaces of {limits.instance_type} take no {_WRITTEN[family]} addresses for pods"
    match plan:
        case Prefixes(_, None) if not limits.nitro:
            return f"{limits.instance_type} is not built on Nitro and takes no prefixes; say what to do `otherwise`"
        case Prefixes(count, otherwise):
            short = _short(f"prefixes: {count}", count, family, limits) if limits.nitro else None
            reason = misfit_of(otherwise, family, limits) if otherwise and not short else None
            return short or (f"otherwise, {reason}" if reason and limits.nitro else reason)
        case Slice(size):
            return _short(f"slice: {size_written(size)}", slots(size, family, nitro=limits.nitro), family, limits)
        case Singles(count):
            return _short(f"addresses: {count}", count, family, limits)
        case Floating():
            return None
    raise TypeError(f"no plan: {plan}")


def no_place(card: int, interfaces: int, limits: InstanceLimits) -> str | None:
    """Why a network card cannot hold so many interfaces beside the node's primary one; None where it can."""
    place = limits.card(card)
    if place is None:
        return f"{limits.instance_type} has no network card {card}"
    primary = 1 if card == limits.default_card else 0
    if interfaces + primary <= place.maximum_interfaces:
        return None
    beside = " beside the primary one" if primary else ""
    holds = place.maximum_interfaces - primary
    return f"{interfaces} interfaces; network card {card} of {limits.instance_type} takes {holds}{beside}"


def places_short(wanted: Sequence[tuple[str, int, int]], limits: InstanceLimits) -> Iterator[str]:
    """A sentence for each network card that cannot hold its networks' interfaces, given as (name, card, interfaces)."""
    for card in sorted({card for _, card, _ in wanted}):
        here = [(name, interfaces) for name, its, interfaces in wanted if its == card]
        if reason := no_place(card, sum(interfaces for _, interfaces in here), limits):
            yield f"{', '.join(name for name, _ in here)}: {reason}"


def slots(size: int, family: Family, *, nitro: bool = True) -> int:
    """How many slots so many contiguous, aligned addresses take: on Nitro types whole prefixes take one each."""
    prefix = PREFIX_SIZE[VERSION[family]]
    return size // prefix if nitro and size % prefix == 0 else size


def free_slots(family: Family, limits: InstanceLimits) -> int:
    """Slots of an interface that are left for pods. Only of IPv4 does an interface need an address of its own."""
    return limits.ipv4_per_interface - 1 if family == "ipv4" else limits.ipv6_per_interface


@cache
def most_free_slots(family: Family) -> int:
    """The same of the type that has most, in the shipped table."""
    return max(free_slots(family, limits) for name in shipped_types() if (limits := shipped(name)))


def size_written(size: int) -> str:
    """A slice's size as the document says it: as a number, or as an IPv6 prefix length where that is beyond reading."""
    return str(size) if size < PREFIX_SIZE[6] else f"/{128 - size.bit_length() + 1}"


def _short(asked: str, needed: int, family: Family, limits: InstanceLimits) -> str | None:
    free = free_slots(family, limits)
    if needed <= free:
        return None
    own = " beside its own address" if family == "ipv4" else ""
    said = f"{asked} takes {needed} {_WRITTEN[family]} slots of an interface"
    return f"{said}; {limits.instance_type} has {free}{own}"
