"""A network's routing table and rules on the node: what comes from its range leaves by its link.

The pods of an ipvlan link in mode l3 are routed by them, and whatever on the node speaks from such an address. A
host-device link is in its pod, and the node routes nothing by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import cni
from .kernel import OURS, Route, Rule, State
from .links import name_of
from .matching import Wired
from .steps import Step, route_step, rule_step
from .tables import table_of

PRIORITY = 2100
"""Behind the rules of the VPC CNI (1 to 1536: amazon-vpc-cni-k8s, pkg/networkutils), before main (32766)."""


def steps(networks: Sequence[Wired], state: State) -> list[Step]:
    """Our routes and rules that are missing are added, those that no network wants any more taken away."""
    wanted_routes, wanted_rules, found = [], [], []
    for wired in networks:
        link = state.link(wired.interface.mac)
        if link:
            name = name_of(wired, state)
            wanted = routes(wired, name, state.reserved)
            lacking = (
                wanted if name != link.name or not link.up else [each for each in wanted if each not in state.routes]
            )
            found += [route_step("replace", each, f"the way out of {wired.name}") for each in lacking]
            wanted_routes += wanted
            wanted_rules += rules(wired, state.reserved)
    why = "what comes from the network's range leaves by its link"
    earlier = "ours, of an earlier configuration"
    mine = [each for each in state.routes if each.protocol == OURS]
    ruled = [each for each in state.rules if each.protocol == OURS]
    return [
        *found,
        *(route_step("del", each, earlier, stale=True) for each in mine if each not in wanted_routes),
        *(rule_step("add", each, why) for each in dict.fromkeys(wanted_rules) if each not in ruled),
        *(rule_step("del", each, earlier, stale=True) for each in ruled if each not in wanted_rules),
    ]


def routes(wired: Wired, link: str, reserved: frozenset[int]) -> list[Route]:
    """The subnet by the link, all else by the subnet's gateway, in the network's own table."""
    if wired.network.link.plugin == "host-device":
        return []
    table, found = table_of(wired, reserved), []
    for version in (4, 6):
        block = cni.block_of(wired, version)
        if block and _blocks(wired, version):
            metric = 1024 if version == 6 else 0
            found.append(Route(version, table, block, link, None, metric))
            found.append(Route(version, table, "default", link, cni.gateway(block), metric))
    return found


def rules(wired: Wired, reserved: frozenset[int]) -> list[Rule]:
    """One for each block of the range; of floating addresses, of all that may come here."""
    if wired.network.link.plugin == "host-device":
        return []
    table = table_of(wired, reserved)
    return [Rule(v, PRIORITY, block, table) for v in (4, 6) for block in _blocks(wired, v)]


def _blocks(wired: Wired, version: int) -> list[str]:
    plan = wired.network.plan(version)
    own = wired.interface.ipv4s[:1] if version == 4 and wired.network.link.mode == "l3" else ()
    ranges = () if not plan else plan.ranges if plan.kind == "floating" else wired.interface.ranges(version)
    return [f"{address}/32" for address in own] + [str(block) for each in ranges for block in each.blocks]
