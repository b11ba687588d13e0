"""Enhanced subnet discovery: in which subnet the VPC CNI makes an ENI.

Without custom networking, createENI (amazon-vpc-cni-k8s, pkg/awsutils/awsutils.go) asks for the subnets of the node's
zone, those with most free addresses first (GetVpcSubnets), leaves out those that are not for it
(isSubnetValidForENICreation), and takes the first in which EC2 makes the ENI.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Subnet


@dataclass(slots=True)
class Well:
    """A subnet as DescribeSubnets counts it: `free` addresses, of which an ENI takes `step`. `most`: how many ENIs it
    has room for, since its addresses may lie where EC2 takes none by itself, and its prefixes may run out before."""

    free: int
    step: int
    most: int


def is_excluded(subnet: Subnet, settings: CniSettings) -> bool:
    """Whether no pod gets an address from an ENI in this subnet (setupENI, IsSubnetExcluded): its tag says 0, and
    discovery is on. That holds for the subnets of ENIConfigs too."""
    return settings.subnet_discovery and subnet.cni is False


def candidates(home: Subnet, zone: Sequence[Subnet], settings: CniSettings) -> tuple[Subnet, ...]:
    """The subnets, in the fleet's order, in which the VPC CNI may make ENIs for a node of `home`, without custom
    networking; empty where there is none. `zone`: the subnets of its zone.

    A tag of 0 shuts out every subnet; the node's own needs no tag, others need one. Without discovery it is the node's
    own or none: the tag of 0 counts there too (createENI).
    """
    if not settings.subnet_discovery:
        return () if home.cni is False else (home,)
    return tuple(each for each in zone if each.cni or (each.cni is None and each.name == home.name))


def share(count: int, wells: Sequence[Well]) -> list[int]:
    """How many of `count` ENIs each subnet gets, each ENI going to the one with most free addresses at that moment, the
    first of equals; all at once, in a time that does not grow with `count`.

    Each subnet's free addresses fall by a step with each ENI. What one after the other takes is the greatest of all
    these falling numbers, so the level is looked for above which there are `count` of them. ENIs that no subnet has
    room for are counted where most is free: there they show as addresses that are missing.
    """
    room = sum(well.most for well in wells)
    if count > room:
        left = [Well(well.free - well.most * well.step, well.step, count) for well in wells]
        return [well.most + more for well, more in zip(wells, share(count - room, left), strict=True)]
    if not count:
        return [0] * len(wells)
    high = max(well.free for well in wells)
    # Below this more than `count` go: a subnet with room for more alone would take as many, or else all that fit.
    ample = [well.free - count * well.step for well in wells if well.most > count]
    low = (max(ample) if ample else min(well.free - well.most * well.step for well in wells)) - 1
    above = 0
    beyond = _above(low, wells)
    halve = False
    while high - low > 1:
        # Where a straight line between the two would be, and the middle, in turn: few steps, and never many.
        level = (low + high) // 2 if halve else low + (high - low) * (beyond - count) // (beyond - above)
        level = min(max(level, low + 1), high - 1)
        halve = not halve
        number = _above(level, wells)
        if number <= count:
            high, above = level, number
        else:
            low, beyond = level, number
    shares = [_above(high, [well]) for well in wells]
    rest = count - sum(shares)
    for place, well in enumerate(wells):
        if rest and shares[place] < well.most and well.free - shares[place] * well.step == high:
            shares[place] += 1
            rest -= 1
    return shares


def _above(level: int, wells: Iterable[Well]) -> int:
    """How many ENIs the subnets get while they have more free addresses than `level`."""
    number = 0
    for well in wells:
        if well.free > level:
            fit = (well.free - level + well.step - 1) // well.step
            number += min(fit, well.most)
    return number
