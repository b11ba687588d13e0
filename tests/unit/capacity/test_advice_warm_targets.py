"""Advice on warm targets: pods pay for warm addresses with EC2 calls, MINIMUM_IP_TARGET belongs a little above the pods
of a node, and the two IP targets are never both 0 with prefixes (amazon-vpc-cni-k8s, docs/eni-and-ip-target.md,
prefix-and-ip-target.md).
"""

from tests.unit.capacity.advised import WEB, advice, applied, cni, fleet, group, only, taken


def test_minimum_a_little_above_the_pods_and_few_warm() -> None:
    """m5.large with 20 pods: three ENIs of ten addresses become 22 addresses and three ENIs' own.

    One call fills the primary ENI, and each ENI that is attached takes six, two of them DescribeSubnets. With
    WARM_ENI_TARGET both go again once the pods have gone, in three calls each; with the minimum they stay.
    """
    found = only(fleet(WEB), "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "22"}
    assert found.saves == 40 * (30 - 25)
    assert found.calls == (1 + 2 * 6 + 2 * 3, 1 + 2 * 6)
    assert "holds 25 addresses instead of 30" in found.sentence


def test_what_is_set_already_is_no_advice() -> None:
    assert not advice(fleet(WEB, cni=cni(WARM_IP_TARGET=2, MINIMUM_IP_TARGET=22)), "warm targets")


def test_a_warm_target_without_a_minimum_gets_one_for_its_calls_alone() -> None:
    """Every pod costs a call then; with a minimum as high as they come the addresses are the same."""
    found = only(fleet(WEB, cni=cni(WARM_IP_TARGET=1)), "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "1", "MINIMUM_IP_TARGET": "21"}
    assert found.saves == 0
    assert found.calls is not None
    assert found.calls[1] * 2 <= found.calls[0]


def test_one_pair_for_all_groups_that_is_enough_for_half_of_the_nodes() -> None:
    """The setting is the DaemonSet's: 22 for the forty nodes with 20 pods, though others have 5 and 60."""
    mixed = fleet(group("few", "m5.large", {5: 20}), WEB, group("many", "m5.4xlarge", {60: 10}))
    found = only(mixed, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "22"}
    assert found.saves == taken(mixed) - taken(applied(mixed, found.settings)) > 0


def test_pods_on_branch_interfaces_need_no_warm_addresses() -> None:
    """Of twenty pods five have security groups and so branch ENIs: fifteen take addresses from ipamd's pool."""
    secured = fleet(group("web", "m5.xlarge", {20: 10}, branch_pods=5), cni=cni(ENABLE_POD_ENI=True))
    found = only(secured, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "17"}
    assert found.saves == taken(secured) - taken(applied(secured, found.settings)) > 0


def test_nodes_that_need_all_their_addresses_save_nothing() -> None:
    assert not advice(fleet(group("full", "m5.large", {27: 40})), "warm targets")


def test_never_both_targets_0_with_prefixes() -> None:
    dense = fleet(group("dense", "m5.large", {30: 40}), cni=cni(ENABLE_PREFIX_DELEGATION=True))
    found = only(dense, "warm targets")
    assert found.settings == {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "32"}
    # Three prefixes, one of them warm, become the two that 32 addresses are.
    assert found.saves == 40 * 16


def test_too_many_calls_are_no_advice() -> None:
    """Half of the nodes have one pod, half 100: a pair for the former asks EC2 for each pod of the latter."""
    spread = fleet(group("one", "m5.4xlarge", {1: 10}), group("many", "m5.4xlarge", {100: 10}))
    for found in advice(spread, "warm targets"):
        assert found.settings is not None
        assert int(found.settings["MINIMUM_IP_TARGET"]) > 100
