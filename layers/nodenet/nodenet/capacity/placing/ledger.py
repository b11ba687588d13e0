"""Which subnet gives what: nodes are entered group by group, and each subnet's load adds up.

A ledger may lie on top of another, as a surge lies on a fleet, and more nodes on both: it sees what is below, and
holds what it adds itself. So it costs what is entered in it, and not what is there already.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from nodenet.capacity.fleet import NodeGroup
from nodenet.capacity.placing.blocks import well
from nodenet.capacity.placing.dealing import came_to, dealt
from nodenet.capacity.placing.demand import Eni, NodeDemand
from nodenet.capacity.placing.discovery import share
from nodenet.capacity.placing.load import Load
from nodenet.capacity.placing.terrain import Choice, Rules, Site


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

    @property
    def served(self) -> int:
        """Of the pods of one such node, those that run and have an address."""
        return self.pods - self.demand.holding.waiting - self.demand.branchless - self.demand.beyond


class Ledger:
    """The loads of subnets that its own entries make, on top of those `below`, where nothing is entered any more."""

    def __init__(self, rules: Rules, below: "Ledger | None" = None) -> None:
        self.rules, self.terrain = rules, rules.terrain
        self.own: defaultdict[str, Load] = defaultdict(Load)
        self._below = below.totals if below else {}
        self._to_share: defaultdict[tuple[Choice, Eni], int] = defaultdict(int)

    def below(self, subnet: str) -> Load:
        """The load of a subnet without what is entered here."""
        return self._below.get(subnet) or Load()

    def total(self, subnet: str) -> Load:
        """The load of a subnet, what is below included."""
        own, below = self.own.get(subnet), self._below.get(subnet)
        return own + below if own and below else own or below or Load()

    @cached_property
    def totals(self) -> dict[str, Load]:
        """Those of all subnets, once everything is entered."""
        return {name: self.total(name) for name in {**self._below, **self.own}}

    def enter(self, entries: Iterable[Entry], rules: Rules | None = None) -> list[Entered]:
        """Adds nodes: evenly over a group's zones, as Auto Scaling keeps them ("Auto Scaling group Availability Zone
        distribution", EC2 Auto Scaling User Guide); in a zone, evenly over the group's subnets, of which nobody says
        how Auto Scaling picks one, and over its ENIConfigs. Then ENIs that may lie in several subnets are shared out,
        the largest first. `rules`: for these nodes, other ones than the ledger's.
        """
        found = [each for entry in entries for each in self._enter(entry, rules or self.rules)]
        for (choice, eni), count in sorted(self._to_share.items(), key=lambda each: -each[0][1].addresses):
            self._share_out(choice.subnets, eni, count)
        self._to_share.clear()
        return found

    def _enter(self, entry: Entry, rules: Rules) -> Iterator[Entered]:
        zones = rules.sites(entry.group)
        for place, (zone, sites) in enumerate(zones):
            bound = entry.start
            first = start = came_to(place, bound, len(zones))
            for pods, nodes in entry.pods:
                bound += nodes
                end = came_to(place, bound, len(zones))
                for way, count in dealt(start, end, len(sites)):
                    site = sites[way]
                    yield self._add_nodes(entry.group, pods, rules.demand(entry.group, pods, site), site, count)
                start = end
            self._add_networks(entry.group, zone, start - first)

    def _add_nodes(self, group: NodeGroup, pods: int, demand: NodeDemand, site: Site, nodes: int) -> Entered:
        own = self.own[site.home]
        own.nodes += nodes
        own.pods += nodes * (demand.primary.addresses - 1)
        own.prefixes += nodes * demand.primary.prefixes
        if demand.branch:
            self.own[site.branches].pods += nodes * demand.branch
        choice = site.choice
        for eni in demand.enis:
            if len(choice.subnets) == 1:
                self.own[choice.subnets[0]].add_enis(nodes, eni.addresses, eni.prefixes)
            else:
                self._to_share[choice, eni] += nodes
        return Entered(group, pods, demand, nodes)

    def _add_networks(self, group: NodeGroup, zone: str, nodes: int) -> None:
        for network in self.terrain.networks(group):
            if interfaces := nodes * network.interfaces:
                self.own[network.subnets[zone]].add_interfaces(interfaces, network.addresses, network.prefixes)

    def _share_out(self, subnets: Sequence[str], eni: Eni, count: int) -> None:
        grounds = self.terrain.grounds
        wells = [well(grounds[name], self.total(name), eni.singles, eni.prefixes) for name in subnets]
        for name, enis in zip(subnets, share(count, wells), strict=True):
            if enis:
                self.own[name].add_enis(enis, eni.addresses, eni.prefixes)
