"""How many pods a node of a new group takes, and how many nodes that makes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.max_pods import HOST_NETWORK_PODS, cni_max_pods, eks_max_pods
from nodenet.capacity.shape import most_enis
from nodenet.limits import InstanceLimits
from nodenet.migration.preflight.case import Case, Group
from nodenet.migration.preflight.seen_kubernetes import Pod

FULLEST: Final = 0.8
"""The part of a node's allocatable processor and memory that requests are planned to take: pods are not packed without
gaps, and a node that is requested whole has no room for what a roll-out brings."""

_MOST: Final = 250
"""What EKS tells a kubelet at most ("Amazon EKS recommended maximum Pods"), for types whose vCPUs are not known."""


@dataclass(frozen=True, slots=True)
class Size:
    """A group's new nodes. `before` and `nodes`: how many. `max_pods`: what their kubelets are told; `addresses`: pods
    that the VPC CNI has addresses for, none where there is no slot for an interface. `each`: pods of a node that a
    drain does not move, with an address of the VPC and on the host's network. `why`: what the number comes from."""

    group: str
    before: int
    nodes: int
    max_pods: int
    addresses: int
    each: tuple[int, int]
    why: str

    @property
    def room(self) -> int:
        """Places of a node for pods that move."""
        with_address, on_host = self.each
        return max(0, min(self.max_pods - on_host, self.addresses) - with_address)


def max_pods_of(limits: InstanceLimits, settings: CniSettings, unmanaged: int) -> int:
    """What a kubelet is to be told: what the VPC CNI has addresses for beside so many interfaces of others, and no more
    than EKS tells a node of the type."""
    told = eks_max_pods(limits, settings)
    return min(cni_max_pods(limits, settings, unmanaged=unmanaged), _MOST if told is None else told)


def slots(limits: InstanceLimits, settings: CniSettings, unmanaged: int) -> int:
    """Interfaces that the VPC CNI has for pods with custom networking: the type's, less the primary one, those of
    others, and a trunk with ENABLE_POD_ENI (hasRoomForEni, pkg/ipamd/ipamd.go)."""
    trunk = 1 if settings.pod_eni and limits.branch_interfaces != 0 else 0
    return most_enis(limits, settings) - 1 - unmanaged - trunk


class Sizes:
    """Of all groups that move."""

    def __init__(self, case: Case) -> None:
        self._case = case

    @cached_property
    def by_group(self) -> Mapping[str, Size]:
        """Those whose instance types are known."""
        return {group.name: size for group in self._case.groups if (size := self._size(group))}

    def unmanaged(self, group: Group) -> int:
        """Interfaces of nodenet's networks on a node of the group, beside those of the VPC CNI: the most of any."""
        ids = {node.instance_id for node in group.nodes}
        name, found = self._case.seen.running.cluster.name, Counter[str]()
        for each in self._case.seen.running.cloud.interfaces:
            if each.instance_id in ids and each.card == 0 and each.tags.get("nodenet:cluster") == name:
                found[each.instance_id] += 1
        return max(found.values(), default=0)

    def _size(self, group: Group) -> Size | None:
        limits = [self._case.seen.limits[each] for each in group.instance_types if each in self._case.seen.limits]
        if not limits:
            return None
        then, unmanaged = self._case.then, self.unmanaged(group)
        most = min(max_pods_of(each, then, unmanaged) for each in limits)
        addresses = min(cni_max_pods(each, then, unmanaged=unmanaged) for each in limits) - HOST_NETWORK_PODS
        staying = self._staying(group)
        size = Size(group.name, len(group.nodes), 0, most, addresses, staying, "")
        nodes, why = self._nodes(group, size)
        return Size(group.name, len(group.nodes), nodes, most, addresses, staying, why)

    def _staying(self, group: Group) -> tuple[int, int]:
        """The most daemons and static pods of any of its nodes: with an address, and on the host's network."""
        counted = [
            Counter(pod.host_network for pod in self._case.pods_by_node.get(node.name, ()) if not pod.moves)
            for node in group.nodes
        ]
        return max((each[False] for each in counted), default=0), max((each[True] for each in counted), default=2)

    def _nodes(self, group: Group, size: Size) -> tuple[int, str]:
        """The largest of what pods, requests and zones ask for."""
        if not group.nodes:
            return max([each.desired for each in group.scaling], default=0), "it has no nodes"
        pods = [pod for node in group.nodes for pod in self._case.pods_by_node.get(node.name, ()) if pod.moves]
        before = len(group.nodes)
        by_pods = ceil(sum(not pod.host_network for pod in pods) / size.room) if size.room else before
        asked = {
            f"{len(pods)} pods at {size.room} to a node": by_pods,
            "a node in each of its zones": min(before, len(group.zones)),
            "pods that share no node with their like": max(_apart(pods).values(), default=0),
            **self._by_requests(group, pods),
        }
        if volumes := self._by_volumes(group, pods, size.room):
            asked["pods whose volumes are in one zone"] = volumes
        why = max(asked, key=lambda each: asked[each])
        return max(1, asked[why]), why

    def _by_requests(self, group: Group, pods: list[Pod]) -> Mapping[str, int]:
        """Nodes for what pods request, never more than there are: they run there today."""
        before = len(group.nodes)
        if any(pod.cpu is None or pod.memory is None for pod in pods):
            return {"as many as today, since some pods request nothing": before}
        cpu, memory = sum(pod.cpu or 0 for pod in pods), sum(pod.memory or 0 for pod in pods)
        daemons = [pod for pod in self._case.pods_by_node.get(group.nodes[0].name, ()) if not pod.moves]
        free_cpu = min(node.cpu for node in group.nodes) * FULLEST - sum(pod.cpu or 0 for pod in daemons)
        free_memory = min(node.memory for node in group.nodes) * FULLEST - sum(pod.memory or 0 for pod in daemons)
        return {
            f"requests of {cpu / 1000:g} cores": min(before, ceil(cpu / free_cpu)) if free_cpu > 0 else before,
            f"requests of {memory >> 20:,} MiB": min(before, ceil(memory / free_memory)) if free_memory > 0 else before,
        }

    def _by_volumes(self, group: Group, pods: list[Pod], room: int) -> int:
        """Auto Scaling deals nodes evenly to zones, and some pods can be in one zone only."""
        bound: Counter[str] = Counter()
        for pod in pods:
            zones = {
                zone
                for name in pod.claims
                if (claim := self._case.seen.claims.get((pod.namespace, name))) and len(claim.zones) == 1
                for zone in claim.zones
            }
            bound.update(zones)
        return len(group.zones) * ceil(max(bound.values(), default=0) / room) if room else 0


def _apart(pods: list[Pod]) -> Counter[object]:
    """By owner, pods of which a node takes one only."""
    return Counter(pod.owner for pod in pods if pod.apart)
