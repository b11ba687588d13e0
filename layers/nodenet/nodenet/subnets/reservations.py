"""Which subnet CIDR reservations are missing. VPC User Guide, "Subnet CIDR reservations"."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nodenet.networks import CLUSTER_TAG
from nodenet.ranges import AddressRange, merged
from nodenet.subnets.seen import Reservation, Seen, SubnetState
from nodenet.subnets.steps import Finding, Kept, Refused, Reserve
from nodenet.subnets.usage import cni_trace, holders
from nodenet.subnets.wanted import Wanted

_UNSEEN: Final = (
    "nothing shows that the VPC CNI uses the subnet; whether an ENIConfig names it, only Kubernetes knows: "
    "kubectl get eniconfigs -o custom-columns=ID:.spec.subnet"
)


def reservations(cluster: str, want: Wanted, seen: Seen) -> Iterator[Finding]:
    """What makes the subnet keep these addresses for nodenet.

    A reservation of the right kind that covers a range, or lies in one, does its part of the work and stays: what is
    left is reserved in the fewest blocks, so that a run which was cut off is finished by the next.
    """
    subnet = seen.subnets[want.subnet_id]
    there = [each for each in seen.reservations if each.subnet_id == subnet.id]
    ranges = merged(want.ranges)
    found = [
        *_cni(want, subnet, seen),
        *_in_use(cluster, want, seen),
        *(each for one in there if (each := _judged(cluster, want, ranges, one))),
    ]
    yield from found
    if any(isinstance(each, Refused) for each in found):
        return
    reason = "EC2 takes no address here by itself" if want.kind == "explicit" else f"EC2 takes prefixes here; {_UNSEEN}"
    for missing in _without(ranges, [each.block for each in there]):
        for block in missing.cidrs:
            yield Reserve(subnet.id, want.network, str(block), want.kind, reason)


def _cni(want: Wanted, subnet: SubnetState, seen: Seen) -> Iterator[Refused]:
    """The VPC CNI asks for prefixes by count too, and would be given nodenet's.

    EKS User Guide, "Assign more IP addresses to Amazon EKS nodes with prefixes".
    """
    if want.kind == "prefix" and (trace := cni_trace(subnet, seen)):
        yield Refused(
            subnet.id,
            want.network,
            ", ".join(map(str, want.ranges)),
            f"{trace}, which would take prefixes from the reservation: give the network a slice plan, "
            "or a subnet of its own",
        )


def _in_use(cluster: str, want: Wanted, seen: Seen) -> Iterator[Refused]:
    if found := holders(cluster, want, seen.occupants):
        reason = "addresses are in use: free them, or choose others; a reservation moves nothing"
        yield Refused(want.subnet_id, want.network, ", ".join(map(str, want.ranges)), reason, found)


def _judged(
    cluster: str, want: Wanted, ranges: Sequence[AddressRange], reservation: Reservation
) -> Kept | Refused | None:
    """What becomes of a reservation that is there; None where it has nothing to do with these ranges."""
    touched = [each for each in ranges if each.overlaps(reservation.block)]
    if not touched:
        return None
    written = str(reservation.block.cidrs[0])
    said = f"{reservation.id} reserves {written} as {reservation.kind}"
    refused = _refusal(cluster, want, touched, reservation)
    if refused:
        return Refused(want.subnet_id, want.network, written, f"{said}{refused}; delete it, or choose other addresses")
    return Kept(want.subnet_id, want.network, written, reservation.id, said)


def _refusal(cluster: str, want: Wanted, touched: Iterable[AddressRange], reservation: Reservation) -> str:
    if reservation.kind != want.kind:
        return f", where {want.network} needs {want.kind}"
    if (other := reservation.tags.get(CLUSTER_TAG, cluster)) != cluster:
        return f" for the cluster {other}"
    block = reservation.block
    if crossed := [each for each in touched if each not in block and block not in each]:
        return f", which is part of {crossed[0]} and of what lies beside it"
    return ""


def _without(ranges: Iterable[AddressRange], taken: Iterable[AddressRange]) -> Iterator[AddressRange]:
    """What of `ranges` is in none of `taken`."""
    for addresses in ranges:
        start, last = addresses.first, addresses.last
        for block in sorted(each for each in taken if each.overlaps(addresses)):
            if int(block.first) > int(start):
                yield AddressRange(start, block.first - 1)
            if int(block.last) >= int(last):
                break
            start = block.last + 1
        else:
            yield AddressRange(start, last)
