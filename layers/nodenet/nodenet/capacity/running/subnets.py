"""The subnets of a plan, and what others have of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nodenet.capacity.fleet import RESERVED_BY_AWS
from nodenet.capacity.running.seen import Interface, Seen, Subnet
from nodenet.ranges import AddressRange, merged

_CNI: Final = "kubernetes.io/role/cni"
_CLUSTER: Final = "kubernetes.io/cluster/"


def subnets(seen: Seen, ids: Iterable[str], ours: Collection[str], environment: Mapping[str, str]) -> list[Any]:
    """The document's `subnets`, by zone; `ours`: the interfaces that the plan counts itself."""
    chosen = sorted((seen.cloud.subnets[each] for each in ids), key=lambda each: (each.zone, each.id))
    there = _by_subnet(seen)
    return [_subnet(each, seen, there[each.id], ours, environment) for each in chosen]


def notes(seen: Seen, ids: Iterable[str]) -> Iterator[str]:
    """Where others' addresses are only counted."""
    there = _by_subnet(seen)
    hidden = {each: _hidden(seen.cloud.subnets[each], seen, there[each]) for each in sorted(ids)}
    if named := [f"{each} ({count})" for each, count in hidden.items() if count]:
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        yield (
            "other accounts share these subnets, and only they are shown whose the addresses are that count as used "
            f"there: {', '.join(named[:3])}{more}"
        )


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
    subnet: Subnet,
    seen: Seen,
    there: Sequence[Interface],
    ours: Collection[str],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": subnet.id, "zone": subnet.zone, "cidr": subnet.cidr}
    occupied = merged(part for each in there if each.id not in ours for part in each.addresses + each.prefixes)
    if hidden := _hidden(subnet, seen, there):
        found["used"] = hidden + sum(each.size for each in occupied)
    else:
        found["occupied"] = [str(each) for each in occupied]
    if reservations := seen.cloud.reservations.get(subnet.id, ()):
        found["reservations"] = [{"cidr": str(each.block), "type": each.kind} for each in reservations]
    if (tag := usable(subnet.tags, environment)) is not None:
        found["cni"] = tag
    return found


def _hidden(subnet: Subnet, seen: Seen, there: Sequence[Interface]) -> int:
    """Addresses that EC2 counts as taken in another account's subnet by interfaces that it does not show: accounts
    that share one do not see each other's ("Share your VPC subnets with other accounts", VPC User Guide). In a subnet
    of one's own such a difference is only what came or went while it was read."""
    if subnet.free is None or subnet.owner == seen.cluster.account:
        return 0
    block = AddressRange.parse(subnet.cidr)
    known = [AddressRange(block.first, block.first + (RESERVED_BY_AWS - 2)), AddressRange(block.last, block.last)]
    known += [AddressRange.of(each.block) for each in seen.cloud.reservations.get(subnet.id, ())]
    known += [part for each in there for part in each.addresses + each.prefixes]
    return max(0, block.size - subnet.free - sum(each.size for each in merged(known)))


def _by_subnet(seen: Seen) -> Mapping[str, Sequence[Interface]]:
    found: defaultdict[str, list[Interface]] = defaultdict(list)
    for each in seen.cloud.interfaces:
        found[each.subnet_id].append(each)
    return found
