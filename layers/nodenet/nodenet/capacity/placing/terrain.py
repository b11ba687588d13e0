"""What stays the same however many nodes a fleet has: its subnets, where the VPC CNI makes ENIs for nodes of each, and
what a node of each kind takes."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import ExtraNetwork, Fleet, NodeGroup, Subnet
from nodenet.capacity.placing.demand import Demands, NodeDemand
from nodenet.capacity.placing.discovery import candidates, is_excluded
from nodenet.capacity.placing.ground import survey


class Terrain:
    """Of one fleet, by names. `today` are the rules for its nodes, `surge` those for the nodes of its surge."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.subnets = {each.name: each for each in fleet.subnets}
        self.grounds = {each.name: survey(each) for each in fleet.subnets}
        self.by_zone = _by_zone(fleet.subnets)
        self.today = Rules(self, fleet.cni, fleet.eni_configs)
        self.surge = Rules(self, fleet.target.cni, fleet.target.eni_configs) if fleet.target else self.today
        self._networks = {each.name: each for each in fleet.networks}

    def networks(self, group: NodeGroup) -> tuple[ExtraNetwork, ...]:
        return tuple(self._networks[name] for name in group.networks)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The subnets, by name, in which the VPC CNI may make an ENI: one object for all nodes with the same choice."""

    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where a node may lie: its own subnet `home`, the one of its `branches`, and the `choice` for further ENIs of the
    VPC CNI. `primary_excluded`: the primary ENI carries no pods, since its subnet is one not to be used."""

    home: str
    branches: str
    choice: Choice
    primary_excluded: bool


class Rules:
    """How the VPC CNI is set for nodes, and what follows from it. `eni_configs` by zone."""

    def __init__(self, terrain: Terrain, cni: CniSettings, eni_configs: Mapping[str, tuple[str, ...]]) -> None:
        self.terrain, self._cni, self._eni_configs = terrain, cni, eni_configs
        self._choices: dict[tuple[str, ...], Choice] = {}
        self._sites: dict[tuple[str, ...], list[tuple[str, list[Site]]]] = {}
        self._demands: dict[tuple[int, bool, bool], Demands] = {}

    def sites(self, group: NodeGroup) -> list[tuple[str, list[Site]]]:
        """The group's zones, and in each the sites that its nodes there take in turn. KeyError where a zone has no
        ENIConfig under custom networking."""
        found = self._sites.get(group.subnets)
        if found is None:
            homes = _by_zone([self.terrain.subnets[name] for name in group.subnets])
            found = [(zone, list(self._in_zone(zone, subnets))) for zone, subnets in homes.items()]
            self._sites[group.subnets] = found
        return found

    def demand(self, group: NodeGroup, pods: int, site: Site) -> NodeDemand:
        """What a node of the group takes there. KeyError where the fleet has no such network."""
        # By the group's identity, since to hash one takes long; the terrain's fleet keeps its groups.
        key = (id(group), site.primary_excluded, not site.choice.subnets)
        found = self._demands.get(key)
        if found is None:
            networks = self.terrain.networks(group)
            _, excluded, closed = key
            found = Demands(group, self._cni, networks, primary_excluded=excluded, closed=closed)
            self._demands[key] = found
        return found.of(pods)

    def _in_zone(self, zone: str, homes: Sequence[Subnet]) -> Iterator[Site]:
        cni, subnets = self._cni, self.terrain.subnets
        if not cni.custom_networking:
            for home in homes:
                choice = self._choice(each.name for each in candidates(home, self.terrain.by_zone[zone], cni))
                yield Site(home.name, home.name, choice, is_excluded(home, cni))
            return
        configs = self._eni_configs[zone]
        for way in range(math.lcm(len(homes), len(configs))):
            config = configs[way % len(configs)]
            choice = self._choice(() if is_excluded(subnets[config], cni) else (config,))
            yield Site(homes[way % len(homes)].name, config, choice, primary_excluded=False)

    def _choice(self, names: Iterable[str]) -> Choice:
        subnets = tuple(names)
        return self._choices.setdefault(subnets, Choice(subnets))


def _by_zone(subnets: Sequence[Subnet]) -> dict[str, list[Subnet]]:
    """The subnets of each zone, as they are listed."""
    found: defaultdict[str, list[Subnet]] = defaultdict(list)
    for each in subnets:
        found[each.zone].append(each)
    return dict(found)
