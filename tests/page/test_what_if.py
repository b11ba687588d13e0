"""Other warm targets, tried on a fleet."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.advice.calls import SECONDS_BETWEEN_PODS
from nodenet.capacity.advice.case import Case
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.ipamd.simulation import SETTLING_SECONDS, Change, simulate
from nodenet.capacity.placing.place import place
from nodenet.capacity.shape import shape_of
from nodenet.capacity.what_if import WhatIf, what_ifs, worth_a_look
from nodenet.limits import InstanceLimits, shipped
from tests.unit.capacity.fleets import fleets

PODS = 10
KUBELET = 29
"""m5.large: three ENIs with nine addresses each beside their own, and two pods on the host's network."""


def m5_large() -> InstanceLimits:
    limits = shipped("m5.large")
    assert limits is not None
    return limits


def fleet(**settings: int | bool) -> Fleet:
    group = NodeGroup("web", m5_large(), ("a",), ((PODS, 8),), max_pods=KUBELET)
    return Fleet((Subnet("a", "zone-a", 22, used=17),), (group,), replace(CniSettings(), **settings))  # type: ignore[arg-type]


def calls(settings: CniSettings) -> int:
    """Pods come one by one, stay until things have settled, and go one by one."""
    leaving = (PODS + 1) * SECONDS_BETWEEN_PODS + SETTLING_SECONDS
    coming = [Change((pods + 1) * SECONDS_BETWEEN_PODS, pods + 1) for pods in range(PODS)]
    going = [Change(leaving + gone * SECONDS_BETWEEN_PODS, PODS - 1 - gone) for gone in range(PODS)]
    shape = shape_of(m5_large(), settings, max_pods=KUBELET)
    return sum(simulate(shape, settings, [*coming, *going]).calls.values())


def test_the_fleet_as_it_is_comes_first_and_once() -> None:
    found = what_ifs(fleet())
    assert [each.current for each in found] == [True] + [False] * (len(found) - 1)
    assert found[0].settings == {"WARM_ENI_TARGET": "1"}
    assert len({tuple(each.settings.items()) for each in found}) == len(found) > 8


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"warm_ip_target": 2, "minimum_ip_target": 12}, {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "12"}),
        ({"minimum_ip_target": 12}, {"MINIMUM_IP_TARGET": "12"}),
        ({"prefix_delegation": True, "warm_prefix_target": 1}, {"WARM_PREFIX_TARGET": "1"}),
    ],
)
def test_the_targets_that_rule_are_named(settings: dict[str, int | bool], named: dict[str, str]) -> None:
    """IP targets rule over the others, prefixes' target over the ENIs' (amazon-vpc-cni-k8s,
    docs/eni-and-ip-target.md, docs/prefix-and-ip-target.md)."""
    assert what_ifs(fleet(**settings))[0].settings == named


def test_addresses_and_calls_are_those_of_the_fleet_set_so() -> None:
    for each in what_ifs(fleet()):
        targets = {name.lower(): int(value) for name, value in each.settings.items()}
        asked = fleet(**targets)
        assert each.addresses == sum(use.taken for use in place(asked).subnets)
        assert each.calls == calls(asked.cni)


def test_a_target_of_single_addresses_takes_fewer_than_a_warm_interface() -> None:
    """Ten pods on m5.large: with a warm ENI all three are there with nine addresses each, 30 in all; with
    WARM_IP_TARGET 2 there are twelve addresses on two ENIs, 14 in all."""
    by_setting = {each.label: each.addresses - 17 for each in what_ifs(fleet())}
    assert by_setting["WARM_ENI_TARGET=1"] == 8 * 30
    assert by_setting["WARM_IP_TARGET=2"] == 8 * 14


points = st.lists(st.builds(WhatIf, st.just({}), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)


@given(points)
def test_what_is_worth_a_look_is_beaten_by_nothing(found: list[WhatIf]) -> None:
    kept = worth_a_look(found)
    for each in found:
        beaten = any(
            other.addresses <= each.addresses
            and other.calls <= each.calls
            and (other.addresses, other.calls) != (each.addresses, each.calls)
            for other in found
        )
        assert beaten != any((each.addresses, each.calls) == (other.addresses, other.calls) for other in kept)
    assert len({(each.addresses, each.calls) for each in kept}) == len(kept)


@settings(deadline=None, max_examples=40)
@given(fleets())
def test_addresses_are_those_of_the_fleet_in_all_its_subnets(fleet: Fleet) -> None:
    """Zones, ENIConfigs, extra networks, tags, a surge with other settings."""
    for each in what_ifs(fleet):
        case = Case.of(fleet)
        rule = {"warm_eni_target": 1, "warm_prefix_target": 1, "warm_ip_target": 0, "minimum_ip_target": 0}
        rule |= {name.lower(): int(value) for name, value in each.settings.items()}
        assert each.addresses == (case if each.current else case.with_settings(**rule)).taken


def test_a_fleet_without_nodes_has_nothing_to_call() -> None:
    empty = replace(fleet(), groups=())
    assert {each.calls for each in what_ifs(empty)} == {0}
    assert {each.addresses for each in what_ifs(empty)} == {17}
