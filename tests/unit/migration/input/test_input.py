"""The input of a run, as people write it, becomes a request; what is wrong with it is told at once."""

from typing import Any

import pytest

from nodenet.errors import ConfigurationError
from nodenet.migration.input import parse
from nodenet.migration.request import Approval, GroupWish, Mode, Request, Share, SubnetWish

A, B = "eu-west-1a", "eu-west-1b"
LEAST = {"nodeGroups": ["web"], "podSubnets": {A: {"cidr": "100.64.0.0/19"}}}
ID = "subnet-0a6f3c1e9d2b75840"


def asked(**more: Any) -> Request:
    return parse({**LEAST, **more}, "prod")


def wrong(**more: Any) -> list[str]:
    given = {key: value for key, value in {**LEAST, **more}.items() if value is not ...}
    with pytest.raises(ConfigurationError) as caught:
        parse(given, "prod")
    return list(caught.value.mistakes)


def test_what_is_left_out_is_as_the_request_has_it() -> None:
    least = Request("prod", (GroupWish("web"),), pod_subnets=(SubnetWish(A, cidr="100.64.0.0/19"),))
    assert parse(LEAST, "prod") == least


def test_all_ways_to_name_subnets_mean_the_same() -> None:
    for way in (ID, {"id": ID}, [ID], [{"id": ID}]):
        assert asked(podSubnets={A: way}).pod_subnets == (SubnetWish(A, id=ID),)


def test_several_subnets_of_a_zone_go_by_labels() -> None:
    several = {A: [{"id": ID, "label": "one"}, {"cidr": "100.64.32.0/19", "label": "two"}]}
    found = asked(podSubnets=several, nodeGroups=[{"name": "web", "eniConfig": "one"}])
    assert [(each.id, each.cidr, each.label) for each in found.pod_subnets] == [
        (ID, "", "one"),
        ("", "100.64.32.0/19", "two"),
    ]
    assert found.groups == (GroupWish("web", eni_config="one"),)


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), (30, 30)])
def test_durations(given: Any, seconds: int) -> None:
    assert (asked(hold=given).hold, asked(settle=given).settle) == (seconds, seconds)


@pytest.mark.parametrize("given", ["", "1", "1.5h", "-1s", "1w", " 1s", "٣s", -1, 1.5, True, None, [], "366d", 10**9])
def test_no_durations(given: Any) -> None:
    [said] = wrong(hold=given)
    assert said.startswith("hold: ")


@pytest.mark.parametrize(
    ("given", "share"), [(5, Share(5)), ("10%", Share(percent=10)), ("100%", Share(percent=100)), (1, Share(1))]
)
def test_batches(given: Any, share: Share) -> None:
    assert asked(batch=given).batch == share


@pytest.mark.parametrize("given", [0, -1, 1001, "0%", "101%", "5", "5.5%", True, None, 2.5])
def test_no_batches(given: Any) -> None:
    [said] = wrong(batch=given)
    assert said.startswith("batch: ")


@pytest.mark.parametrize(
    ("given", "approval"),
    [
        (False, Approval()),
        (True, Approval(required=True)),
        ({}, Approval(required=True)),
        ({"timeout": "12h"}, Approval(required=True, timeout=43200)),
    ],
)
def test_approval(given: Any, approval: Approval) -> None:
    assert asked(approval=given).approval == approval


@pytest.mark.parametrize("given", [{"timeout": "soon"}, {"after": 1}, "yes", 1, None, []])
def test_a_wrong_approval_is_told_in_one_sentence(given: Any) -> None:
    [said] = wrong(approval=given)
    assert said.startswith("approval")


@pytest.mark.parametrize(
    ("zone", "right"),
    [
        ("eu-west-1a", True),
        ("us-gov-west-1b", True),
        ("us-west-2-lax-1a", True),
        ("us-east-1-wl1-bos-wlz-1", True),
        ("ap-southeast-2-akl-1a", True),
        ("eu-west-1", False),
        ("euw1-az1", False),
        ("Eu-west-1a", False),
    ],
)
def test_zones(zone: str, right: bool) -> None:
    subnets = {zone: ID}
    if right:
        assert asked(podSubnets=subnets).pod_subnets == (SubnetWish(zone, id=ID),)
    else:
        assert zone in wrong(podSubnets=subnets)[0]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    said = wrong(cidrs=["100.64.0.0/33"], warm={"ip": -1}, drain={"force": "yes"}, probes=[{"port": 0}], more=1)
    places = [mistake.partition(":")[0] for mistake in said]
    assert places == [
        *("cidrs[0]", "warm.ip", "drain.force"),
        *("probes[0].namespace", "probes[0].selector", "probes[0].host", "probes[0].port", "more"),
    ]


def test_what_does_not_fit_together_is_told_at_once() -> None:
    said = wrong(
        cluster="prod",
        nodeGroups=["web", "web", {"name": "api", "replacement": "web"}],
        cidrs=["100.64.0.0/16", "100.64.128.0/17"],
        podSubnets={A: {"cidr": "10.9.0.0/24"}, B: {"id": ID, "cidr": "100.64.0.0/19"}},
    )
    assert said == [
        "nodeGroups: web stands there 2 times",
        "nodeGroups[2].replacement: web is to move itself",
        f"podSubnets.{A}: 10.9.0.0/24 lies in none of cidrs",
        f"podSubnets.{B}: either an id or a cidr",
        "cidrs: 100.64.128.0/17 overlaps 100.64.0.0/16 of cidrs",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cluster": "test"}, "cluster: test has a stack of its own; this one is for prod"),
        ({"podSubnets": ...}, "podSubnets: missing; custom networking gives pods addresses of them"),
        ({"podSubnets": {A: {}}}, f"podSubnets.{A}: either an id or a cidr"),
        (
            {
                "podSubnets": {A: [ID, {"cidr": "100.64.0.0/19", "label": "b"}]},
                "nodeGroups": [{"name": "w", "eniConfig": "b"}],
            },
            f"podSubnets.{A}: each of several subnets needs a label, by which nodes choose their ENIConfig",
        ),
        (
            {"podSubnets": {A: {"id": ID, "label": "a"}}},
            "nodeGroups[0].eniConfig: one of a, since zones have several subnets",
        ),
        ({"nodeGroups": [{"name": "w", "eniConfig": "b"}]}, "nodeGroups[0].eniConfig: no pod subnet has a label"),
        (
            {"waves": True, "nodeGroups": [{"name": "w", "replacement": "x"}]},
            "nodeGroups[0].replacement: waves grow the new group, which must be one that the run makes",
        ),
        (
            {"nodeSubnets": {A: {"id": ID, "label": "x"}}},
            f"nodeSubnets.{A}.label: only pod subnets have one",
        ),
        (
            {"nodeSubnets": {A: {"cidr": "100.64.16.0/20"}}},
            f"nodeSubnets.{A}: 100.64.16.0/20 overlaps 100.64.0.0/19 of podSubnets.{A}",
        ),
    ],
)
def test_what_does_not_fit_together(more: dict[str, Any], said: str) -> None:
    assert said in wrong(**more)


def test_node_subnets_alone_have_no_pod_subnets_and_no_security_groups() -> None:
    found = parse({"nodeGroups": ["web"], "mode": "node-subnets", "nodeSubnets": {A: ID}}, "prod")
    assert (found.mode, found.node_subnets) == (Mode.NODE_SUBNETS, (SubnetWish(A, id=ID),))
    said = wrong(mode="node-subnets", securityGroups=["sg-0c3d5e7f90a1b2c34"])
    assert said == [
        "nodeSubnets: missing; in mode node-subnets the new nodes go there",
        "podSubnets: in mode node-subnets pods get addresses of their node's subnet",
        "securityGroups: in mode node-subnets pods have their node's",
    ]


def test_replacements_need_no_node_subnets() -> None:
    given = {"mode": "node-subnets", "nodeGroups": [{"name": "web", "replacement": "web-2", "deleteOld": False}]}
    assert parse(given, "prod").groups == (GroupWish("web", "web-2", delete_old=False),)


@pytest.mark.parametrize("given", [None, [], "web", 3])
def test_what_is_no_input_at_all(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="nodeGroups"):
        parse(given, "prod")


def test_what_step_functions_adds_is_no_mistake() -> None:
    """ "Start workflow executions from a task state in Step Functions", Step Functions Developer Guide."""
    assert asked(AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID="arn:aws:states:…") == asked()


def test_hooks_probes_and_the_image() -> None:
    before = "arn:aws:lambda:eu-west-1:111122223333:function:freeze:live"
    found = asked(
        hooks={"before": before},
        probes=[{"namespace": "shop", "selector": "app=web", "host": "db", "port": 5432, "open": False}],
        canary={"image": "mirror/python:3.13"},
    )
    assert (found.before, found.after, found.canary_image) == (before, "", "mirror/python:3.13")
    [probe] = found.probes
    assert (probe.namespace, probe.port, probe.open) == ("shop", 5432, False)
    assert wrong(hooks={"after": "smoke-test"}) == ['hooks.after: "smoke-test" is no Lambda function\'s ARN']
