"""Which subnet gives what: nodes are entered group by group, and each subnet's load adds up.

A ledger may lie on top of another, as a surge lies on a fleet, and more nodes on both: it sees what is below, and
holds what it adds itself. So it costs what is entered in it, and not what is there already.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import NodeGroup, Subnet
from nodenet.capacity.placing.blocks import well
from nodenet.capacity.placing.dealing import came_to
from nodenet.capacity.placing.demand import Eni, NodeDemand
from nodenet.capacity.placing.discovery import candidates, excluded, share
from nodenet.capacity.placing.load import Load
from nodenet.capacity.placing.terrain import Terrain


@dataclass(frozen=True, slots=True)
class Rules:
    """How the VPC CNI is set for the nodes of a ledger; `eni_configs` by zone."""

    cni: CniSettings
    eni_configs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Nodes of a group as (pods, nodes), dealt on after the first `start` nodes of that name."""

    group: NodeGroup
    pods: Sequence[tuple[int, int]]
    start: int


@dataclass(frozen=True, slots=True)
class Entered:
    """`nodes` alike that were entered."""

    group: NodeGroup
    pods: int
    demand: NodeDemand
    nodes: int


class Ledger:
    """The loads of subnets that its own entries make, on top of those `below`."""

    def __init__(self, terrain: Terrain, rules: Rules, below: "Ledger | None" = None) -> None:
        self.terrain, self.rules, self.below = terrain, rules, below
        self.own: defaultdict[str, Load] = defaultdict(Load)
        self._to_share: defaultdict[tuple[str, Subnet | None, Eni], int] = defaultdict(int)

    def total(self, subnet: str) -> Load:
        """The load of a subnet, what is below included."""
        own = self.own.get(subnet)
        if self.below is None:
            return own or Load()
        return self.below.total(subnet) + own if own else self.below.total(subnet)

    def enter(self, entries: Iterable[Entry]) -> list[Entered]:
        """Adds nodes: evenly over a group's zones, as Auto Scaling keeps them ("Auto Scaling group Availability Zone
        distribution", EC2 Auto Scaling User Guide); in a zone, evenly over the group's subnets, of which nobody says
        how Auto Scaling picks one, and over its ENIConfigs. Then ENIs that may lie in several subnets are shared out,
        the largest first.
        """
        found = [each for entry in entries for each in self._enter(entry)]
        by_zone: defaultdict[str, list[tuple[Subnet | None, Eni, int]]] = defaultdict(list)
        for (zone, home, eni), count in sorted(self._to_share.items(), key=lambda each: -each[0][2].addresses):
            by_zone[zone].append((home, eni, count))
        for zone, wanted in by_zone.items():
            self._share_out(zone, wanted)
        self._to_share.clear()
        return found

    def _enter(self, entry: Entry) -> Iterator[Entered]:
        bounds = [entry.start]
        for _, nodes in entry.pods:
            bounds.append(bounds[-1] + nodes)
        zones = self.terrain.zones(entry.group)
        for place, (zone, homes) in enumerate(zones):
            here = [came_to(place, bound, len(zones)) for bound in bounds]
            self._add_networks(entry.group, zone, here[-1] - here[0])
            for home, config, ways, way in self._sites(zone, homes):
                dealt = [came_to(way, bound, ways) for bound in here]
                if dealt[0] < dealt[-1]:
                    yield from self._add_nodes(entry, home, config, dealt)

    def _sites(self, zone: str, homes: Sequence[Subnet]) -> Iterator[tuple[Subnet, Subnet | None, int, int]]:
        """Each pair of a node's subnet and its ENIConfig's, with how many pairs there are and which one it is."""
        if not self.rules.cni.custom_networking:
            yield from ((home, None, len(homes), way) for way, home in enumerate(homes))
            return
        configs = [self.terrain.subnets[name] for name in self.rules.eni_configs[zone]]
        ways = math.lcm(len(homes), len(configs))
        for way in range(ways):
            yield homes[way % len(homes)], configs[way % len(configs)], ways, way

    def _add_nodes(self, entry: Entry, home: Subnet, config: Subnet | None, dealt: Sequence[int]) -> Iterator[Entered]:
        cni = self.rules.cni
        if config is not None:
            open_to: Sequence[Subnet] = () if excluded(config, cni) else (config,)
        else:
            open_to = candidates(home, self.terrain.by_zone[home.zone], cni)
        flags = {"primary_excluded": config is None and excluded(home, cni), "closed": not open_to}
        own = self.own[home.name]
        enis_in = self.own[open_to[0].name] if len(open_to) == 1 else None
        branches_in = self.own[(config or home).name]
        for (pods, _), first, end in zip(entry.pods, dealt, dealt[1:], strict=False):
            if not (nodes := end - first):
                continue
            demand = self.terrain.demand(entry.group, pods, cni, **flags)
            own.nodes += nodes
            own.pods += nodes * (demand.primary.addresses - 1)
            own.prefixes += nodes * demand.primary.prefixes
            branches_in.pods += nodes * demand.branch
            for eni in demand.enis:
                if enis_in is not None:
                    enis_in.pods += nodes * eni.addresses
                    enis_in.prefixes += nodes * eni.prefixes
                else:
                    self._to_share[home.zone, home if home.cni is None else None, eni] += nodes
            yield Entered(entry.group, pods, demand, nodes)

    def _add_networks(self, group: NodeGroup, zone: str, nodes: int) -> None:
        for network in self.terrain.networks(group):
            interfaces = nodes * network.interfaces
            if interfaces:
                self.own[network.subnets[zone]].add_interfaces(interfaces, network.addresses, network.prefixes)

    def _share_out(self, zone: str, wanted: Iterable[tuple[Subnet | None, Eni, int]]) -> None:
        grounds, subnets = self.terrain.grounds, self.terrain.by_zone[zone]
        loads = {each.name: self.total(each.name) + Load() for each in subnets}
        for home, eni, count in wanted:
            places = [each for each in subnets if each.cni or each is home]
            wells = [well(grounds[each.name], loads[each.name], eni.singles, eni.prefixes) for each in places]
            for each, enis in zip(places, share(count, wells), strict=True):
                if enis:
                    for load in (self.own[each.name], loads[each.name]):
                        load.pods += enis * eni.addresses
                        load.prefixes += enis * eni.prefixes
