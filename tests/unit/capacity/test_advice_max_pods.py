"""Advice on the maximum of pods that a kubelet is told."""

from dataclasses import replace

import pytest

from nodenet.capacity.fleet import Fleet, Subnet
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import Advice
from tests.unit.capacity.advised import advice, cni, fleet, group, only, taken


def test_a_kubelet_that_takes_more_pods_than_there_are_addresses_is_told() -> None:
    found = only(fleet(group("web", "m5.large", {15: 40}, max_pods=110)), "max pods")
    assert "Set maxPods to 29 for web (m5.large)" in found.sentence


def test_pods_on_branch_interfaces_and_on_the_hosts_network_have_their_place_in_the_maximum() -> None:
    """The trunk leaves an m5.xlarge three ENIs with 14 addresses: 42 pods, five on branches, six on the host."""
    high = group("web", "m5.xlarge", {20: 40}, max_pods=110, branch_pods=5, host_network_pods=6)
    assert "Set maxPods to 53 for web" in only(fleet(high, cni=cni(ENABLE_POD_ENI=True)), "max pods").sentence


def test_a_group_with_nodes_in_a_shut_out_subnet_keeps_the_places_of_the_others() -> None:
    """Of m5.large those in `x` have no pods on the primary interface, and places for 20; the others for 29."""
    subnets = (Subnet("n", "a", 20, cni=True), Subnet("x", "a", 20, cni=False))
    mixed = Fleet(subnets, (group("web", "m5.large", {15: 40}, subnets="nx", max_pods=110),), cni())
    assert "Set maxPods to 29 for web" in only(mixed, "max pods").sentence


def test_more_calls_than_ec2_lets_an_account_make_are_told() -> None:
    """The heavier half asks EC2 for each pod beyond the lighter half's twenty, at five AssignPrivateIpAddresses a
    second for all ("Request throttling for the Amazon EC2 API")."""

    def many(nodes: int) -> Advice:
        kinds = (group("few", "m5.4xlarge", {20: nodes}), group("many", "m5.4xlarge", {60: nodes}))
        return only(fleet(*kinds, length=12), "warm targets")

    assert "on all 1,000 nodes at the same time, EC2's limit" in many(500).sentence
    assert "EC2's limit" not in many(20).sentence


def test_full_nodes_with_idle_addresses_could_be_fewer() -> None:
    """18 pods and two on the host's network fill a kubelet of 20, and the second ENI's last addresses go to nobody:
    27 pods a node need two nodes where there were three."""
    narrow = fleet(group("web", "m5.large", {18: 42}, max_pods=20))
    found = only(narrow, "max pods")
    assert "maxPods 29 for web (m5.large). The same pods then run on 14 nodes less" in found.sentence
    denser = fleet(group("web", "m5.large", {27: 28}, max_pods=29))
    assert found.saves == taken(narrow) - taken(denser) > 0


def test_pods_on_branch_interfaces_would_not_all_come_to_lie_on_fewer_nodes() -> None:
    """Each node has as many of them as before."""
    narrow, switch = group("web", "m5.large", {9: 42}, max_pods=11), cni(ENABLE_POD_ENI=True)
    assert advice(fleet(narrow, cni=switch), "max pods")
    assert not advice(fleet(replace(narrow, branch_pods=1), cni=switch), "max pods")


@pytest.mark.parametrize("pods", [{10: 42}, {10: 41, 18: 1}, {18: 1, 10: 41}])
def test_nodes_that_are_not_full_stay_as_they_are(pods: dict[int, int]) -> None:
    assert not advice(fleet(group("web", "m5.large", pods, max_pods=20)), "max pods")


def test_nodes_with_more_pods_on_the_hosts_network_than_the_kubelet_takes_are_no_case_of_idle_addresses() -> None:
    assert not advice(fleet(group("web", "m5.large", {0: 42}, max_pods=20, host_network_pods=40)), "max pods")


def test_a_lower_maximum_stops_ipamd_where_that_ends_a_shortage() -> None:
    """It keeps no more than there may be pods (isDatastorePoolTooLow): 32 pods in two prefixes, and none warm."""
    short = fleet(group("web", "m5.large", {30: 40}), length=21, cni=cni(ENABLE_PREFIX_DELEGATION=True))
    short = replace(short, subnets=(replace(short.subnets[0], used=300),))
    assert place(short).shortages
    lower = replace(short, groups=(replace(short.groups[0], max_pods=32),))
    found = only(short, "max pods")
    assert "maxPods of 32 for web (m5.large)" in found.sentence
    assert found.saves == taken(short) - taken(lower) == 40 * 16
