"""The fleets of the tests: a usual one, one of five hundred subnets, and one whose names want to be more than names."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document import read, resolve
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.plan import CapacityPlan
from nodenet.capacity.planning import plan
from nodenet.capacity.what_if import WhatIf, what_ifs
from nodenet.limits import shipped
from nodenet_cli.page import page

HOSTILE: Final = "</script><img src=x onerror=alert(1)>&amp;<a href='javascript:alert(1)'>{x}%{y}"


@dataclass(frozen=True, slots=True)
class Case:
    fleet: Fleet
    plan: CapacityPlan
    what_ifs: tuple[WhatIf, ...]
    title: str = "prod"

    @property
    def html(self) -> str:
        return page(self.plan, self.fleet, title=self.title, what_ifs=self.what_ifs)


def case(fleet: Fleet, title: str = "prod") -> Case:
    return Case(fleet, plan(fleet), what_ifs(fleet), title)


def prod() -> Fleet:
    """The example of this folder."""
    return resolve(read(Path(__file__).with_name("prod.yaml").read_text(encoding="utf-8")))


def hostile() -> Fleet:
    """A small fleet with a name that every part of the page shows, and that is short of addresses."""
    subnet = Subnet(HOSTILE, f"zone {HOSTILE}", 25, used=3)
    return Fleet((subnet,), (_group(HOSTILE, "m5.large", 20, 12, (HOSTILE,)),), CniSettings())


def many(subnets: int = 500, types: int = 40, nodes: int = 10_000) -> Fleet:
    """Nodes of many types, spread evenly over subnets of which none is quite like the other."""
    names = [f"subnet-{number:04}" for number in range(subnets)]
    kinds = sorted(kind for kind in _USUAL if shipped(kind))[:types]
    groups = [
        _group(f"group-{kind}", kind, nodes // len(kinds), 20, tuple(names[at :: len(kinds) // 4]))
        for at, kind in enumerate(kinds)
    ]
    return Fleet(
        tuple(Subnet(name, f"zone-{at % 3}", 20 if at % 10 else 21, used=at % 97) for at, name in enumerate(names)),
        tuple(groups),
        CniSettings(),
    )


_USUAL: Final = [
    f"{family}.{size}"
    for family in ("m5", "m6i", "m7i", "c5", "c6i", "c7i", "r5", "r6i", "r7i", "m6a")
    for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge")
]


def _group(name: str, kind: str, nodes: int, pods: int, subnets: tuple[str, ...]) -> NodeGroup:
    limits = shipped(kind)
    assert limits is not None
    return NodeGroup(name, limits, subnets, ((pods, nodes),))
