"""What runs out first as a fleet grows, and how far off that is."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from nodenet.capacity.fleet import Fleet, NodeGroup
from nodenet.capacity.placing.blocks import blocks, missing
from nodenet.capacity.placing.dealing import in_proportion
from nodenet.capacity.placing.ledger import Entry, Ledger
from nodenet.capacity.placing.place import Placement, entered, nodes_of, settled
from nodenet.capacity.plan import ALL, Limit, Risk

MOST_NODES: Final = 1 << 20
"""Beyond so many more nodes nothing is looked for."""

MOST_PODS: Final = 1 << 20
"""More than any node takes."""

SAMPLE: Final = 1 << 12
"""Nodes that tell about how much of each subnet one more takes."""

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


def more_pods(fleet: Fleet) -> Limit:
    """How many more pods there is room for on every node that can take more, up to what its kubelet allows and it has
    addresses for. The same ends it as in `more_nodes`, or that no node can take more ("max pods", with the group whose
    nodes take most)."""
    spare: dict[str, int] = {}
    for now, full in zip(entered(fleet), entered(_with_more_pods(fleet, MOST_PODS)), strict=True):
        spare[now.group.name] = max(spare.get(now.group.name, 0), full.served - now.served)
    if not spare:
        return Limit(None, "", None)
    last = max(spare, key=lambda name: spare[name])

    def end(pods: int) -> _End | None:
        ledger = settled(_with_more_pods(fleet, pods))
        return _end(ledger, ledger.terrain.subnets)

    reached, ended = _last_before(end, spare[last], spare[last])
    return Limit(*ended, reached) if ended else Limit("max pods", last, reached)


def growing(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup]) -> Callable[[int], Ledger]:
    """What a number of more nodes of these groups takes, in proportion to what each has, on top of what is placed, and
    with what a surge that is a part of the nodes grows by. One more moves none of those before it, but for the
    surge's, which come last and go to the zones whose turn it is."""
    kinds = _kinds(fleet, placement, groups)
    weights = [nodes for _, nodes in kinds]
    terrain = placement.ledger.terrain

    def grown(count: int) -> Ledger:
        ledger = Ledger(terrain.today, below=placement.ledger)
        more = [
            Entry(kind.group, ((kind.pods[0][0], nodes),), kind.start)
            for (kind, _), nodes in zip(kinds, in_proportion(weights, count), strict=True)
            if nodes
        ]
        ledger.enter(more)
        ledger.enter(_surge_of(more), terrain.surge)
        return ledger

    return grown


def _surge_of(more: Sequence[Entry]) -> Iterator[Entry]:
    """What the surges of groups grow by with these nodes, on nodes like their heaviest."""
    coming: Counter[int] = Counter()
    for entry in more:
        coming[id(entry.group)] += entry.pods[0][1]
    for group in {id(entry.group): entry.group for entry in more}.values():
        if group.surge_share is not None:
            nodes = math.ceil((group.nodes + coming[id(group)]) * group.surge_share) - group.surge
            start = group.nodes + group.surge + coming[id(group)]
            if nodes > 0:
                yield Entry(group, ((max(pods for pods, _ in group.pods), nodes),), start)


def _kinds(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup]) -> list[tuple[Entry, int]]:
    """Nodes that take the same, with how many there are: one entry for each kind, to grow by itself."""
    today, starts = placement.ledger.terrain.today, nodes_of(fleet.groups)
    for group in fleet.groups:  # As nodes of one group they go on where the surge ends, and so into its zones' turn.
        starts[group.name] += group.surge
    found: dict[tuple[int, object], tuple[Entry, int]] = {}
    some_shut_out = any(subnet.cni is False for subnet in fleet.subnets)
    for group in groups:
        (_, (somewhere, *_)), *_ = today.sites(group)
        for pods, nodes in group.pods:
            demand = today.demand(group, pods, somewhere)
            kind = pods if some_shut_out else (demand.primary, demand.enis, demand.branch)
            key = (id(group), kind)
            if key not in found:
                found[key] = (Entry(group, ((pods, 1),), starts[group.name]), 0)
                starts[group.name] += 1
            found[key] = (found[key][0], found[key][1] + nodes)
    return list(found.values())


def _limit(fleet: Fleet, placement: Placement, groups: Sequence[NodeGroup]) -> Limit:
    grown = growing(fleet, placement, groups)

    def end(count: int) -> _End | None:
        ledger = grown(count)
        return _end(ledger, [name for name, load in ledger.own.items() if load.taken])

    guess = SAMPLE
    for _ in range(2):  # The second time in the order of what there is room for, which sharing out ENIs depends on.
        guess = min(_guess(grown(guess), guess), MOST_NODES)
    reached, ended = _last_before(end, MOST_NODES, guess)
    return Limit(*ended, reached) if ended else Limit(None, "", None)


def _guess(ledger: Ledger, count: int) -> int:
    """About how many nodes there is room for, if each takes as much as one of the `count` in the ledger."""
    grounds = ledger.terrain.grounds
    rooms = [
        (grounds[name].usable - grounds[name].used - ledger.below(name).taken) * count // load.taken
        for name, load in ledger.own.items()
        if load.taken
    ]
    return max(1, min(rooms, default=1))


def _with_more_pods(fleet: Fleet, more: int) -> Fleet:
    """So many more pods on every node; those that it has no room for take nothing."""
    groups = (replace(group, pods=tuple((pods + more, nodes) for pods, nodes in group.pods)) for group in fleet.groups)
    return replace(fleet, groups=tuple(groups))


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


def _last_before(end: Callable[[int], _End | None], bound: int, guess: int) -> tuple[int, _End | None]:
    """The greatest count up to `bound` that nothing ends, and what ends the next one; 0 is one, and an end stays one.
    With a good guess few are tried: steps away from it that double, then halves of what is left."""
    good, bad, ended = 0, bound + 1, None
    probe, step = min(max(guess, 1), bound), 1
    while good < probe < bad:
        if found := end(probe):
            bad, ended, probe = probe, found, probe - step
        else:
            good, probe = probe, probe + step
        step *= 2
    while bad - good > 1:
        middle = (good + bad) // 2
        if found := end(middle):
            bad, ended = middle, found
        else:
            good = middle
    return good, ended
