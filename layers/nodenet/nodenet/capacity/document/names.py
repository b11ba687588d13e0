"""Names that stand for something else in the document: each once, and each declared."""

from collections.abc import Container, Iterable, Iterator, Sequence

from nodenet.capacity.document.seen import Seen, SeenNetwork, SeenSubnet
from nodenet.capacity.document.seen_group import SeenGroup
from nodenet.capacity.document.tolerant import Placed
from nodenet.documents.near import Hints
from nodenet.documents.paths import quoted, written
from nodenet.documents.reading import Mistake


def mistakes(seen: Seen) -> Iterator[Mistake]:
    """Two subnets, networks or node groups of one name, and names that nobody declares.

    Where no subnet, or no list of networks, can be read, every name would be one: the model tells of the cause.
    """
    for named in (seen.subnets, seen.networks, seen.groups):
        yield from _twice(named)
    if seen.subnet:
        yield from _subnets(seen)
    if seen.networks_listed:
        hints = Hints(seen.network)
        for group in seen.groups:
            yield from _undeclared("network", group.networks, seen.network, hints)


def _subnets(seen: Seen) -> Iterator[Mistake]:
    hints = Hints(seen.subnet)
    for network in seen.networks:
        yield from _undeclared("subnet", network.subnets, seen.subnet, hints)
    for configs in (seen.eni_configs, seen.target_eni_configs):
        for names in configs.values():
            yield from _undeclared("subnet", names, seen.subnet, hints)
    for group in seen.groups:
        yield from _undeclared("subnet", group.subnets, seen.subnet, hints)


def _twice(named: Sequence[SeenSubnet | SeenNetwork | SeenGroup]) -> Iterator[Mistake]:
    first: dict[str, SeenSubnet | SeenNetwork | SeenGroup] = {}
    for each in named:
        if each.name is not None and first.setdefault(each.name, each) is not each:
            said = f"{quoted(each.name)} is the name of {written(first[each.name].path)} already"
            yield Mistake((*each.path, "name"), said)


def _undeclared(kind: str, names: Iterable[Placed[str]], declared: Container[str], hints: Hints) -> Iterator[Mistake]:
    for path, name in names:
        if name not in declared:
            meant = hints.of(name)
            yield Mistake(path, f"unknown {kind} {quoted(name)}" + (f"; {meant}" if meant else ""))
