"""What a fleet would take, and what it would ask of EC2, with other warm targets: points for a choice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nodenet.capacity.advice.case import Case, sample
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, Subnet
from nodenet.capacity.plan import NodeUse
from nodenet.capacity.pod_cidr import LARGEST

WARM_IPS: Final = (1, 2, 5, 10)
WARM_OTHERS: Final = (1, 2)
"""The targets that are tried: of single addresses, and of whole ENIs or prefixes. With none at all every pod that needs
a new ENI waits for it."""

PARTS: Final = 8
"""Nodes that stand for all when calls are counted: each for an eighth of them."""

_NOTHING_SET: Final = {"warm_eni_target": 1, "warm_prefix_target": 1, "warm_ip_target": 0, "minimum_ip_target": 0}
"""What AWS ships. IP targets rule where they are set, and the other two then say nothing."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`settings`: the targets, as environment of aws-node. `addresses`: taken of all subnets, others' included, at the
    height of the surge. `calls`: EC2 calls of one node, on average, while its pods come one by one and go. `current`:
    as the fleet is set."""

    settings: Mapping[str, str]
    addresses: int
    calls: int
    current: bool = False

    @property
    def label(self) -> str:
        """The settings in words, for a chart or a table."""
        return ", ".join(f"{name}={value}" for name, value in self.settings.items())


def what_ifs(fleet: Fleet) -> tuple[WhatIf, ...]:
    """The fleet as it is set, first, and with other warm targets; every other setting stays. The minimums that are
    tried: none, and a little more than a typical and than a heavy node's pods. KeyError as placing.place raises it."""
    case = Case.of(_by_zone(fleet))
    nodes = sample(case.placement.nodes, PARTS)
    now = _targets(fleet.cni)
    others = [targets for targets in _choices(fleet.cni, nodes) if targets != now]
    return (
        _tried(case, nodes, now, current=True),
        *(_tried(case.with_settings(**_changes(targets)), nodes, targets) for targets in others),
    )


def _by_zone(fleet: Fleet) -> Fleet:
    """The fleet with one subnet for each zone, which takes as much and is placed sooner: what nodes take in all depends
    on their subnets only where one is shut out."""
    if any(subnet.cni is False for subnet in fleet.subnets):
        return fleet
    zones = {subnet.name: subnet.zone for subnet in fleet.subnets}
    used = Counter[str]()
    for subnet in fleet.subnets:
        used[subnet.zone] += subnet.used
    target = fleet.target
    return replace(
        fleet,
        subnets=tuple(Subnet(zone, zone, LARGEST, used=addresses) for zone, addresses in used.items()),
        groups=tuple(
            replace(group, subnets=tuple(dict.fromkeys(zones[name] for name in group.subnets)))
            for group in fleet.groups
        ),
        networks=tuple(replace(each, subnets={zone: zone for zone in each.subnets}) for each in fleet.networks),
        eni_configs={zone: (zone,) for zone in fleet.eni_configs},
        target=target and replace(target, eni_configs={zone: (zone,) for zone in target.eni_configs}),
    )


def worth_a_look(found: Sequence[WhatIf]) -> tuple[WhatIf, ...]:
    """Those that no other beats: none takes fewer addresses with no more calls, nor as many with fewer calls. From the
    fewest addresses to the fewest calls; of two that come to the same, the one that is set already, or the shorter."""
    best: list[WhatIf] = []
    for each in sorted(found, key=lambda each: (each.addresses, each.calls, not each.current, len(each.settings))):
        if not best or each.calls < best[-1].calls:
            best.append(each)
    return tuple(best)


def _targets(cni: CniSettings) -> dict[str, int]:
    """Those of its targets that rule."""
    if cni.ip_targets:
        found = {"WARM_IP_TARGET": cni.warm_ip_target, "MINIMUM_IP_TARGET": cni.minimum_ip_target}
        return {name: value for name, value in found.items() if value}
    if cni.prefix_delegation:
        return {"WARM_PREFIX_TARGET": cni.warm_prefix_target}
    return {"WARM_ENI_TARGET": cni.warm_eni_target}


def _choices(cni: CniSettings, nodes: Sequence[NodeUse]) -> Iterator[dict[str, int]]:
    other = "WARM_PREFIX_TARGET" if cni.prefix_delegation else "WARM_ENI_TARGET"
    yield from ({other: target} for target in WARM_OTHERS)
    pods = sorted({use.pods for use in (nodes[len(nodes) // 2], nodes[-1]) if use.pods}) if nodes else []
    for warm in WARM_IPS:
        yield {"WARM_IP_TARGET": warm}
        yield from ({"WARM_IP_TARGET": warm, "MINIMUM_IP_TARGET": each + warm} for each in pods)


def _changes(targets: Mapping[str, int]) -> dict[str, int]:
    return _NOTHING_SET | {name.lower(): value for name, value in targets.items()}


def _tried(case: Case, nodes: Sequence[NodeUse], targets: Mapping[str, int], *, current: bool = False) -> WhatIf:
    calls = sum(case.calls(use, case.fleet.cni).total() for use in nodes)
    settings = {name: str(value) for name, value in targets.items()}
    return WhatIf(settings, case.taken, round(calls / max(len(nodes), 1)), current)
