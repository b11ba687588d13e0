"""How long the planner takes, and how much memory: it works by group and subnet, so that nodes do not count.

`python -m benchmarks.planner` measures this alone. Seconds are of this machine's CPU; nothing else is started.
"""

import argparse
import json
import time
import tracemalloc
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
    return {
        "types": len(TYPES),
        "subnets": SUBNETS,
        "first_seconds": round(first, 3),
        "seconds_by_nodes": seconds,
        "without_advice_seconds": round(seconds_of(fleet, advice=False), 3),
        "peak_mib": round(peak / 2**20, 1),
    }


def row(figures: dict[str, Any]) -> tuple[str, str]:
    """What the table says of it."""
    by_nodes = ", ".join(f"{int(nodes):,} in {seconds} s" for nodes, seconds in figures["seconds_by_nodes"].items())
    first = f"the first plan of a process in {figures['first_seconds']} s"
    what = f"nodes of {figures['types']} types in {figures['subnets']} subnets planned, advice included"
    return what, f"{by_nodes}; {first}; {figures['peak_mib']} MiB at most"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(json.dumps(measure(), indent=2))


if __name__ == "__main__":
    main()
