"""A fleet placed node by node, ENI by ENI and pod by pod: what `placing` must come to, by the sources alone.

It shares nothing with `placing` but the words: each rule is written anew from pkg/ipamd and pkg/awsutils of
amazon-vpc-cni-k8s v1.23 and the user guides that the planner's own modules name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from tests.unit.capacity.one_node import Node, node_of

type Configs = Mapping[str, tuple[str, ...]]


@dataclass
class Taken:
    nodes: int = 0
    pods: int = 0
    networks: int = 0
    prefixes: int = 0
    named_prefixes: int = 0
    named_addresses: int = 0

    @property
    def all(self) -> int:
        return self.nodes + self.pods + self.networks


@dataclass
class World:
    """What is taken of each subnet, and what EC2 still has there at best."""

    fleet: Fleet
    taken: defaultdict[str, Taken] = field(default_factory=lambda: defaultdict(Taken))
    nodes: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.subnets = {each.name: each for each in self.fleet.subnets}
        self.parts = {each.name: _parts(each) for each in self.fleet.subnets}
        self.dealt: Counter[str] = Counter()
        """How many nodes of each group's name have been placed."""

    def settle(self, coming: list[tuple[NodeGroup, int]], cni: CniSettings, configs: Configs) -> None:
        """Nodes of (group, pods), dealt round to zones and subnets. Then their further ENIs, the largest first."""
        enis: list[tuple[int, int, Node]] = []
        for group, pods in coming:
            node = self._node(group, pods, cni, configs)
            self.nodes.append(node)
            own = self.taken[node.home.name]
            own.nodes += 1
            own.pods += node.size(node.slots[0]) - 1
            own.prefixes += node.slots[0] if node.prefixes else 0
            self.taken[(node.config or node.home).name].pods += node.branches + node.trunk
            self._networks(node)
            enis += [(node.size(slots), slots, node) for slots in (*node.slots[1:], *[1] * node.cards)]
        turns: dict[object, int] = {}
        for size, _, node in enis:
            turns.setdefault((size, node.prefixes, *(each.name for each in node.usable)), len(turns))

        def order(each: tuple[int, int, Node]) -> tuple[bool, int, int]:
            """Those that have no choice; then by size; of one size, those with the same choice together."""
            size, _, node = each
            return len(node.usable) > 1, -size, turns[size, node.prefixes, *(one.name for one in node.usable)]

        for size, slots, node in sorted(enis, key=order):
            prefixes = slots if node.prefixes else 0
            best = max(node.usable, key=lambda each: self._rank(each, size - 16 * prefixes, prefixes))
            self.taken[best.name].pods += size
            self.taken[best.name].prefixes += prefixes

    def _node(self, group: NodeGroup, pods: int, cni: CniSettings, configs: Configs) -> Node:
        number = self.dealt[group.name]
        self.dealt[group.name] += 1
        zones = list(dict.fromkeys(self.subnets[name].zone for name in group.subnets))
        zone, turn = zones[number % len(zones)], number // len(zones)
        homes = [self.subnets[name] for name in group.subnets if self.subnets[name].zone == zone]
        home, config = homes[turn % len(homes)], None
        off = cni.subnet_discovery
        if cni.custom_networking:
            config = self.subnets[configs[zone][turn % len(configs[zone])]]
            usable = [] if off and config.cni is False else [config]
        elif off:
            usable = [each for each in self.fleet.subnets if each.zone == zone and _for_enis(each, home)]
        else:
            usable = [] if home.cni is False else [home]
        barren = cni.custom_networking or (off and home.cni is False)
        return node_of(self.fleet, group, pods, cni, home, config, barren, usable)

    def _networks(self, node: Node) -> None:
        for network in self.fleet.networks:
            if network.name in node.group.networks:
                for _ in range(network.interfaces):
                    there = self.taken[network.subnets[node.home.zone]]
                    there.networks += 1 + network.addresses + 16 * network.prefixes
                    there.named_addresses += network.addresses
                    there.named_prefixes += network.prefixes

    def _rank(self, subnet: Subnet, singles: int, prefixes: int) -> tuple[bool, int, int]:
        """EC2 makes it, then DescribeSubnets' count, then the order of the list."""
        shown = subnet.size - 5 - subnet.used - self.taken[subnet.name].all
        reserved = self.parts[subnet.name]["prefix"]
        if reserved:
            asked, _ = self.asked(subnet.name)
            shown -= len(reserved) - 16 * asked
        addresses, blocks = self._refused(subnet.name, singles, prefixes)
        makes = not addresses and not (prefixes and blocks)
        return makes, shown, -self.fleet.subnets.index(subnet)

    def asked(self, name: str) -> tuple[int, int]:
        """Prefixes and single addresses that EC2 is to choose by itself: others are named, out of explicit blocks."""
        taken, explicit = self.taken[name], self.parts[name]["explicit"]
        named = min(taken.named_prefixes, len(_whole(explicit)))
        prefixes = taken.prefixes + taken.named_prefixes
        singles = taken.all - 16 * prefixes
        return prefixes - named, singles - min(taken.named_addresses, len(explicit) - 16 * named)

    def missing(self, name: str) -> tuple[int, int]:
        """Addresses and /28s that are too few; addresses too where all that is asked for is more than there is."""
        subnet = self.subnets[name]
        addresses, blocks = self._refused(name)
        return max(addresses, subnet.used + self.taken[name].all - (subnet.size - 5)), blocks

    def _refused(self, name: str, more: int = 0, more_prefixes: int = 0) -> tuple[int, int]:
        """What EC2 cannot give of what it was asked for, and of so much more, however well all lies. Others' addresses
        that lie nobody knows where lie where they harm least."""
        subnet, parts = self.subnets[name], self.parts[name]
        prefixes, singles = self.asked(name)
        prefixes, singles = prefixes + more_prefixes, singles + more
        free, unknown = set(parts["open"]), subnet.used if subnet.occupied is None else 0
        in_whole = {address for block in _whole(free) for address in block}
        free -= set([*sorted(free - in_whole), *sorted(in_whole)][:unknown])
        if parts["prefix_kind"]:
            return max(0, singles - len(free)), max(0, prefixes - len(_whole(parts["prefix"])))
        addresses = max(0, singles + 16 * prefixes - len(free))
        return addresses, 0 if addresses else max(0, prefixes - len(_whole(free)))

    def scattered(self, name: str) -> bool:
        """Whether fewer /28s are to be expected than prefixes want, though others' addresses are known: single ones
        first, each anywhere."""
        subnet, parts = self.subnets[name], self.parts[name]
        prefixes, singles = self.asked(name)
        if not prefixes or parts["prefix_kind"] or (subnet.used and subnet.occupied is None):
            return False
        free, whole = len(parts["open"]), len(_whole(parts["open"]))
        if whole - singles >= prefixes:
            return False
        return Fraction(whole * comb(max(0, free - singles), 16), comb(free, 16)) < prefixes


def _for_enis(subnet: Subnet, home: Subnet) -> bool:
    return subnet.cni is True or (subnet is home and subnet.cni is None)


def _parts(subnet: Subnet) -> dict[str, set[int]]:
    """Free addresses, one by one, of what is reserved and what is not."""
    first = int(subnet.cidr[0]) if subnet.cidr else 0
    free = set(range(first + 4, first + subnet.size - 1))
    for some in subnet.occupied or ():
        free -= set(range(int(some.first), int(some.last) + 1))
    parts: dict[str, set[int]] = {"open": free, "prefix": set(), "explicit": set(), "prefix_kind": set()}
    for each in subnet.reservations:
        inside = set(range(int(each.block[0]), int(each.block[-1]) + 1))
        parts[each.kind] |= free & inside
        parts["open"] = parts["open"] - inside
        if each.kind == "prefix":
            parts["prefix_kind"] |= inside
    return parts


def _whole(addresses: set[int]) -> list[range]:
    starts = {address for address in addresses if address % 16 == 0}
    return [range(start, start + 16) for start in sorted(starts) if addresses >= set(range(start, start + 16))]


def base(fleet: Fleet) -> World:
    world = World(fleet)
    world.settle(list(_nodes(fleet)), fleet.cni, fleet.eni_configs)
    return world


def surged(fleet: Fleet) -> World:
    world = base(fleet)
    rules = fleet.target
    cni, configs = (rules.cni, rules.eni_configs) if rules else (fleet.cni, fleet.eni_configs)
    world.settle(list(_surge(fleet)), cni, configs)
    return world


def _nodes(fleet: Fleet) -> Iterator[tuple[NodeGroup, int]]:
    for group in fleet.groups:
        for pods, nodes in group.pods:
            yield from [(group, pods)] * nodes


def _surge(fleet: Fleet) -> Iterator[tuple[NodeGroup, int]]:
    """The heaviest first, again and again; where there are no nodes, like the heaviest that are to come."""
    for group in fleet.groups:
        heaviest = sorted((pods for pods, nodes in group.pods for _ in range(nodes)), reverse=True)
        heaviest = heaviest or [max(pods for pods, _ in group.pods)]
        yield from sorted(
            ((group, heaviest[number % len(heaviest)]) for number in range(group.surge)), key=lambda each: -each[1]
        )


def grown(fleet: Fleet, names: set[str], count: int) -> World:
    """So many more nodes of these groups, in the turn of zones that the surge left, each of the group that is furthest
    below its share."""
    world = surged(fleet)
    groups = [group for group in fleet.groups if group.name in names]
    weights = [group.nodes for group in groups] if any(group.nodes for group in groups) else [1] * len(groups)
    came, coming = [0] * len(groups), []
    for _ in range(count):
        ways = [place for place, weight in enumerate(weights) if weight]
        turn = max(ways, key=lambda place: (Fraction(weights[place], 2 * came[place] + 1), -place))
        came[turn] += 1
        coming.append((groups[turn], groups[turn].pods[0][0]))
    world.settle(coming, fleet.cni, fleet.eni_configs)
    return world


def ended(world: World, before: World) -> bool:
    """Whether, where nodes took more, there is too little now, or the /28s are likely too few."""
    changed = [name for name, taken in world.taken.items() if taken.all > before.taken[name].all]
    return any(any(world.missing(name)) or world.scattered(name) for name in changed)
