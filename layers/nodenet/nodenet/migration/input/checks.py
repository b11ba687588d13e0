"""What does not fit together in an input whose fields are each right."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from nodenet.migration.input.model import Input
from nodenet.migration.input.parts import Subnet, Subnets


def mistakes(given: Input, cluster: str) -> Iterator[str]:
    """A sentence for each."""
    if given.cluster not in (None, cluster):
        yield f"cluster: {given.cluster} has a stack of its own; this one is for {cluster}"
    yield from _groups(given)
    yield from _mode(given)
    for place, zones in (("podSubnets", given.pod_subnets), ("nodeSubnets", given.node_subnets)):
        yield from _subnets(place, zones, given)
    yield from _overlaps(given)
    yield from _labels(given)


def _groups(given: Input) -> Iterator[str]:
    names = Counter(each.name for each in given.node_groups)
    yield from (f"nodeGroups: {name} stands there {count} times" for name, count in names.items() if count > 1)
    for number, group in enumerate(given.node_groups):
        if group.replacement in names:
            yield f"nodeGroups[{number}].replacement: {group.replacement} is to move itself"
        if given.waves and group.replacement:
            yield f"nodeGroups[{number}].replacement: waves grow the new group, which must be one that the run makes"


def _mode(given: Input) -> Iterator[str]:
    if given.mode == "custom-networking" and not given.pod_subnets:
        yield "podSubnets: missing; custom networking gives pods addresses of them"
    if given.mode == "node-subnets":
        if not given.node_subnets and not all(each.replacement for each in given.node_groups):
            yield "nodeSubnets: missing; in mode node-subnets the new nodes go there"
        if given.pod_subnets:
            yield "podSubnets: in mode node-subnets pods get addresses of their node's subnet"
        if given.security_groups:
            yield "securityGroups: in mode node-subnets pods have their node's"


def _subnets(place: str, zones: Mapping[str, Subnets], given: Input) -> Iterator[str]:
    for zone, subnets in zones.items():
        for number, subnet in enumerate(subnets):
            where = f"{place}.{zone}[{number}]" if len(subnets) > 1 else f"{place}.{zone}"
            if (subnet.id is None) == (subnet.cidr is None):
                yield f"{where}: either an id or a cidr"
            if subnet.label and place == "nodeSubnets":
                yield f"{where}.label: only pod subnets have one"
            if subnet.cidr and given.cidrs and not any(subnet.cidr.subnet_of(block) for block in given.cidrs):
                yield f"{where}: {subnet.cidr} lies in none of cidrs"
        if place == "podSubnets" and len(subnets) > 1:
            yield from _several(place, zone, subnets)


def _several(place: str, zone: str, subnets: Iterable[Subnet]) -> Iterator[str]:
    labels = Counter(each.label for each in subnets)
    if None in labels:
        yield f"{place}.{zone}: each of several subnets needs a label, by which nodes choose their ENIConfig"


def _overlaps(given: Input) -> Iterator[str]:
    """Of blocks that are to be made or associated."""
    made = [
        (f"{place}.{zone}", subnet.cidr)
        for place, zones in (("podSubnets", given.pod_subnets), ("nodeSubnets", given.node_subnets))
        for zone, subnets in zones.items()
        for subnet in subnets
        if subnet.cidr
    ]
    yield from _pairs(made)
    yield from _pairs([("cidrs", block) for block in given.cidrs])


def _pairs(blocks: list[tuple[str, IPv4Network]]) -> Iterator[str]:
    for number, (where, block) in enumerate(blocks):
        for other_where, other in blocks[:number]:
            if block.overlaps(other):
                yield f"{where}: {block} overlaps {other} of {other_where}"


def _labels(given: Input) -> Iterator[str]:
    every = [each for subnets in given.pod_subnets.values() for each in subnets]
    labels = {each.label for each in every if each.label}
    names = Counter(each.label for each in every if each.label)
    yield from (f"podSubnets: label {name} stands there {count} times" for name, count in names.items() if count > 1)
    if labels and len(labels) < len(every):
        yield "podSubnets: either all subnets have labels or none: nodes find their ENIConfig by one label"
    for number, group in enumerate(given.node_groups):
        if labels and not group.replacement and group.eni_config not in labels:
            known = ", ".join(sorted(labels))
            yield f"nodeGroups[{number}].eniConfig: one of {known}, since zones have several subnets"
        if group.eni_config and not labels:
            yield f"nodeGroups[{number}].eniConfig: no pod subnet has a label"
