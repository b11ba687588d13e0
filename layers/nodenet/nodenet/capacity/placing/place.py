"""Where a fleet's nodes, ENIs and prefixes come to lie, and whether they fit."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nodenet.capacity.fleet import Fleet, NodeGroup
from nodenet.capacity.placing.blocks import blocks
from nodenet.capacity.placing.dealing import heaviest
from nodenet.capacity.placing.demand import NodeDemand
from nodenet.capacity.placing.ledger import Entered, Entry, Ledger
from nodenet.capacity.placing.shortages import of_nodes, of_subnet
from nodenet.capacity.placing.terrain import Terrain
from nodenet.capacity.plan import NodeUse, Shortage, SubnetUse


@dataclass(frozen=True, slots=True)
class Placement:
    """`ledger` is what more nodes may be entered on top of."""

    nodes: tuple[NodeUse, ...]
    subnets: tuple[SubnetUse, ...]
    shortages: tuple[Shortage, ...]
    ledger: Ledger = field(repr=False, compare=False)


def place(fleet: Fleet) -> Placement:
    """Where everything lies once the VPC CNI has settled, at the height of the surge. Its cost grows with the groups
    and their subnets, not with the nodes. KeyError where the fleet names what it does not have: a subnet or network
    that is not in it, a zone without ENIConfig under custom networking.

    The surge's nodes are like the heaviest of their group, and only as many as the group has nodes are like all: while
    a group is replaced each new node takes the pods of one that goes, the heaviest ones' too at some moment, and
    ipamd gives nothing back on nodes that are cordoned. They run with the target's settings where there is one.
    """
    terrain = Terrain(fleet)
    base, there = _nodes(terrain, fleet)
    surge, surging = _surge(base, fleet)
    return Placement(
        nodes=tuple(_node_uses(terrain, there)),
        subnets=tuple(_subnet_uses(terrain, base, surge)),
        shortages=(
            *(
                short
                for name, subnet in terrain.subnets.items()
                for short in of_subnet(subnet, terrain.grounds[name], surge.total(name))
            ),
            *of_nodes(there, surge=False),
            *of_nodes(surging, surge=True),
        ),
        ledger=surge,
    )


def settled(fleet: Fleet) -> Ledger:
    """The loads alone, for who asks only whether it fits."""
    return _surge(_nodes(Terrain(fleet), fleet)[0], fleet)[0]


def entered(fleet: Fleet) -> list[Entered]:
    """Its nodes by kind and place, without the surge; in the same order whatever pods they run."""
    return _nodes(Terrain(fleet), fleet)[1]


def nodes_of(groups: Iterable[NodeGroup]) -> Counter[str]:
    """How many nodes there are of each name. Groups of one name are one group of several instance types."""
    found: Counter[str] = Counter()
    for group in groups:
        found[group.name] += group.nodes
    return found


def _nodes(terrain: Terrain, fleet: Fleet) -> tuple[Ledger, list[Entered]]:
    ledger = Ledger(terrain.today)
    there: Counter[str] = Counter()
    entries = []
    for group in fleet.groups:
        entries.append(Entry(group, group.pods, there[group.name]))
        there[group.name] += group.nodes
    return ledger, ledger.enter(entries)


def _surge(below: Ledger, fleet: Fleet) -> tuple[Ledger, list[Entered]]:
    ledger = Ledger(below.terrain.surge, below)
    there = nodes_of(fleet.groups)
    entries = []
    for group in fleet.groups:
        if group.surge:
            entries.append(Entry(group, heaviest(group.pods, group.surge), there[group.name]))
            there[group.name] += group.surge
    return ledger, ledger.enter(entries)


def _node_uses(terrain: Terrain, there: Iterable[Entered]) -> Iterator[NodeUse]:
    alike: dict[tuple[int, int, int], tuple[NodeGroup, int, NodeDemand]] = {}
    nodes: Counter[tuple[int, int, int]] = Counter()
    for each in there:
        key = (id(each.group), each.pods, id(each.demand))
        alike[key] = (each.group, each.pods, each.demand)
        nodes[key] += each.nodes
    for key, (group, pods, demand) in alike.items():
        networks = terrain.networks(group)
        yield NodeUse(
            group=group.name,
            instance_type=group.limits.instance_type,
            nodes=nodes[key],
            pods=pods,
            holding=demand.holding,
            max_pods=demand.max_pods,
            idle=demand.idle,
            network_addresses=sum(network.addresses_of_node for network in networks),
            branch_addresses=demand.branch,
            card_addresses=demand.cards,
        )


def _subnet_uses(terrain: Terrain, base: Ledger, surge: Ledger) -> Iterator[SubnetUse]:
    for name, subnet in terrain.subnets.items():
        load, ground = base.total(name), terrain.grounds[name]
        on_top = surge.own.get(name)
        yield SubnetUse(
            name=name,
            zone=subnet.zone,
            usable=ground.usable,
            used=ground.used,
            nodes=load.nodes,
            pods=load.pods,
            networks=load.networks,
            surge=on_top.taken if on_top else 0,
            blocks=blocks(ground, surge.total(name)),
        )
