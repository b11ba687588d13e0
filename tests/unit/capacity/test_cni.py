"""The environment of aws-node, read as ipamd reads it (getWarmIPTarget and its like, pkg/ipamd/ipamd.go)."""

import pytest

from nodenet.capacity.cni import SHIPPED, CniSettings


@pytest.mark.parametrize("text", ["", "-1", "1_0", " 5", "5.0", "five", "\u0665"])
def test_a_number_that_go_does_not_read_counts_as_not_set(text: str) -> None:
    found = CniSettings.of({"WARM_ENI_TARGET": text, "WARM_IP_TARGET": text, "MAX_ENI": text})

    assert found == CniSettings(warm_eni_target=1, warm_ip_target=0, max_eni=None)


@pytest.mark.parametrize(("text", "on"), [("1", True), ("t", True), ("TRUE", True), ("0", False), ("False", False)])
def test_switches_are_read_as_go_does(text: str, *, on: bool) -> None:
    found = CniSettings.of({"ENABLE_PREFIX_DELEGATION": text, "ENABLE_SUBNET_DISCOVERY": text})

    assert (found.prefix_delegation, found.subnet_discovery) == (on, on)


@pytest.mark.parametrize("text", ["yes", "on", "tRUE", ""])
def test_a_switch_that_go_does_not_read_stays_as_it_is(text: str) -> None:
    found = CniSettings.of({"ENABLE_PREFIX_DELEGATION": text, "ENABLE_SUBNET_DISCOVERY": text})

    assert (found.prefix_delegation, found.subnet_discovery) == (False, True)


def test_max_eni_of_nought_is_no_limit() -> None:
    """getMaxENI: "if the value is 0 or less, it will be ignored"."""
    assert CniSettings.of({"MAX_ENI": "0"}).max_eni is None


def test_either_ip_target_rules_alone() -> None:
    """warmIPTargetsDefined."""
    assert not CniSettings.of(SHIPPED).ip_targets
    assert CniSettings(minimum_ip_target=1).ip_targets
    assert CniSettings(warm_ip_target=1).ip_targets
