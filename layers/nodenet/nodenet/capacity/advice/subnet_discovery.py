"""Enhanced subnet discovery: the VPC CNI puts further interfaces in other subnets of the zone that are tagged for it.

It takes the subnet with most free addresses among the node's own and those with the tag kubernetes.io/role/cni
(amazon-vpc-cni-k8s, README, ENABLE_SUBNET_DISCOVERY, since v1.18); custom networking names its subnets itself.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from nodenet.capacity.advice.case import Case, Found, set_to
from nodenet.capacity.advice.prefixes import at_risk, risk
from nodenet.capacity.advice.wording import effect, listed, told
from nodenet.capacity.fleet import Subnet
from nodenet.capacity.plan import Advice


def subnet_discovery(case: Case) -> Iterator[Found]:
    """Where subnets of nodes have less than the headroom left, and others of their zone more: the tag for these, if it
    makes it fit better. Subnets tagged 0, of ENIConfigs and of extra networks are left alone."""
    fleet = case.fleet
    if fleet.cni.custom_networking or (fleet.target and fleet.target.cni.custom_networking):
        return
    helpers = _helpers(case)
    is_on = fleet.cni.subnet_discovery and (fleet.target is None or fleet.target.cni.subnet_discovery)
    if not helpers and is_on:
        return
    names = {subnet.name for subnet in helpers}
    tagged = tuple(replace(subnet, cni=True) if subnet.name in names else subnet for subnet in fleet.subnets)
    after = Case.of(set_to(replace(fleet, subnets=tagged), subnet_discovery=True))
    relief, saved = case.missing - after.missing, after.fewer_than(case)
    eased = case.tight - after.tight
    if after.worse_than(case) or not (relief or eased):
        return
    parts, settings = [], None
    if helpers:
        parts.append(f"Tag {listed([subnet.name for subnet in helpers], most=10)} with kubernetes.io/role/cni=1")
    if not is_on:
        parts.append("Set ENABLE_SUBNET_DISCOVERY=true")
        settings = {"ENABLE_SUBNET_DISCOVERY": "true"}
    parts.append("Further interfaces of nodes then go to tagged subnets too")
    if eased:
        parts.append(f"The headroom stays free in {listed(sorted(eased))}")
    if saved:
        parts.append(effect(saved))
    parts += [risk(use) for use in at_risk(after) if use.name not in {each.name for each in at_risk(case)}][:1]
    yield Found(Advice("subnet discovery", told(*parts), saved, None, settings), after, saved)


def _helpers(case: Case) -> list[Subnet]:
    """Untagged subnets of zones where nodes' subnets are tight, the roomiest first: as many as make up for it."""
    fleet = case.fleet
    of_nodes = {name for group in fleet.groups for name in group.subnets}
    lacking: Counter[str] = Counter()
    for name in of_nodes & case.tight:
        lacking[case.subnets[name].zone] -= math.floor(case.spare(name))
    others = {name for names in fleet.eni_configs.values() for name in names}
    others |= {name for network in fleet.networks for name in network.subnets.values()}
    found = []
    for subnet in sorted(fleet.subnets, key=lambda subnet: -case.spare(subnet.name)):
        free = subnet.cni is None and subnet.name not in others | case.tight | of_nodes
        if free and lacking[subnet.zone] > 0:
            found.append(subnet)
            lacking[subnet.zone] -= math.floor(case.spare(subnet.name))
    return found
