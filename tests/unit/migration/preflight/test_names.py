"""What names the old ranges is found until it names all of the new ones, in the same rule."""

import pytest

from nodenet.migration.preflight.blocks import block, blocks, names_only_old
from nodenet.migration.preflight.seen_aws import SecurityGroup
from nodenet.migration.preflight.seen_kubernetes import IpPolicy
from tests.unit.migration.preflight.stage import healthy

OLD = ("10.0.0.0/22",)
NEW = ("100.64.0.0/18", "100.64.64.0/18")


@pytest.mark.parametrize(
    ("named", "stale"),
    [
        (OLD, True),
        (("10.0.0.0/16",), True),
        (("10.0.1.0/28",), True),
        ((*OLD, NEW[0]), True),
        ((*OLD, *NEW), False),
        ((*OLD, "100.64.0.0/16"), False),
        (("0.0.0.0/0",), False),
        (("192.0.2.0/24",), False),
        (("pl-0123", "2001:db8::/32"), False),
        ((), False),
    ],
)
def test_a_rule_is_stale_while_a_new_range_lacks(named: tuple[str, ...], stale: bool) -> None:
    assert names_only_old(named, blocks(OLD), blocks(NEW)) is stale


def test_what_is_no_block_is_none() -> None:
    assert [block(each) for each in ("10.0.0.1/8", "pl-1", "::/0", "")] == [None] * 4


def test_another_rule_with_other_ports_does_not_help() -> None:
    stage = healthy()
    rules = {"ingress TCP 80": OLD, "ingress TCP 443": (*OLD, "100.64.0.0/16")}
    stage.see(policies=(IpPolicy("NetworkPolicy", "shop", "web", rules),))
    assert "names.network-policies" in stage.ids()
    stage.see(policies=(IpPolicy("NetworkPolicy", "shop", "web", {"ingress TCP 443": rules["ingress TCP 443"]}),))
    assert "names.network-policies" not in stage.ids()


def test_groups_of_other_vpcs_do_not_matter() -> None:
    stage = healthy()
    stage.see(security_groups={"sg-x": SecurityGroup("sg-x", "vpc-2", rules={"ingress tcp 80": OLD})})
    assert "names.security-groups" not in stage.ids()


def test_accepting_what_cannot_be_accepted_is_told_and_does_not_help() -> None:
    stage = healthy()
    stage.pod(0, owner=None)
    stage.ask(accept=("pods.bare",))
    report = stage.look()
    assert [each.id for each in report.blockers] == ["pods.bare"]
    assert [each.said for each in report.findings if each.id == "request.accept"] == [
        "accept: pods.bare cannot be accepted"
    ]
