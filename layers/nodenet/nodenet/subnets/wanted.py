"""Which addresses of which subnet a configuration wants kept for nodenet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.plans import Floating, Prefixes, Slice
from nodenet.ranges import AddressRange
from nodenet.subnets.seen import Kind, SubnetState
from nodenet.subnets.steps import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """Addresses of one family that a network uses by one plan in one subnet."""

    subnet_id: str
    network: str
    plan: Slice | Floating | Prefixes
    ranges: tuple[AddressRange, ...]

    @property
    def kind(self) -> Kind:
        """nodenet names slices and floating addresses itself; prefixes by count are for EC2 to choose."""
        return "prefix" if isinstance(self.plan, Prefixes) else "explicit"


def networks_of(configuration: ResolvedConfiguration) -> tuple[ResolvedNetwork, ...]:
    """The networks that node groups use, each once, by name."""
    found = {network.name: network for group in configuration.groups for network in group.networks}
    return tuple(found[name] for name in sorted(found))


def wanted(network: ResolvedNetwork, subnets: Mapping[str, SubnetState]) -> Iterator[Wanted | Refused]:
    """What the network wants in each of its subnets; Refused where a range lies in none of them."""
    for plan in network.addresses.each:
        match plan:
            case Slice():
                yield from _slices(network, plan, subnets)
            case Floating(ranges):
                yield from _by_subnet(network, plan, ranges, subnets)
            case Prefixes(_, otherwise, reserve):
                yield from _by_subnet(network, plan, reserve, subnets)
                if isinstance(otherwise, Slice):
                    yield from _slices(network, otherwise, subnets)


def _slices(network: ResolvedNetwork, plan: Slice, subnets: Mapping[str, SubnetState]) -> Iterator[Wanted | Refused]:
    for _, ranges in sorted(plan.ranges_by_zone.items()):
        yield from _by_subnet(network, plan, ranges, subnets)


def _by_subnet(
    network: ResolvedNetwork,
    plan: Slice | Floating | Prefixes,
    ranges: Iterable[AddressRange],
    subnets: Mapping[str, SubnetState],
) -> Iterator[Wanted | Refused]:
    homes = [subnets[each] for _, each in sorted(network.subnet_by_zone.items()) if each in subnets]
    inside: dict[str, list[AddressRange]] = {}
    for addresses in ranges:
        home = next((subnet.id for subnet in homes if addresses in subnet), "")
        inside.setdefault(home, []).append(addresses)
    for addresses in inside.pop("", ()):
        yield Refused("", network.name, str(addresses), "it lies in none of the network's subnets")
    for subnet_id, found in inside.items():
        yield Wanted(subnet_id, network.name, plan, tuple(found))
