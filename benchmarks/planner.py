"""How long the planner takes, and how much memory: it works by group and subnet, so that nodes do not count.

`python -m benchmarks.planner` measures this alone. Seconds are of this machine's CPU; nothing else is started.
"""

import argparse
import json
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.planning import plan
from nodenet.limits import shipped

TYPES: Final = tuple(
    f"{family}.{size}"
    for family in ("c5", "c6i", "c7i", "m5", "m6i", "m7i", "r5", "r6i", "r7i", "i4i")
    for size in ("large", "xlarge", "2xlarge", "4xlarge")
)
SUBNETS: Final = 500
ZONES: Final = 6
SUBNETS_OF_GROUP: Final = 12


def fleet_of(nodes: int) -> Fleet:
    """A fleet of forty types, a group each, in 500 subnets: for up to a hundred thousand nodes there is room."""
    subnets = tuple(Subnet(f"subnet-{number}", f"zone-{number % ZONES}", 17) for number in range(SUBNETS))
    groups = []
    for place, instance_type in enumerate(TYPES):
        limits = shipped(instance_type)
        assert limits, instance_type
        names = tuple(f"subnet-{(place * SUBNETS_OF_GROUP + each) % SUBNETS}" for each in range(SUBNETS_OF_GROUP))
        groups.append(NodeGroup(instance_type, limits, names, ((20, nodes // len(TYPES)),), surge=1))
    return Fleet(subnets, tuple(groups), CniSettings.of(SHIPPED))


def harder(fleet: Fleet) -> Mapping[str, Fleet]:
    """The same where ENIs have a choice of subnets, every other one being tagged for discovery, or subnets of their
    own, and where pods are spread over thirty kinds of node in each group."""
    tagged = tuple(replace(each, cni=True if place % 2 else None) for place, each in enumerate(fleet.subnets))
    zones = dict.fromkeys(each.zone for each in fleet.subnets)
    configs = {zone: tuple(each.name for each in fleet.subnets if each.zone == zone)[:4] for zone in zones}
    custom = replace(fleet, cni=replace(fleet.cni, custom_networking=True), eni_configs=configs)
    found = {"discovery": replace(fleet, subnets=tagged), "custom networking": custom}
    found |= {f"{name}, prefixes": replace(each, cni=_prefixes(each.cni)) for name, each in found.items()}
    return found | {"discovery, 30 kinds in a group": _spread(found["discovery"])}


def _prefixes(cni: CniSettings) -> CniSettings:
    return replace(cni, prefix_delegation=True)


def _spread(fleet: Fleet) -> Fleet:
    groups = []
    for group in fleet.groups:
        each, rest = divmod(group.nodes, 30)
        groups.append(replace(group, pods=tuple((5 + kind, each + (kind < rest)) for kind in range(30))))
    return replace(fleet, groups=tuple(groups))


def seconds_of(fleet: Fleet, *, advice: bool = True) -> float:
    """CPU seconds of a plan."""
    start = time.process_time()
    plan(fleet, advice=advice)
    return time.process_time() - start


def measure() -> dict[str, Any]:
    # The first plan of a process also follows the VPC CNI for each type; what that finds is kept.
    first = seconds_of(fleet_of(10_000))
    seconds = {str(nodes): round(seconds_of(fleet_of(nodes)), 3) for nodes in (1_000, 10_000, 100_000)}
    fleet = fleet_of(10_000)
    tracemalloc.start()
    plan(fleet)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    harder_seconds = {name: round(seconds_of(each), 3) for name, each in harder(fleet).items()}
    return {
        "types": len(TYPES),
        "subnets": SUBNETS,
        "first_seconds": round(first, 3),
        "seconds_by_nodes": seconds,
        "harder_seconds": harder_seconds,
        "without_advice_seconds": round(seconds_of(fleet, advice=False), 3),
        "peak_mib": round(peak / 2**20, 1),
    }


def row(figures: dict[str, Any]) -> tuple[str, str]:
    """What the table says of it."""
    by_nodes = ", ".join(f"{int(nodes):,} in {seconds} s" for nodes, seconds in figures["seconds_by_nodes"].items())
    first = f"the first plan of a process in {figures['first_seconds']} s"
    slowest = max(figures["harder_seconds"], key=lambda name: figures["harder_seconds"][name])
    hard = f"at the hardest ({slowest}) {figures['harder_seconds'][slowest]} s"
    what = f"nodes of {figures['types']} types in {figures['subnets']} subnets planned, advice included"
    return what, f"{by_nodes}; {first}; {hard}; {figures['peak_mib']} MiB at most"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(json.dumps(measure(), indent=2))


if __name__ == "__main__":
    main()
