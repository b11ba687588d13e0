"""Faults seen in other programs that register pod addresses, each replayed here: none may happen to nodenet.

The numbers are those of the list in docs/concepts.md, "What goes wrong elsewhere".
"""

import pytest

from nodenet.claims.outcome import State
from tests.unit.claiming import Claiming, addresses_of
from tests.unit.cloud import Cloud

FIRST, SECOND = "10.0.16.100", "10.0.16.101"


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


def pods(claiming: Claiming, node: str, numbers: range) -> list[tuple[str, str]]:
    return [(f"core/upf-{number}", f"10.0.16.{100 + number}") for number in numbers]


def test_fault_15_released_addresses_give_back_their_slots_before_new_ones_are_asked_for(claiming: Claiming) -> None:
    """An m5.2xlarge holds 15 addresses on an interface, one of them its own (DescribeInstanceTypes)."""
    node = claiming.node(instance_type="m5.2xlarge")
    old, new = pods(claiming, node, range(14)), pods(claiming, node, range(20, 34))
    claiming.deliver(*(claiming.claim(node, address, pod=pod) for pod, address in old))
    outcomes = claiming.deliver(
        *(claiming.claim(node, address, pod=pod) for pod, address in new),
        *(claiming.release(node, address, pod=pod) for pod, address in old),
    )
    assert {outcome.state for outcome in outcomes} == {State.REGISTERED, State.RELEASED}
    assert claiming.mutations == ["UnassignPrivateIpAddresses", "AssignPrivateIpAddresses"]
    assert claiming.addresses(node) == [address for _, address in new]


def test_fault_15_where_no_slot_is_left_the_claim_that_has_none_is_named_and_refused(claiming: Claiming) -> None:
    node = claiming.node(instance_type="m5.2xlarge")
    claims = [claiming.claim(node, address, pod=pod, ago=301) for pod, address in pods(claiming, node, range(15))]
    outcomes = claiming.deliver(*claims)
    (refused,) = [outcome for outcome in outcomes if outcome.state is State.REFUSED]
    assert "PrivateIpAddressLimitExceeded" in refused.reason
    assert len(claiming.addresses(node)) == 14
    assert refused.addresses[0] not in claiming.addresses(node)


def test_fault_15_a_slot_that_comes_free_within_minutes_is_waited_for(claiming: Claiming) -> None:
    node = claiming.node(instance_type="m5.2xlarge")
    full = pods(claiming, node, range(14))
    claiming.deliver(*(claiming.claim(node, address, pod=pod) for pod, address in full))
    (outcome,) = claiming.deliver(claiming.claim(node, "10.0.16.150", pod="core/next"))
    assert outcome.state is State.WAITING
    outcomes = claiming.settle(claiming.release(node, full[0][1], pod=full[0][0]))
    assert outcomes[-1].state is State.REGISTERED


def test_fault_16_one_bad_address_of_a_burst_is_refused_by_itself_and_the_pod_is_told(claiming: Claiming) -> None:
    """10.0.17.9 is declared as floating, but lies in another zone's subnet than the node's."""
    node = claiming.node(zone=1)
    claiming.cloud.calls.clear()
    outcomes = claiming.deliver(
        claiming.claim(node, FIRST, pod="core/wrong-zone"),
        claiming.claim(node, "10.0.17.9", pod="core/good"),
    )
    assert [(outcome.pod, outcome.state) for outcome in outcomes] == [
        ("core/wrong-zone", State.REFUSED),
        ("core/good", State.REGISTERED),
    ]
    assert claiming.mutations == ["AssignPrivateIpAddresses"] * 3, "together, and only then each by itself"
    assert claiming.addresses(node) == ["10.0.17.9"]
    assert sorted(map(str, claiming.bus.kinds)) == ["Pod Addresses Refused", "Pod Addresses Registered"]


def test_fault_17_a_second_pod_with_the_same_address_steals_it_from_no_live_one(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/live", generation=1))
    # A generation counts the lives of one pod: that of another says nothing.
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, pod="core/thief", generation=99))
    assert outcome.state is State.WAITING
    assert not claiming.mutations
    assert claiming.where(FIRST) == one


def test_fault_17_an_address_that_a_stranger_has_is_not_taken(claiming: Claiming) -> None:
    node = claiming.node()
    stranger = claiming.cloud.ec2.create_network_interface(SubnetId=claiming.subnet, PrivateIpAddress="10.0.16.9")
    eni = stranger["NetworkInterface"]["NetworkInterfaceId"]
    claiming.cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[FIRST])
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST))
    assert outcome.state is State.REFUSED
    assert eni in outcome.reason
    assert not claiming.mutations


def test_fault_17_one_that_a_stranger_takes_between_look_and_call_is_not_taken_back(claiming: Claiming) -> None:
    node = claiming.node()
    eni = claiming.cloud.ec2.create_network_interface(SubnetId=claiming.subnet)["NetworkInterface"][
        "NetworkInterfaceId"
    ]

    def snatch() -> None:
        claiming.cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[FIRST])

    claiming.cloud.fail("AssignPrivateIpAddresses", "", action=snatch)
    outcomes = claiming.settle(claiming.claim(node, FIRST))
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REFUSED]
    assert claiming.where(FIRST) is None


def test_fault_18_of_two_networks_in_one_subnet_each_gets_its_own_address(cloud: Cloud) -> None:
    cloud.subnets["n6"] = cloud.subnets["n3"]
    claiming = Claiming(cloud)
    claiming.floating = {"n3", "n6"}
    cloud.configure()
    node = claiming.node()
    outcomes = claiming.deliver(claiming.claim(node, FIRST), claiming.claim(node, SECOND, network="n6"))
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED] * 2
    assert addresses_of(claiming.interface(node, "n3")) == [FIRST]
    assert addresses_of(claiming.interface(node, "n6")) == [SECOND]


def test_fault_19_an_ipv6_address_is_never_without_an_interface_for_longer_than_one_call(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six, FIRST))
    gaps = []
    for operation in ("UnassignIpv6Addresses", "AssignIpv6Addresses", "PutItem"):
        claiming.cloud.fail(operation, "", action=lambda: gaps.append(claiming.where(six)))
    claiming.deliver(claiming.claim(other, six, FIRST, generation=2))
    assert gaps == [one, None], "there until it is taken off, and the next call puts it on"
    calls = [call for call in claiming.cloud.calls if "Ipv6" in call]
    assert calls == ["UnassignIpv6Addresses", "AssignIpv6Addresses"]
    assert claiming.where(six) == other


def test_fault_19_it_comes_back_where_the_second_call_fails(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claiming.cloud.fail("AssignIpv6Addresses", "InvalidParameterValue")
    claiming.deliver(claiming.claim(other, six, generation=2))
    assert claiming.where(six) == one
