"""The extra networks of nodenet, by the interfaces that it made."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nodenet.capacity.running.ownership import network_of
from nodenet.capacity.running.seen import Interface, Seen
from nodenet.capacity.shape import PREFIX_ADDRESSES


def networks(seen: Seen, instance_ids: Collection[str]) -> list[dict[str, Any]]:
    """The document's `networks`."""
    return [_network(name, found, seen) for name, found in sorted(_by_name(seen, instance_ids).items())]


def by_instance(seen: Seen, instance_ids: Collection[str]) -> Mapping[str, list[str]]:
    """The names of each instance's networks."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, interfaces in _by_name(seen, instance_ids).items():
        for each in interfaces:
            found[each.instance_id].add(name)
    return {instance: sorted(names) for instance, names in found.items()}


def notes(seen: Seen, instance_ids: Collection[str]) -> Iterator[str]:
    """Where a network's interfaces are not alike, as the plan has them."""
    for name, interfaces in sorted(_by_name(seen, instance_ids).items()):
        if len({_holds(each) for each in interfaces}) > 1:
            yield f"the interfaces of network {name} hold different numbers of addresses: the plan has the usual one"
        for zone, subnets in sorted(_subnets(interfaces, seen).items()):
            if len(subnets) > 1:
                yield f"network {name} has {len(subnets)} subnets in {zone}: the plan has {_usual(subnets)} only"


def _by_name(seen: Seen, instance_ids: Collection[str]) -> Mapping[str, list[Interface]]:
    found: defaultdict[str, list[Interface]] = defaultdict(list)
    for each in seen.cloud.interfaces:
        if each.instance_id in instance_ids and (name := network_of(each, seen.cluster.name)):
            found[name].append(each)
    return found


def _network(name: str, interfaces: list[Interface], seen: Seen) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "subnets": [_usual(subnets) for _, subnets in sorted(_subnets(interfaces, seen).items())],
        "interfaces": max(Counter(each.instance_id for each in interfaces).values()),
    }
    singles, prefixes = _usual(Counter(map(_holds, interfaces)))
    if singles:
        found["addresses"] = {"addresses": singles + prefixes * PREFIX_ADDRESSES}
    elif prefixes:
        found["addresses"] = {"prefixes": prefixes}
    cards = {each.card for each in interfaces}
    if len(cards) == 1:
        found["networkCard"] = cards.pop()
    return found


def _holds(interface: Interface) -> tuple[int, int]:
    """Addresses beside its own, and prefixes."""
    return max(0, len(interface.addresses) - 1), len(interface.prefixes)


def _subnets(interfaces: list[Interface], seen: Seen) -> Mapping[str, Counter[str]]:
    zones: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in interfaces:
        zones[seen.cloud.subnets[each.subnet_id].zone][each.subnet_id] += 1
    return zones


def _usual[T: (str, tuple[int, int])](counts: Counter[T]) -> T:
    """What there is most of; of two, the larger."""
    return max(counts, key=lambda each: (counts[each], each))
