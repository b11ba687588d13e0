"""What was seen, as the planner's fleets: the cluster as it is, and the new groups beside it.

The planner reads through ports; here they are what was read before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from types import MappingProxyType

from nodenet.capacity.document import resolve
from nodenet.capacity.fleet import Fleet, NodeGroup, Reservation, Subnet
from nodenet.capacity.placing.dealing import in_proportion
from nodenet.capacity.running import seen as running
from nodenet.capacity.snapshot import snapshot
from nodenet.limits import InstanceLimits
from nodenet.migration.preflight.blocks import block
from nodenet.migration.preflight.case import Case, Group
from nodenet.migration.preflight.sizes import Size
from nodenet.migration.request import SubnetWish
from nodenet.ranges import merged


def running_fleet(seen: running.Seen, limits: Mapping[str, InstanceLimits]) -> Fleet:
    """The cluster as it is. PlanningError where it cannot be planned for."""
    read = _Read(seen)
    return resolve(snapshot(seen.cluster, read, read).document, limits.get, as_it_runs=True)


def without(seen: running.Seen, names: frozenset[str]) -> running.Seen:
    """The same without these nodes and their pods: what they hold counts as used."""
    return replace(
        seen,
        nodes=[each for each in seen.nodes if each.name not in names],
        pods=[each for each in seen.pods if each.node not in names],
    )


def new_groups(case: Case, sizes: Mapping[str, Size]) -> tuple[NodeGroup, ...]:
    """The groups that are made, each node with its share of the pods; of several instance types in the proportion of
    today's nodes. Those without a subnet to be in are left out."""
    return tuple(
        made
        for group in case.groups
        if group.name in sizes and case.home_subnets[group.name]
        for made in _of_types(case, group, sizes[group.name])
    )


def subnet_of(case: Case, wish: SubnetWish) -> Subnet | None:
    """A subnet that is asked for; None where its block is not known."""
    found = case.block_of(wish)
    if found is None:
        return None
    return existing(case, wish.id) if wish.id else _subnet(wish.cidr, wish.zone, found)


def existing(case: Case, subnet_id: str) -> Subnet | None:
    """A subnet of the VPC with all that is in it today; None where there is none of that id."""
    cloud = case.seen.running.cloud
    if not (found := cloud.subnets.get(subnet_id)) or not (cidr := block(found.cidr)):
        return None
    parts = merged(
        part for each in cloud.interfaces if each.subnet_id == subnet_id for part in (*each.addresses, *each.prefixes)
    )
    subnet = _subnet(subnet_id, found.zone, cidr)
    return replace(
        subnet,
        used=sum(each.size for each in parts),
        occupied=parts,
        reservations=cloud.reservations.get(subnet_id, ()),
    )


def eni_configs(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Pod subnets by zone, as the fleet names them."""
    found: dict[str, tuple[str, ...]] = {}
    for wish in case.request.pod_subnets:
        found[wish.zone] = (*found.get(wish.zone, ()), wish.id or wish.cidr)
    return MappingProxyType(found)


def _subnet(name: str, zone: str, found: IPv4Network) -> Subnet:
    return Subnet(name, zone, found.prefixlen, found, occupied=())


def _of_types(case: Case, group: Group, size: Size) -> list[NodeGroup]:
    types = [each for each in group.instance_types if each in case.seen.limits]
    counts = [sum(node.instance_type == each for node in group.nodes) for each in types]
    moving = sum(
        pod.moves and not pod.host_network for node in group.nodes for pod in case.pods_by_node.get(node.name, ())
    )
    with_address, on_host = size.each
    found = []
    nodes = in_proportion(counts, size.nodes)
    for name, number, pods in zip(types, nodes, in_proportion(nodes, moving), strict=True):
        if number:
            least, more = divmod(pods, number)
            shares = ((with_address + least + 1, more), (with_address + least, number - more))
            found.append(
                NodeGroup(
                    name=f"{group.name} (new)",
                    limits=case.seen.limits[name],
                    subnets=case.home_subnets[group.name],
                    pods=tuple(each for each in shares if each[1]),
                    max_pods=size.max_pods,
                    host_network_pods=on_host,
                    networks=group.networks,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Read:
    """Both ports of the planner in one, over what was read."""

    seen: running.Seen

    @property
    def calls(self) -> Mapping[str, int]:
        return {}

    def addon(self, cluster: str) -> running.Addon | None:
        return self.seen.addon

    def vpc_blocks(self, vpc_id: str) -> Sequence[str]:
        return self.seen.cloud.vpc

    def subnets(self, vpc_id: str) -> Sequence[running.Subnet]:
        return tuple(self.seen.cloud.subnets.values())

    def interfaces(self, vpc_id: str) -> Sequence[running.Interface]:
        return self.seen.cloud.interfaces

    def instances(self, vpc_id: str) -> Sequence[running.Instance]:
        return tuple(self.seen.cloud.instances.values())

    def reservations(self, subnet_id: str) -> Sequence[Reservation]:
        return self.seen.cloud.reservations.get(subnet_id, ())

    def vpc_cni(self) -> running.DaemonSet | None:
        return self.seen.daemon_set

    def nodes(self) -> Sequence[running.Node]:
        return self.seen.nodes

    def pods(self) -> Sequence[running.Pod]:
        return self.seen.pods

    def eni_configs(self) -> Sequence[running.EniConfig]:
        return self.seen.eni_configs
