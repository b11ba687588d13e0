"""A plan as JSON."""

import json
from dataclasses import fields

from nodenet.capacity.answer import answer
from nodenet.capacity.fleet import Subnet
from nodenet.capacity.plan import Advice, CapacityPlan, MaxPods, NodeUse, Shortage, SubnetUse
from nodenet.capacity.planning import plan
from tests.unit.capacity.fleets import cni, fleet, group


def planned() -> CapacityPlan:
    subnets = [Subnet("a", "z1", 24, used=7), Subnet("b", "z2", 25)]
    groups = [group("web", "m5.large", {12: 4}, "a", "b", surge=1), group("db", "m5.large", {28: 2}, "b")]
    return plan(fleet(subnets, *groups, cni=cni(ENABLE_PREFIX_DELEGATION=True)), advice=False)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def test_it_is_plain_json() -> None:
    found = answer(planned())
    assert json.loads(json.dumps(found)) == found


def test_nothing_that_a_plan_finds_is_left_out() -> None:
    found = answer(planned())
    assert set(found) == {"fits", *(camel(each.name) for each in fields(CapacityPlan))}
    (node, *_), (subnet, *_) = found["nodes"], found["subnets"]
    assert set(node) >= {camel(each.name) for each in fields(NodeUse)} - {"holding"}
    assert set(node["maxPods"]) == {camel(each.name) for each in fields(MaxPods)}
    assert {camel(each.name) for each in fields(Shortage)} == set(found["shortages"][0])
    assert set(subnet) == {"taken", "left", *(camel(each.name) for each in fields(SubnetUse))}


def test_figures_are_those_of_the_plan() -> None:
    one = planned()
    found = answer(one)
    assert found["fits"] is one.fits is False
    for use, shown in zip(one.subnets, found["subnets"], strict=True):
        assert (shown["left"], shown["taken"], shown["blocks"]["risk"]) == (use.left, use.taken, use.blocks.risk)
    for node, shown in zip(one.nodes, found["nodes"], strict=True):
        assert shown["taken"] == node.taken
        assert shown["active"] + shown["warm"] == node.holding.pool
    assert found["moreNodes"]["all"]["more"] == one.more_nodes[""].more
    assert set(found["moreNodes"]["groups"]) == {"web", "db"}
    assert [each["sentence"] for each in found["shortages"]] == [each.sentence for each in one.shortages]


def test_advice_says_its_calls_by_name() -> None:
    one = planned()
    advice = (
        Advice("warm targets", "Keep fewer warm.", 40, (12, 30), {"WARM_IP_TARGET": "2"}),
        Advice("pod CIDR", "Take 100.64.0.0/20."),
    )
    found = answer(CapacityPlan(**{each.name: getattr(one, each.name) for each in fields(one)} | {"advice": advice}))
    assert found["advice"] == [
        {
            "kind": "warm targets",
            "sentence": "Keep fewer warm.",
            "saves": 40,
            "calls": {"before": 12, "after": 30},
            "settings": {"WARM_IP_TARGET": "2"},
        },
        {"kind": "pod CIDR", "sentence": "Take 100.64.0.0/20.", "saves": 0, "calls": None, "settings": None},
    ]
