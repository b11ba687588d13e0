"""Small fleets to be advised, and what became of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nodenet.capacity.advice import advise
from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import Advice
from nodenet.limits import shipped


def cni(**environment: object) -> CniSettings:
    return CniSettings.of({**SHIPPED, **{name: str(value) for name, value in environment.items()}})


def group(name: str, instance_type: str, pods: Mapping[int, int], subnets: str = "n", **others: Any) -> NodeGroup:
    """`pods`: how many nodes run so many; `subnets`: their names, one letter each."""
    limits = shipped(instance_type)
    assert limits
    made = NodeGroup(name, limits, tuple(subnets), tuple(pods.items()))
    return replace(made, **others)


def fleet(*groups: NodeGroup, length: int = 20, **others: Any) -> Fleet:
    """Groups in one subnet of zone a."""
    return replace(Fleet((Subnet("n", "a", length),), groups, cni()), **others)


def advice(one: Fleet, kind: str) -> list[Advice]:
    return [each for each in advise(one, place(one)) if each.kind == kind]


def only(one: Fleet, kind: str) -> Advice:
    (found,) = advice(one, kind)
    return found


def applied(one: Fleet, environment: Mapping[str, str]) -> Fleet:
    """The fleet with what the advice says to set."""
    read = {
        "WARM_IP_TARGET": "warm_ip_target",
        "MINIMUM_IP_TARGET": "minimum_ip_target",
        "WARM_PREFIX_TARGET": "warm_prefix_target",
    }
    switches = {"ENABLE_PREFIX_DELEGATION": "prefix_delegation", "ENABLE_SUBNET_DISCOVERY": "subnet_discovery"}
    numbers = {field: int(environment[name]) for name, field in read.items() if name in environment}
    on = {field: environment[name] == "true" for name, field in switches.items() if name in environment}
    changed: dict[str, Any] = {**numbers, **on}
    return replace(one, cni=replace(one.cni, **changed))


def taken(one: Fleet) -> int:
    return sum(use.taken for use in place(one).subnets)


WEB = group("web", "m5.large", {20: 40})
