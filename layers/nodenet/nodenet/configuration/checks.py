"""What only several fields of the document together show.

The checks read the plain document and not the model, passing over what is malformed: so one report holds these mistakes
along with the model's own.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from nodenet.configuration import network_checks
from nodenet.configuration.wildcards import covers, may_meet, written
from nodenet.documents.paths import at, quoted
from nodenet.documents.plain import Numbered, Plain, listed, parts, patterns, texts

TAG_VALUE: Final = 256
LINK_NAME: Final = 15

BEYOND_CARDS: Final = 64
"""No network card holds as many interfaces, and no instance type has as many cards (nodenet.limits), with room to grow.

All interfaces of a network are on one card.
"""


def mistakes(document: Plain) -> Iterator[str]:
    """A sentence for each."""
    networks, groups = parts(document, "networks"), parts(document, "nodeGroups")
    yield from _names_twice(networks)
    yield from _names_of_further_links(networks)
    yield from _unknown_networks(networks, groups)
    yield from _alike_networks(networks, groups)
    yield from _nested_selectors(groups)
    yield from _long_selectors(groups)
    for index, network in networks:
        yield from network_checks.mistakes(network, ("networks", index))


def warnings(document: Plain) -> Iterator[str]:
    """A sentence for each thing that is allowed, but hardly meant."""
    networks, groups = parts(document, "networks"), parts(document, "nodeGroups")
    used = {name for _, group in groups for name in texts(group.get("networks"))}
    for index, network in networks:
        if network.get("name") not in used:
            yield at(("networks", index), "no node group uses this network")
    for (first, one), (second, other) in combinations(groups, 2):
        if may_meet(patterns(one.get("select")), patterns(other.get("select"))):
            yield at(("nodeGroups", second, "select"), f"a node could match nodeGroups[{first}].select too")
    for index, network in networks:
        yield from network_checks.warnings(network, ("networks", index))


def _names_twice(networks: Numbered) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, network in networks:
        name = network.get("name")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            yield at(("networks", index, "name"), f"{quoted(name)} is the name of networks[{first[name]}] already")


def _names_of_further_links(networks: Numbered) -> Iterator[str]:
    """The node names the links of a network's second and further interfaces `n3-2`, `n3-3`.

    A link's name has 15 characters at most (IFNAMSIZ, netdevice(7)).
    """
    for index, network in networks:
        name, interfaces = network.get("name"), network.get("interfaces")
        if not isinstance(name, str) or not isinstance(interfaces, int) or not 1 < interfaces < BEYOND_CARDS:
            continue
        if len(last := f"{name}-{interfaces}") > LINK_NAME:
            said = f"the last of its {interfaces} interfaces would be {last}, longer than {LINK_NAME} characters"
            yield at(("networks", index, "name"), said)
        further = {f"{name}-{number}": number for number in range(2, interfaces + 1)}
        for other, one in networks:
            if number := further.get(str(one.get("name"))):
                said = f"{quoted(one['name'])} is how the node names interface {number} of networks[{index}]"
                yield at(("networks", other, "name"), said)


def _unknown_networks(networks: Numbered, groups: Numbered) -> Iterator[str]:
    known = list(dict.fromkeys(name for _, network in networks if isinstance(name := network.get("name"), str)))
    for index, group in groups:
        for place, name in enumerate(listed(group.get("networks"))):
            if isinstance(name, str) and name not in known:
                said = f"known are {', '.join(map(quoted, known))}" if known else "none is known"
                yield at(("nodeGroups", index, "networks", place), f"unknown network {quoted(name)}; {said}")


def _alike_networks(networks: Numbered, groups: Numbered) -> Iterator[str]:
    """A network is recognised on the node by subnet and groups: its ENI's metadata shows neither tags nor a name.

    EC2 User Guide, "Instance metadata categories": network/interfaces/macs/<mac>.
    """
    by_name = {name: network for _, network in reversed(networks) if isinstance(name := network.get("name"), str)}
    for index, group in groups:
        named = dict.fromkeys(texts(group.get("networks")))
        for one, other in combinations([name for name in named if name in by_name], 2):
            if shared := _shared(by_name[one], by_name[other]):
                said = f"{quoted(one)} and {quoted(other)} share {shared} and all security groups"
                yield at(("nodeGroups", index, "networks"), f"{said}: nothing tells them apart on a node")


def _shared(one: Plain, other: Plain) -> str:
    """What two networks with the same security groups have in common of their subnets; empty where nothing."""
    security_groups = set(texts(one.get("securityGroups")))
    if not security_groups or security_groups != set(texts(other.get("securityGroups"))):
        return ""
    selector = patterns(one.get("subnets"))
    if selector:
        return "their subnet selector" if selector == patterns(other.get("subnets")) else ""
    return ", ".join(map(quoted, sorted(set(texts(one.get("subnets"))) & set(texts(other.get("subnets"))))))


def _nested_selectors(groups: Numbered) -> Iterator[str]:
    """A node that matches two groups has no group. Where selectors only may meet, `warnings` says so."""
    selectors = [(index, selector) for index, group in groups if (selector := patterns(group.get("select")))]
    for (first, one), (second, other) in combinations(selectors, 2):
        if one == other:
            yield at(("nodeGroups", second, "select"), f"the same as nodeGroups[{first}].select; a node has one group")
        elif covers(one, other):
            said = f"nodeGroups[{first}].select matches all of these nodes too; a node has one group"
            yield at(("nodeGroups", second, "select"), said)
        elif covers(other, one):
            said = f"matches all nodes of nodeGroups[{first}].select too; a node has one group"
            yield at(("nodeGroups", second, "select"), said)


def _long_selectors(groups: Numbered) -> Iterator[str]:
    """The interfaces carry the selector as a tag, so that it is found again what they were made for.

    EC2 API Reference, Tag: a value has at most 256 characters.
    """
    for index, group in groups:
        if len(name := written(patterns(group.get("select")))) > TAG_VALUE:
            yield at(("nodeGroups", index, "select"), f"{len(name)} characters in all; at most {TAG_VALUE} fit a tag")
