"""What an ENI is asked for so that its pods have addresses, and what an ENI has."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import product

from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.interfaces.steps import Asked, SliceWanted
from nodenet.limits import InstanceLimits
from nodenet.networks import Interface
from nodenet.plans import Plan, Prefixes, Singles, Slice
from nodenet.ranges import PREFIX_SIZE, AddressRange, Family, merged


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to ask for what a network's address plans say."""

    ipv4: Asked
    ipv6: Asked

    @property
    def name(self) -> str:
        """Tells it from others, a changed plan's too; empty where nothing is asked for."""
        return " ".join(filter(None, (self.ipv4.name, self.ipv6.name)))


def choices(network: ResolvedNetwork, zone: str, holder: str, limits: InstanceLimits) -> tuple[Choice, ...]:
    """The ways to ask for a new ENI's addresses, the best one first: each is tried where EC2 has no block for the last.

    `holder` is who is to have a slice. On a type without prefixes (they are for Nitro: EC2 User Guide, "Assigning
    prefixes to network interfaces") the first way is already what the plan falls back on.
    """
    subnet_id = network.subnet_by_zone[zone]

    def asked(plan: Plan | Singles | None, family: Family) -> Asked:
        match plan:
            case Prefixes(count):
                return Asked(prefix_count=count)
            case Singles(count):
                return Asked(address_count=count)
            case Slice(size, ranges_by_zone):
                whole = limits.nitro and size % PREFIX_SIZE[4 if family == "ipv4" else 6] == 0
                ranges = ranges_by_zone.get(zone, ())
                return Asked(slice=SliceWanted(subnet_id, network.name, f"{holder}/{family}", size, ranges, whole))
        return Asked()

    return tuple(
        Choice(asked(ipv4, "ipv4"), asked(ipv6, "ipv6"))
        for ipv6, ipv4 in product(_ways(network.addresses.ipv6, limits), _ways(network.addresses.ipv4, limits))
    )


def _ways(plan: Plan | None, limits: InstanceLimits) -> tuple[Plan | Singles | None, ...]:
    """What one family's plan asks for, then what it asks for otherwise.

    EC2 does not say which family it has no block for: all ways of the one are tried with each of the other, IPv4's
    first, since an IPv6 subnet holds 65,536 prefixes.
    """
    if not isinstance(plan, Prefixes):
        return (plan,)
    first = (plan,) if limits.nitro else ()
    return (*first, plan.otherwise) if plan.otherwise else first


def ranges_of(interface: Interface) -> tuple[AddressRange, ...]:
    """What the ENI holds for pods: its prefixes, and its addresses but the primary one in as few ranges as can be."""
    prefixes = [AddressRange.of(ip_network(prefix)) for prefix in interface.prefixes]
    singles = [ip_address(each) for each in (*interface.addresses[1:], *interface.ipv6_addresses)]
    return (*prefixes, *merged(AddressRange(each, each) for each in singles))


def has_addresses(interface: Interface, network: ResolvedNetwork, zone: str) -> bool:
    """Whether an ENI that is there already holds what the network's plans ask for, or what they fall back on."""
    held = ranges_of(interface)
    return all(
        _has(plan, tuple(each for each in held if each.family == family), zone)
        for plan, family in ((network.addresses.ipv4, "ipv4"), (network.addresses.ipv6, "ipv6"))
    )


def _has(plan: Plan | Singles | None, held: tuple[AddressRange, ...], zone: str) -> bool:
    match plan:
        case Prefixes(count, otherwise):
            prefixes = [each for each in held if each.size == PREFIX_SIZE[each.version]]
            return len(prefixes) >= count or (otherwise is not None and _has(otherwise, held, zone))
        case Singles(count):
            return sum(each.size for each in held) >= count
        case Slice(size, ranges_by_zone):
            ranges, whole = ranges_by_zone.get(zone, ()), merged(held)
            return [each.size for each in whole] == [size] and any(whole[0] in within for within in ranges)
    return True
