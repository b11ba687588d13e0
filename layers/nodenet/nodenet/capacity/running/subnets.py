"""The subnets of a plan, and what others have of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from nodenet.capacity.running.seen import Seen, Subnet
from nodenet.ranges import AddressRange, merged

_CNI: Final = "kubernetes.io/role/cni"
_CLUSTER: Final = "kubernetes.io/cluster/"


def subnets(seen: Seen, ids: Iterable[str], ours: Collection[str], environment: Mapping[str, str]) -> list[Any]:
    """The document's `subnets`, by zone; `ours`: the interfaces that the plan counts itself."""
    chosen = sorted((seen.cloud.subnets[each] for each in ids), key=lambda each: (each.zone, each.id))
    others: defaultdict[str, list[AddressRange]] = defaultdict(list)
    for each in seen.cloud.interfaces:
        if each.id not in ours:
            others[each.subnet_id] += each.addresses + each.prefixes
    return [_subnet(each, seen, others[each.id], environment) for each in chosen]


def discovered(seen: Seen, zones: Collection[str], environment: Mapping[str, str]) -> frozenset[str]:
    """Subnets of these zones that ipamd may take for its interfaces because of their tag."""
    return frozenset(
        each.id for each in seen.cloud.subnets.values() if each.zone in zones and usable(each.tags, environment)
    )


def usable(tags: Mapping[str, str], environment: Mapping[str, str]) -> bool | None:
    """What the tag says to this cluster's ipamd; None without one. "0" is no, anything else yes, but not where the
    subnet names other clusters only; without CLUSTER_NAME ipamd does not ask (amazon-vpc-cni-k8s, pkg/awsutils,
    isSubnetValidForENICreation)."""
    if not (value := tags.get(_CNI, "")):
        return None
    clusters = {key.removeprefix(_CLUSTER) for key in tags if key.startswith(_CLUSTER)}
    mine = environment.get("CLUSTER_NAME", "")
    return value != "0" and (not mine or not clusters or mine in clusters)


def _subnet(
    subnet: Subnet, seen: Seen, others: Iterable[AddressRange], environment: Mapping[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": subnet.id,
        "zone": subnet.zone,
        "cidr": subnet.cidr,
        "occupied": [str(each) for each in merged(others)],
    }
    if reservations := seen.cloud.reservations.get(subnet.id, ()):
        found["reservations"] = [{"cidr": str(each.block), "type": each.kind} for each in reservations]
    if (tag := usable(subnet.tags, environment)) is not None:
        found["cni"] = tag
    return found
