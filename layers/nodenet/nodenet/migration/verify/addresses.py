"""Whether pods have the addresses that they should have. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Any

from nodenet.migration.cluster import Node, Pod
from nodenet.migration.request import Mode
from nodenet.migration.run import Run


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where pods get addresses after the run: the blocks of subnets by zone. An interface is in a subnet of its node's
    zone ("Elastic network interfaces", EC2 User Guide), so a pod's address is too."""

    by_zone: Mapping[str, Sequence[IPv4Network]]

    def hold(self, address: str, zone: str) -> bool:
        return any(ip_address(address) in block for block in self.by_zone.get(zone, ()))


def ranges(run: Run) -> Ranges:
    """Of the subnets that extend_vpc found or made: those for pods, or for nodes where pods share them."""
    part = "nodeSubnets" if run.request.mode is Mode.NODE_SUBNETS else "podSubnets"
    subnets: Sequence[Mapping[str, Any]] = run.notes("extend_vpc").get(part, ())
    by_zone: dict[str, list[IPv4Network]] = {}
    for subnet in subnets:
        by_zone.setdefault(subnet["zone"], []).append(IPv4Network(subnet["cidr"]))
    return Ranges(by_zone)


def in_scope(pods: Iterable[Pod], nodes: Iterable[Node]) -> list[Pod]:
    """The pods on these nodes that have, or are to have, an address of their own."""
    names = {node.name for node in nodes}
    return [pod for pod in pods if pod.node in names and not (pod.host_network or pod.finished or pod.terminating)]


def without(pods: Iterable[Pod]) -> list[str]:
    """The pods that have no address yet."""
    return [f"{pod.namespace}/{pod.name} has no address" for pod in pods if not pod.address]


def outside(pods: Iterable[Pod], nodes: Iterable[Node], wanted: Ranges) -> list[str]:
    """The pods whose address is not of a range for their node's zone, a few words each."""
    zones = {node.name: node.zone for node in nodes}
    return [
        f"{pod.namespace}/{pod.name} has {pod.address} on {pod.node}"
        for pod in pods
        if pod.address and not wanted.hold(pod.address, zones[pod.node])
    ]
