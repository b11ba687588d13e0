"""Whose an interface is: the planned nodes', as the planner counts them itself, or somebody else's."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.running.seen import Interface, Seen
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG

_NO_MANAGE: Final = "node.k8s.amazonaws.com/no_manage"
_INSTANCE: Final = "node.k8s.amazonaws.com/instance_id"
"""On what ipamd and the VPC resource controller make, before it is attached too (amazon-vpc-cni-k8s, pkg/awsutils;
amazon-vpc-resource-controller-k8s, pkg/config/type.go)."""
_CNI_CLUSTER: Final = "cluster.k8s.amazonaws.com/name"
_TRUNK: Final = "vpcresources.k8s.aws/trunk-eni-id"
"""On a branch interface, which is attached to no instance (the same)."""


def network_of(interface: Interface, cluster: str) -> str:
    """The extra network that nodenet made it for; empty if it did not."""
    return interface.tags.get(NETWORK_TAG, "") if interface.tags.get(CLUSTER_TAG) == cluster else ""


def owned(seen: Seen, instance_ids: Collection[str]) -> frozenset[str]:
    """The interfaces of these nodes that a plan counts: what ipamd manages, trunks and branches, extra networks."""
    interfaces = seen.cloud.interfaces
    multi_nic = bool(seen.daemon_set and CniSettings.of(seen.daemon_set.environment).multi_nic)
    attached = {
        each.id
        for each in interfaces
        if each.instance_id in instance_ids and (_managed(each, multi_nic) or network_of(each, seen.cluster.name))
    }
    coming = {each.id for each in interfaces if not each.instance_id and each.tags.get(_INSTANCE) in instance_ids}
    branches = {each.id for each in interfaces if each.tags.get(_TRUNK) in attached}
    return frozenset(attached | coming | branches)


def notes(seen: Seen, instance_ids: Collection[str]) -> Iterator[str]:
    ours = owned(seen, instance_ids)
    strangers = [each for each in seen.cloud.interfaces if each.instance_id in instance_ids and each.id not in ours]
    if len(strangers) == 1:
        yield (
            "1 interface of nodes is neither the VPC CNI's nor nodenet's: its addresses count as used, but not the "
            "place that it takes on its node"
        )
    elif strangers:
        yield (
            f"{len(strangers)} interfaces of nodes are neither the VPC CNI's nor nodenet's: their addresses count as "
            "used, but not the places that they take on their nodes"
        )
    if lost := [each for each in seen.cloud.interfaces if _lost(each, seen)]:
        count = "1 interface" if len(lost) == 1 else f"{len(lost)} interfaces"
        addresses = sum(part.size for each in lost for part in (*each.addresses, *each.prefixes))
        yield (
            f"{count} that the VPC CNI made for nodes that are gone, with {addresses} addresses, count as used; ipamd "
            f"deletes what nobody uses: {_some(lost)}"
        )


def _managed(interface: Interface, multi_nic: bool) -> bool:
    """ipamd takes every attached interface but those with the tag, always the primary one, and on further network
    cards none without ENABLE_MULTI_NIC (filterUnmanagedENIs, markUnmanagedNetworkCards in pkg/ipamd/ipamd.go)."""
    if interface.primary:
        return True
    return interface.tags.get(_NO_MANAGE) != "true" and (multi_nic or interface.card == 0)


def _lost(interface: Interface, seen: Seen) -> bool:
    """Left over of a node that is gone, and of no other cluster (getLeakedENIs in pkg/awsutils)."""
    node = interface.tags.get(_INSTANCE, "")
    cluster = interface.tags.get(_CNI_CLUSTER, seen.cluster.name)
    return (
        bool(node) and not interface.instance_id and node not in seen.cloud.instances and cluster == seen.cluster.name
    )


def _some(interfaces: Sequence[Interface]) -> str:
    more = f" and {len(interfaces) - 3} more" if len(interfaces) > 3 else ""
    return ", ".join(each.id for each in interfaces[:3]) + more
