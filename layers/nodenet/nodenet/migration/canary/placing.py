"""Where canaries are to be: one for each new group in each of its zones. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from nodenet.errors import HeldError
from nodenet.migration.cluster import Node, Pod
from nodenet.migration.request import Mode
from nodenet.migration.run import Run


@dataclass(frozen=True, slots=True)
class Spot:
    """`group` by its old name; `nodes`: those of its new group that can take a pod. `ranges`: the blocks of which pods
    get addresses there, empty where nobody knows."""

    zone: str
    group: str
    nodes: tuple[Node, ...] = field(hash=False)
    ranges: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.zone} (group {self.group})"

    def holds(self, address: str) -> bool:
        return not self.ranges or any(ip_address(address) in ip_network(each) for each in self.ranges)


@dataclass(frozen=True, slots=True)
class Places:
    """`awaited`: where a node is to come yet; `untested`: where none will, a sentence each."""

    spots: tuple[Spot, ...]
    awaited: tuple[str, ...]
    untested: tuple[str, ...]


def places(run: Run, nodes: Iterable[Node], instances: Mapping[str, Collection[str]]) -> Places:
    """`instances` by Auto Scaling group. A group that the run made, with a node for each of the old group's zones, is
    to have one in each; where it is smaller, or its owner's, the zones that it has are tried."""
    usable = {node.instance_id: node for node in nodes if node.ready and not node.unschedulable}
    spots: list[Spot] = []
    awaited: list[str] = []
    untested: list[str] = []
    zones_before = {each["name"]: each["zones"] for each in run.part("preflight")["facts"]["groups"]}
    made: Mapping[str, Mapping[str, Any]] = run.notes("new_group").get("groups", {})
    for name, group in sorted(made.items()):
        own = [usable[each] for asg in group["autoScalingGroups"] for each in instances.get(asg, ()) if each in usable]
        before: Sequence[str] = zones_before.get(name, ())
        everywhere = group["made"] and group["desired"] >= len(before)
        for zone in sorted({*before, *(node.zone for node in own)}):
            here = tuple(sorted((node for node in own if node.zone == zone), key=lambda node: node.name))
            if here:
                spots.append(Spot(zone, name, here, _ranges(run, name, zone)))
            elif everywhere or not own:
                awaited.append(f"group {group['name']} has no node that is ready in {zone}")
            else:
                untested.append(f"{zone} for group {name}, which has no node there")
    return Places(tuple(spots), tuple(awaited), tuple(untested))


def name_servers(pods: Iterable[Pod], old: Iterable[Node]) -> list[Pod]:
    """Two at most of the CoreDNS pods: those on old nodes first, whose addresses are the old ones."""
    names = {node.name for node in old}
    answering = [pod for pod in pods if pod.ready and pod.address and not (pod.terminating or pod.host_network)]
    return sorted(answering, key=lambda pod: (pod.node not in names, pod.name))[:2]


def has_room(node: Node, pods: Iterable[Pod]) -> bool:
    """Whether the kubelet takes one more pod."""
    return sum(not pod.finished for pod in pods) < node.max_pods


def _ranges(run: Run, group: str, zone: str) -> tuple[str, ...]:
    in_nodes = run.request.mode is Mode.NODE_SUBNETS
    label = next((each.eni_config for each in run.request.groups if each.name == group), "")
    subnets: Sequence[Mapping[str, str]] = run.notes("extend_vpc").get("nodeSubnets" if in_nodes else "podSubnets", ())
    found = tuple(each["cidr"] for each in subnets if each["zone"] == zone and label in ("", each["label"]))
    if not found and not in_nodes:
        with_label = f" with label {label}" if label else ""
        raise HeldError(
            f"group {group} has nodes in {zone}, for which the run has no pod subnet{with_label}: roll back"
        )
    return found
