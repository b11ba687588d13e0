"""Who uses addresses of a subnet: those that nodenet was to have, and whether the VPC CNI is among them."""

from collections.abc import Iterable, Iterator
from typing import Final

from nodenet.interfaces.identity import CNI_DESCRIPTION, NETWORK_TAG
from nodenet.networks import CLUSTER_TAG
from nodenet.plans import Floating, Prefixes, Slice
from nodenet.ranges import AddressRange, merged
from nodenet.subnets.seen import Occupant, Seen, SubnetState
from nodenet.subnets.steps import Holder
from nodenet.subnets.wanted import Wanted

CNI_SUBNET_TAG: Final = "kubernetes.io/role/cni"
"""Where the VPC CNI may make interfaces; the value "0" forbids it (amazon-vpc-cni-k8s, pkg/awsutils)."""

CNI_INTERFACE_TAG: Final = "node.k8s.amazonaws.com/instance_id"
"""On the VPC CNI's interfaces (amazon-vpc-cni-k8s, README, "ENI tags related to Allocation")."""


def holders(cluster: str, want: Wanted, occupants: Iterable[Occupant]) -> tuple[Holder, ...]:
    """Who has addresses of `want`, but for the interfaces that nodenet made to have just such."""
    return tuple(
        Holder(_written(held), each.id, each.description, each.owner)
        for each in occupants
        if each.subnet_id == want.subnet_id
        for held in _in_the_way(cluster, want, each)
    )


def cni_trace(subnet: SubnetState, seen: Seen) -> str:
    """How it shows that the VPC CNI takes addresses in the subnet; empty where it does not show.

    An ENIConfig that names the subnet stands in Kubernetes, and shows in EC2 only once it has made an interface.
    """
    if subnet.tags.get(CNI_SUBNET_TAG, "0") != "0":
        return f"the subnet's tag {CNI_SUBNET_TAG} gives it to the VPC CNI"
    for each in seen.occupants:
        if each.subnet_id != subnet.id:
            continue
        if each.description.startswith(CNI_DESCRIPTION) or CNI_INTERFACE_TAG in each.tags:
            return f"{each.id} is an interface of the VPC CNI"
        if each.first_of in seen.nodes:
            return f"{each.first_of} is a cluster's node with its primary interface here"
    return ""


def _in_the_way(cluster: str, want: Wanted, occupant: Occupant) -> Iterator[AddressRange]:
    primary = (occupant.primary,) if occupant.primary else ()
    # What EC2 chose for the interface itself is nobody's slice or claim, whosever the interface is.
    yield from _inside(primary, want)
    ours = occupant.tags.get(CLUSTER_TAG) == cluster
    own = ours and occupant.tags.get(NETWORK_TAG) == want.network
    singles, prefixes = list(_inside(occupant.singles, want)), list(_inside(occupant.prefixes, want))
    match want.plan:
        case Slice(size) if own and all(_is_slices(each, size, want) for each in merged([*singles, *prefixes])):
            return
        case Floating() if own:
            yield from prefixes
        case Prefixes() if ours:
            yield from singles
        case _:
            yield from (*singles, *prefixes)


def _inside(held: Iterable[AddressRange], want: Wanted) -> Iterator[AddressRange]:
    return (each for each in held if any(each.overlaps(addresses) for addresses in want.ranges))


def _is_slices(held: AddressRange, size: int, want: Wanted) -> bool:
    """Whether these are whole slices of the ranges."""
    within = any(held in addresses for addresses in want.ranges)
    return within and int(held.first) % size == 0 and held.size % size == 0


def _written(held: AddressRange) -> str:
    return str(held.first) if held.size == 1 else str(held.cidrs[0])
