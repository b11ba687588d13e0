"""What runs out first as a fleet grows, and how far off that is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, Literal

from nodenet.capacity.fleet import Fleet, NodeGroup
from nodenet.capacity.placing.blocks import blocks, missing
from nodenet.capacity.placing.dealing import in_proportion
from nodenet.capacity.placing.demand import pods_at_most
from nodenet.capacity.placing.ledger import Entry, Ledger, Rules
from nodenet.capacity.placing.place import Placement, nodes_of, settled
from nodenet.capacity.plan import Limit, Risk

MOST_NODES: Final = 1 << 20
"""Beyond so many more nodes nothing is looked for."""

SAMPLE: Final = 1 << 12
"""Nodes that tell about how much of each subnet one more takes."""

ALL: Final = ""
"""The key of all groups in proportion."""

type _End = tuple[Literal["addresses", "prefixes"], str]


def more_nodes(fleet: Fleet, placement: Placement) -> dict[str, Limit]:
    """For each group's name, and under "" for all groups in proportion, how many more nodes there is room for.

    They come on top of what is there, the surge included, with the pods of their group's nodes in proportion. A growth
    ends before the first node with which a subnet that it takes from has too few addresses, or too few /28s for
    prefixes: certainly, or, where it is known which addresses are in use, by what is to be expected (Risk.HIGH).
    """
    names = dict.fromkeys(group.name for group in fleet.groups)
    found = {name: _limit(fleet, placement, [each for each in fleet.groups if each.name == name]) for name in names}
    return {ALL: _limit(fleet, placement, fleet.groups), **found}


def more_pods(fleet: Fleet, placement: Placement) -> Limit:
    """How many more pods there is room for on every node that can take more, up to what its kubelet allows and it has
    addresses for. The same ends it as in `more_nodes`, or that no node can take more ("max pods", with the group whose
    nodes take most)."""
    most = {
        id(group): pods_at_most(group, fleet.cni, placement.ledger.terrain.networks(group)) for group in fleet.groups
    }
    spare = {
        group.name: max((most[id(group)] - pods for pods, nodes in group.pods if nodes), default=0)
        for group in fleet.groups
    }
    if not spare:
        return Limit(None, "", None)
    last = max(spare, key=lambda name: spare[name])
    bound = max(0, spare[last])

    def end(pods: int) -> _End | None:
        groups = tuple(replace(group, pods=_raised(group, pods, most[id(group)])) for group in fleet.groups)
        ledger = settled(replace(fleet, groups=groups))
        return _end(ledger, ledger.terrain.subnets)

    reached = _last_before(end, bound, bound)
    if reached < bound:
        resource, where = end(reached + 1) or (None, "")
        return Limit(resource, where, reached)
    return Limit("max pods", last, bound)


def grown(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup], count: int) -> Ledger:
    """`count` more nodes of these groups, in proportion to what each has, on top of what is placed. One more moves none
    of those before it."""
    return _grown(fleet, placement, _kinds(fleet, placement, groups), count)


def _kinds(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup]) -> list[tuple[Entry, int]]:
    """Nodes that take the same, with how many there are: one entry for each kind, to grow by itself."""
    terrain, starts = placement.ledger.terrain, nodes_of(fleet.groups)
    found: dict[tuple[int, object], tuple[Entry, int]] = {}
    some_shut_out = any(subnet.cni is False for subnet in fleet.subnets)
    for group in groups:
        for pods, nodes in group.pods:
            demand = terrain.demand(group, pods, fleet.cni)
            kind = pods if some_shut_out else (demand.primary, demand.enis, demand.branch)
            key = (id(group), kind)
            if key not in found:
                found[key] = (Entry(group, ((pods, 1),), starts[group.name]), 0)
                starts[group.name] += 1
            found[key] = (found[key][0], found[key][1] + nodes)
    return list(found.values())


def _grown(fleet: Fleet, placement: Placement, kinds: Sequence[tuple[Entry, int]], count: int) -> Ledger:
    ledger = Ledger(placement.ledger.terrain, Rules(fleet.cni, fleet.eni_configs), below=placement.ledger)
    shares = in_proportion([nodes for _, nodes in kinds], count)
    ledger.enter(
        Entry(kind.group, ((kind.pods[0][0], more),), kind.start)
        for (kind, _), more in zip(kinds, shares, strict=True)
        if more
    )
    return ledger


def _limit(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup]) -> Limit:
    kinds = _kinds(fleet, placement, groups)

    def end(count: int) -> _End | None:
        ledger = _grown(fleet, placement, kinds, count)
        return _end(ledger, [name for name, load in ledger.own.items() if load.taken])

    reached = _last_before(end, MOST_NODES, _guess(_grown(fleet, placement, kinds, SAMPLE)))
    if reached == MOST_NODES:
        return Limit(None, "", None)
    resource, where = end(reached + 1) or (None, "")
    return Limit(resource, where, reached)


def _guess(ledger: Ledger) -> int:
    """About how many nodes there is room for, if each takes as much as one of SAMPLE."""
    grounds = ledger.terrain.grounds
    rooms = [
        (grounds[name].usable - grounds[name].used - ledger.below.total(name).taken) * SAMPLE // load.taken
        for name, load in ledger.own.items()
        if load.taken and ledger.below
    ]
    return max(0, min(rooms, default=0))


def _raised(group: NodeGroup, more: int, most: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(pods, min(pods + more, most)), nodes) for pods, nodes in group.pods)


def _end(ledger: Ledger, names: Iterable[str]) -> _End | None:
    """What has run out in these subnets, and where most of all: addresses before prefixes."""
    short, fragmented = "", ""
    most = widest = 0
    for name in names:
        ground, load = ledger.terrain.grounds[name], ledger.total(name)
        addresses, _ = missing(ground, load)
        if addresses > most:
            short, most = name, addresses
        elif load.prefixes or load.network_prefixes:
            found = blocks(ground, load)
            if found.risk in (Risk.HIGH, Risk.CERTAIN) and found.wanted - found.expected > widest:
                fragmented, widest = name, found.wanted - found.expected
    if short:
        return "addresses", short
    return ("prefixes", fragmented) if fragmented else None


def _last_before(end: Callable[[int], _End | None], bound: int, guess: int) -> int:
    """The greatest count up to `bound` that nothing ends; 0 is one, and an end stays one. With a good guess few are
    tried: steps away from it that double, then halves of what is left."""
    good, bad, probe, step = 0, bound + 1, min(max(guess, 1), bound), 1
    while good < probe < bad:
        if end(probe) is None:
            good, probe = probe, probe + step
        else:
            bad, probe = probe, probe - step
        step *= 2
    while bad - good > 1:
        middle = (good + bad) // 2
        if end(middle) is None:
            good = middle
        else:
            bad = middle
    return good
