"""What a pod holds: its addresses on the networks whose addresses float, by the word of Multus.

Multus writes them into the annotation k8s.v1.cni.cncf.io/network-status (Kubernetes Network Custom Resource Definition
De-facto Standard, "Network Attachment Status Annotation"): a list of {name, interface, ips, …}, in which `name` is the
NetworkAttachmentDefinition as `namespace/name`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from ipaddress import ip_address
from typing import Any

from .configuration import Network
from .ranges import Address, Range

NETWORK_STATUS = "k8s.v1.cni.cncf.io/network-status"

Key = tuple[str, str]
"""A pod's uid and a network."""

_FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Pod:
    """A pod of this node: `name` is `namespace/name`, `generation` its creation time in seconds since 1970, which grows
    with each incarnation of a name; `statuses` is what its network status says by network, None where it says nothing
    (yet): then the pod may still hold what it was known to hold."""

    uid: str
    name: str
    generation: int
    statuses: Mapping[str, tuple[Address, ...]] | None


@dataclass(frozen=True)
class Holding:
    """The floating addresses, in order, that a pod holds on a network."""

    uid: str
    pod: str
    generation: int
    network: str
    addresses: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.uid, self.network


def pod_of(thing: Mapping[str, Any]) -> Pod | None:
    """The pod of a Kubernetes object; None when it has finished: its containers will not run again."""
    if (thing.get("status") or {}).get("phase") in _FINISHED:
        return None
    about = thing["metadata"]
    created = datetime.strptime(about["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    status = (about.get("annotations") or {}).get(NETWORK_STATUS)
    return Pod(about["uid"], f"{about['namespace']}/{about['name']}", int(created.timestamp()), network_status(status))


def network_status(text: str | None) -> dict[str, tuple[Address, ...]] | None:
    """The addresses by network of a network-status annotation; None where it is missing or cannot be read.

    A network is known by the NetworkAttachmentDefinition's own name: whichever namespace that is in, it takes the
    node's CNI file of that name.
    """
    try:
        found: dict[str, tuple[Address, ...]] = {}
        for entry in json.loads(text or ""):
            network = entry["name"].rpartition("/")[2]
            addresses = (ip_address(each.partition("/")[0]) for each in entry.get("ips") or ())
            found[network] = (*found.get(network, ()), *addresses)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found


def floating_ranges(networks: Iterable[Network]) -> dict[str, tuple[Range, ...]]:
    """Of the node's networks those whose addresses float, each with its ranges of both families."""
    found = {}
    for network in networks:
        plans = [plan for plan in (network.ipv4, network.ipv6) if plan and plan.kind == "floating"]
        if plans:
            found[network.name] = tuple(each for plan in plans for each in plan.ranges)
    return found


def holdings(pod: Pod, floating: Mapping[str, tuple[Range, ...]]) -> list[Holding]:
    """What the pod holds of the floating ranges. Other addresses in its status are not for a claim: they are of the
    node's own range, or nobody's whom the VPC should hear of."""
    found = []
    for network, addresses in (pod.statuses or {}).items():
        ours = {each for each in addresses if within(each, floating.get(network, ()))}
        if ours:
            texts = tuple(str(each) for each in sorted(ours, key=lambda each: (each.version, int(each))))
            found.append(Holding(pod.uid, pod.name, pod.generation, network, texts))
    return found


def within(address: Address, ranges: Iterable[Range]) -> bool:
    """Whether one of the ranges holds the address."""
    return any(
        address.version == each.first.version and int(each.first) <= int(address) <= int(each.last) for each in ranges
    )
