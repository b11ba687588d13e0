"""Which ENIConfig a node takes, and so which subnets the pods of each zone have.

Rules: amazon-vpc-cni-k8s, pkg/eniconfig/eniconfig.go.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nodenet.capacity.running.nodes import PlannedNode
from nodenet.capacity.running.seen import Node, Seen

_EXTERNAL: Final = "vpc.amazonaws.com/externalEniConfig"
_KEY: Final = "k8s.amazonaws.com/eniConfig"
_DEFAULT: Final = "default"
_ZONE: Final = "topology.kubernetes.io/zone"


def eni_configs(seen: Seen, nodes: Iterable[PlannedNode], environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The document's `eniConfigs`: by zone, the subnets that its nodes' ENIConfigs name; where ENIConfigs are called
    as zones are, those of zones without nodes too."""
    known = {each.name: each.subnet_id for each in seen.eni_configs if each.subnet_id in seen.cloud.subnets}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for node in nodes:
        subnet, zone = known.get(chosen(node.node, environment)), _zone(node, seen)
        if subnet and seen.cloud.subnets[subnet].zone == zone:
            found[zone].add(subnet)
    if environment.get("ENI_CONFIG_LABEL_DEF") == _ZONE:
        zones = {each.zone for each in seen.cloud.subnets.values()}
        for zone in zones & known.keys() - found.keys():
            if seen.cloud.subnets[known[zone]].zone == zone:
                found[zone].add(known[zone])
    return {zone: sorted(subnets) for zone, subnets in sorted(found.items())}


def chosen(node: Node, environment: Mapping[str, str]) -> str:
    """The name of the node's ENIConfig. Presence decides, even of an empty value."""
    annotation = environment.get("ENI_CONFIG_ANNOTATION_DEF") or _KEY
    label = environment.get("ENI_CONFIG_LABEL_DEF") or _KEY
    if _EXTERNAL in node.labels:
        return node.labels[_EXTERNAL]
    return node.annotations.get(annotation, node.labels.get(label, _DEFAULT))


def notes(seen: Seen, nodes: Iterable[PlannedNode], environment: Mapping[str, str]) -> Iterator[str]:
    """Nodes that will get no pod addresses: their ENIConfig is missing, or of another zone. And zones whose nodes do
    not take their subnets evenly, as the plan has them."""
    known = {each.name: each.subnet_id for each in seen.eni_configs}
    missing: defaultdict[str, int] = defaultdict(int)
    astray: defaultdict[str, int] = defaultdict(int)
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for node in nodes:
        name = chosen(node.node, environment)
        subnet = seen.cloud.subnets.get(known.get(name, ""))
        if subnet is None:
            missing[name] += 1
        elif subnet.zone != _zone(node, seen):
            astray[name] += 1
        else:
            taken[subnet.zone][subnet.id] += 1
    for name, count in sorted(missing.items()):
        yield f"ENIConfig {name} is missing, or names no subnet of the VPC: {_none(count)}"
    for name, count in sorted(astray.items()):
        yield f"ENIConfig {name} names a subnet of another zone: {_none(count)}"
    for zone, counts in sorted(taken.items()):
        if max(counts.values()) - min(counts.values()) > 1:
            where = ", ".join(f"{count} that of {subnet}" for subnet, count in counts.most_common())
            yield f"the nodes in {zone} do not share its ENIConfigs evenly, as the plan has them: {where}"


def _none(nodes: int) -> str:
    return f"{nodes} node{'s' if nodes > 1 else ''} that take{'' if nodes > 1 else 's'} it without pod addresses"


def _zone(node: PlannedNode, seen: Seen) -> str:
    return seen.cloud.subnets[node.instance.subnet_id].zone
