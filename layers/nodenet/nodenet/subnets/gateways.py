"""Which gateway an IPv6 subnet is to leave by, of those that its VPC has."""

from collections.abc import Iterable, Sequence

from nodenet.subnets.seen import NatGateway, Seen, SubnetState


class NoGateway(Exception):
    """None can be chosen; the message says why, and what to do."""


def egress_only(asked: str, subnet: SubnetState, seen: Seen) -> str:
    """The id of the egress-only internet gateway: the one that is asked for, or (empty) the VPC's only one."""
    here = sorted(each.id for each in seen.egress_only_gateways if each.vpc_id == subnet.vpc_id)
    if asked:
        return _named(asked, here, f"no egress-only internet gateway of {subnet.vpc_id}")
    return _only(here, f"{subnet.vpc_id} has no egress-only internet gateway: create one", "egressOnlyGateway")


def nat(asked: str, subnet: SubnetState, seen: Seen) -> tuple[str, str]:
    """The id of the NAT gateway, and what is to be said of it: the one that is asked for, or (empty) the public one in
    the subnet's zone, else the VPC's regional one, else its only one.

    A private one leads to other networks of the owner's, which only the owner can mean (VPC User Guide, "NAT
    gateways").
    """
    here = [each for each in seen.nat_gateways if each.vpc_id == subnet.vpc_id and each.available]
    if asked:
        chosen = _named(asked, _ids(here), f"no NAT gateway of {subnet.vpc_id} that is available")
        return chosen, _across(next(each for each in here if each.id == chosen), subnet)
    public = [each for each in here if each.public]
    for candidates in (
        [each for each in public if each.zone == subnet.zone],
        [each for each in public if not each.zone],
        public,
    ):
        if candidates:
            chosen = _only(_ids(candidates), "", "natGateway")
            return chosen, _across(next(each for each in candidates if each.id == chosen), subnet)
    raise NoGateway(f"{subnet.vpc_id} has no public NAT gateway that is available: create one")


def _named(asked: str, here: Sequence[str], otherwise: str) -> str:
    if asked not in here:
        raise NoGateway(f"{asked} is {otherwise}")
    return asked


def _only(here: Sequence[str], none: str, field: str) -> str:
    if not here:
        raise NoGateway(none)
    if len(here) > 1:
        raise NoGateway(f"there are several, {', '.join(here)}: name one as {field}")
    return here[0]


def _ids(gateways: Iterable[NatGateway]) -> list[str]:
    return sorted(each.id for each in gateways)


def _across(gateway: NatGateway, subnet: SubnetState) -> str:
    if gateway.zone in ("", subnet.zone):
        return ""
    return f"; it is in {gateway.zone}, so that traffic crosses zones"
