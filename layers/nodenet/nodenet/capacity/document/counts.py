"""Numbers of a node group, and ways to say a thing, that contradict each other."""

from collections.abc import Iterator

from nodenet.capacity.document.seen import Seen
from nodenet.capacity.document.seen_group import SeenGroup
from nodenet.documents.reading import Mistake


def mistakes(seen: Seen) -> Iterator[Mistake]:
    """Nodes counted in several ways, ends in the wrong order, and what is said twice or not at all."""
    for network in seen.networks:
        if network.plans != 1:
            said = "must be one of prefixes, addresses and slice" if network.plans else "names none; write none"
            yield Mistake((*network.path, "addresses"), said)
    for group in seen.groups:
        yield from _types(group)
        yield from _nodes(group)
        yield from _pods(group)


def notes(seen: Seen) -> Iterator[Mistake]:
    """What stands there and takes no part."""
    used = {name for group in seen.groups for _, name in group.networks}
    for network in seen.networks:
        if network.name is not None and network.name not in used:
            yield Mistake(network.path, "no node group uses this network")
    if seen.migrates and all(group.surge == 0 for group in seen.groups):
        yield Mistake(("migration",), "no node group has a surge: no node runs with these settings")


def _types(group: SeenGroup) -> Iterator[Mistake]:
    both = {"instanceType", "instanceTypes"}
    if not both & group.keys:
        yield Mistake(group.path, "needs an instanceType, or instanceTypes where there are several")
    if both <= group.keys:
        yield Mistake((*group.path, "instanceType"), "instanceTypes names all of them: leave this out")


def _nodes(group: SeenGroup) -> Iterator[Mistake]:
    counted = [("pods", group.counted), ("instanceTypes", group.typed)]
    known = [(key, count) for key, count in counted if count is not None]
    if "nodes" not in group.keys and not group.counting and "pods" in group.keys:
        yield Mistake(group.path, "needs nodes: how many there are")
    if group.nodes is not None:
        for key, count in known:
            if count != group.nodes:
                yield Mistake((*group.path, "nodes"), f"{group.nodes}; {key} counts {count}")
    elif len({count for _, count in known}) > 1:
        yield Mistake((*group.path, "pods"), f"counts {group.counted} nodes; instanceTypes counts {group.typed}")


def _pods(group: SeenGroup) -> Iterator[Mistake]:
    if group.least is None or group.most is None:
        return
    if group.least > group.most:
        yield Mistake((*group.path, "pods"), f"goes from {group.least} down to {group.most}: name the fewest first")
    elif group.branch_pods and group.branch_pods > group.least:
        said = f"{group.branch_pods}; some nodes have no more than {group.least} pods in all"
        yield Mistake((*group.path, "branchPods"), said)
