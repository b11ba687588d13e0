"""Advice is true: whatever fleet there is, who does as the sentence says gets what it says, and nothing gets worse."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.advice import advise
from nodenet.capacity.advice.case import Case, set_to
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.plan import Advice, Risk
from tests.unit.capacity.fleets import fleets

FIELDS = {
    "WARM_IP_TARGET": "warm_ip_target",
    "MINIMUM_IP_TARGET": "minimum_ip_target",
    "WARM_PREFIX_TARGET": "warm_prefix_target",
    "ENABLE_PREFIX_DELEGATION": "prefix_delegation",
    "ENABLE_SUBNET_DISCOVERY": "subnet_discovery",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "custom_networking",
}


@settings(deadline=None, max_examples=150)
@given(fleets(most_nodes=40), st.sampled_from((0, 0.2, 0.5)))
def test_who_follows_advice_gets_what_it_says(fleet: Fleet, headroom: float) -> None:
    before = Case.of(replace(fleet, headroom=headroom))
    told = advise(before.fleet, before.placement)
    for each in told:
        after = Case.of(followed(before.fleet, each, told))
        if each.kind not in ("custom networking", "pod CIDR"):
            assert each.saves == before.taken - after.taken == said(each)
            assert_nothing_is_worse(before, after)
        if each.kind == "pod CIDR":
            assert not {name for name in after.tight if name.startswith("new-")}
            saves = [other.saves for other in told if other.kind == "custom networking"]
            assert saves in ([], [before.taken - after.taken])
        if each.kind != "custom networking":
            assert_ends_what_it_says(each, before, after)


def assert_nothing_is_worse(before: Case, after: Case) -> None:
    assert _missing(after) <= _missing(before)
    for was, now in zip(before.placement.subnets, after.placement.subnets, strict=True):
        headroom = before.fleet.headroom * was.usable
        assert now.left >= headroom or was.left < headroom
        assert now.blocks.risk is not Risk.CERTAIN or was.blocks.risk is Risk.CERTAIN


def assert_ends_what_it_says(each: Advice, before: Case, after: Case) -> None:
    if "That ends the shortage" in each.sentence:
        assert before.missing
        assert not after.missing
    elif after.missing < before.missing:
        falls = re.search(r"falls from (.*?) to (.*?)(\. |$)", each.sentence)
        assert falls, each.sentence
        assert [_missing_said(falls[1]), _missing_said(falls[2])] == [+before.missing_of, +after.missing_of]
    if eased := re.search(r"The headroom stays free in (.*?)(\. |$)", each.sentence):
        assert not set(_names(eased[1])) & after.tight


def followed(fleet: Fleet, each: Advice, told: tuple[Advice, ...]) -> Fleet:
    """What a reader makes of the fleet."""
    match each.kind:
        case "subnet discovery":
            names = re.search(r"Tag (.*) with", each.sentence)
            tagged = _names(names[1]) if names else []
            subnets = [replace(subnet, cni=True) if subnet.name in tagged else subnet for subnet in fleet.subnets]
            return _set(replace(fleet, subnets=tuple(subnets)), each)
        case "max pods":
            found = re.findall(r"(\d+) for (\S+) \((\S+)\)", each.sentence)
            maximums = {(name, kind): int(most) for most, name, kind in found}
            return replace(fleet, groups=tuple(_with(group, maximums, each) for group in fleet.groups))
        case "pod CIDR":
            fleet = _in_blocks(fleet, each)
            return next((_set(fleet, other) for other in told if other.kind == "custom networking"), fleet)
        case _:
            return _set(fleet, each)


def said(each: Advice) -> int:
    found = re.search(r"(Saves|Takes) ([\d,]+) address", each.sentence)
    return _number(found[2]) * (1 if found[1] == "Saves" else -1) if found else 0


def _set(fleet: Fleet, each: Advice) -> Fleet:
    changes: dict[str, Any] = {
        FIELDS[name]: True if value == "true" else int(value)
        for name, value in (each.settings or {}).items()
        if name in FIELDS
    }
    return set_to(fleet, **changes)


def _with(group: NodeGroup, maximums: Mapping[tuple[str, str], int], each: Advice) -> NodeGroup:
    most = maximums.get((group.name, group.limits.instance_type))
    if most is None:
        return group
    if "nodes less" in each.sentence or "node less" in each.sentence:
        pods = most - group.host_network_pods
        return replace(group, max_pods=most, pods=((pods, -(-group.pods_in_all // pods)),))
    return replace(group, max_pods=most)


def _in_blocks(fleet: Fleet, each: Advice) -> Fleet:
    named = re.findall(r"([\d.]+/\d+) in (\w+)", each.sentence)
    if not named:
        pytest.fail(each.sentence)
    made = [Subnet(f"new-{block}", zone, IPv4Network(block).prefixlen, IPv4Network(block)) for block, zone in named]
    zones = {zone: tuple(one.name for one in made if one.zone == zone) for _, zone in named}
    configs = {**fleet.eni_configs, **zones}
    target = fleet.target and replace(fleet.target, eni_configs={**fleet.target.eni_configs, **zones})
    return replace(fleet, subnets=(*fleet.subnets, *made), eni_configs=configs, target=target)


def _missing_said(text: str) -> Counter[str]:
    units = {"address": "addresses", "free /28": "prefixes", "place": "pods"}
    found = re.findall(r"([\d,]+) (address|free /28|place)", text)
    return Counter({units[thing]: _number(number) for number, thing in found})


def _missing(case: Case) -> Counter[str]:
    found = Counter[str]()
    for short in case.placement.shortages:
        found[short.where] += short.missing
    return found


def _names(text: str) -> list[str]:
    return re.split(", | and ", text)


def _number(text: str) -> int:
    return int(text.replace(",", ""))
