"""What stays the same however many nodes a fleet has: its subnets, and what a node of each kind takes."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Subnet
from nodenet.capacity.placing.demand import NodeDemand, demand_of
from nodenet.capacity.placing.ground import survey


class Terrain:
    """Of one fleet, by names."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.subnets = {each.name: each for each in fleet.subnets}
        self.grounds = {each.name: survey(each) for each in fleet.subnets}
        self._networks = {each.name: each for each in fleet.networks}
        self._zones: dict[tuple[str, ...], list[tuple[str, list[Subnet]]]] = {}
        self._demands: dict[tuple[int, int, int, bool, bool], NodeDemand] = {}

    @cached_property
    def by_zone(self) -> dict[str, list[Subnet]]:
        """The subnets of each zone, as they are listed."""
        return _by_zone(self.fleet.subnets)

    def zones(self, group: NodeGroup) -> list[tuple[str, list[Subnet]]]:
        """The group's zones and its subnets in each, as they are listed."""
        found = self._zones.get(group.subnets)
        if found is None:
            found = list(_by_zone([self.subnets[name] for name in group.subnets]).items())
            self._zones[group.subnets] = found
        return found

    def networks(self, group: NodeGroup) -> tuple[ExtraNetwork, ...]:
        return tuple(self._networks[name] for name in group.networks)

    def demand(
        self, group: NodeGroup, pods: int, cni: CniSettings, *, primary_excluded: bool = False, closed: bool = False
    ) -> NodeDemand:
        """`demand_of`, remembered by identity of group and settings, which the fleet keeps: to hash them takes long."""
        key = (id(group), pods, id(cni), primary_excluded, closed)
        found = self._demands.get(key)
        if found is None:
            networks = self.networks(group)
            found = demand_of(group, pods, cni, networks, primary_excluded=primary_excluded, closed=closed)
            self._demands[key] = found
        return found


def _by_zone(subnets: Sequence[Subnet]) -> dict[str, list[Subnet]]:
    found: defaultdict[str, list[Subnet]] = defaultdict(list)
    for each in subnets:
        found[each.zone].append(each)
    return found
