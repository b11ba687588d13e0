"""Moves that are cut off after any call, and IPv6, which EC2 moves in two calls."""

from collections.abc import Callable

import pytest

from nodenet.claims.outcome import State
from nodenet.claims.register import Key
from nodenet.claims.register import State as Held
from tests.unit.claiming import Claiming
from tests.unit.cloud import Cloud, Killed

FIRST = "10.0.16.100"


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


def cut_off_after_each_call(claiming: Claiming, calls: int, work: Callable[[], object]) -> None:
    """The process ends after so many calls of its own."""
    claiming.cloud.kill_after = calls
    try:
        with pytest.raises(Killed):
            work()
    finally:
        claiming.cloud.kill_after = None


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_move_of_both_families_that_is_cut_off_after_any_call_is_finished_by_the_next_delivery(
    claiming: Claiming, calls: int
) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, FIRST, six))
    claim = claiming.claim(other, FIRST, six, generation=2)
    cut_off_after_each_call(claiming, calls, lambda: claiming.deliver(claim))
    outcomes = claiming.redeliver(claim)
    assert {outcome.state for outcome in outcomes} <= {State.REGISTERED, State.KNOWN}
    assert claiming.bus.told
    assert sorted(claiming.addresses(other)) == [FIRST, six]
    assert claiming.addresses(one) == []
    assert {record.state for record in claiming.register.records.values()} == {Held.REGISTERED}


@pytest.mark.parametrize("calls", range(1, 8))
def test_a_release_that_is_cut_off_after_any_call_is_finished_by_the_next_delivery(
    claiming: Claiming, calls: int
) -> None:
    node = claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(node, FIRST, six))
    release = claiming.release(node, FIRST, six)
    cut_off_after_each_call(claiming, calls, lambda: claiming.deliver(release))
    claiming.redeliver(release)
    assert claiming.addresses(node) == []
    assert {record.state for record in claiming.register.records.values()} == {Held.RELEASED}


def test_what_is_under_way_is_nobody_else_s_though_the_function_that_had_it_was_cut_off(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claim = claiming.claim(one, FIRST)
    # DescribeNetworkInterfaces, PutItem
    cut_off_after_each_call(claiming, 2, lambda: claiming.deliver(claim))
    late = claiming.claim(other, FIRST, pod="core/other")
    (waits,) = claiming.redeliver(late)
    assert waits.state is State.WAITING
    assert "at work" in waits.reason
    claiming.redeliver(claim)
    assert claiming.where(FIRST) == one


def test_a_lock_runs_out_with_the_function_that_had_it(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    cut_off_after_each_call(claiming, 2, lambda: claiming.deliver(claiming.claim(one, FIRST)))
    claiming.ahead += 61
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, generation=2))
    assert outcome.state is State.REGISTERED
    assert claiming.where(FIRST) == other


def test_an_ipv6_address_moves_by_two_calls_one_after_the_other(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claiming.deliver(claiming.claim(other, six, generation=2))
    assert claiming.mutations == ["UnassignIpv6Addresses", "AssignIpv6Addresses"]
    assert claiming.addresses(other) == [six]


def test_a_second_call_that_ec2_refuses_gives_the_ipv6_address_back(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claiming.cloud.fail("AssignIpv6Addresses", "InvalidParameterValue")
    (outcome,) = claiming.deliver(claiming.claim(other, six, generation=2))
    assert outcome.state is State.REFUSED
    assert claiming.where(six) == one
    record = claiming.register.records[Key("n3", six)]
    assert (record.state, record.node, record.generation, record.lease) == (Held.REGISTERED, one, 1, 0)


def test_a_throttled_second_call_gives_the_ipv6_address_back_until_the_claim_comes_again(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claiming.cloud.fail("AssignIpv6Addresses", "RequestLimitExceeded")
    (outcome,) = claiming.deliver(claiming.claim(other, six, generation=2))
    assert outcome.state is State.WAITING
    assert claiming.where(six) == one
    claiming.settle()
    assert claiming.where(six) == other


def test_when_it_cannot_even_go_back_the_claim_comes_again_and_finishes(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claiming.cloud.fail("AssignIpv6Addresses", "RequestLimitExceeded", times=2)
    (outcome,) = claiming.deliver(claiming.claim(other, six, generation=2))
    assert outcome.state is State.WAITING
    assert "could not go back" in outcome.reason
    claiming.settle()
    assert claiming.where(six) == other


def test_one_that_was_cut_off_between_the_two_calls_goes_back_if_it_cannot_go_on(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    six = f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, six))
    claim = claiming.claim(other, six, generation=2)
    # DescribeNetworkInterfaces, PutItem, UnassignIpv6Addresses
    cut_off_after_each_call(claiming, 3, lambda: claiming.deliver(claim))
    assert claiming.where(six) is None
    claiming.cloud.fail("AssignIpv6Addresses", "InvalidParameterValue")
    (outcome,) = claiming.redeliver(claim)
    assert outcome.state is State.REFUSED
    assert claiming.where(six) == one


def test_ipv6_addresses_of_two_nodes_move_to_a_third_by_one_assign(claiming: Claiming) -> None:
    one, other, third = claiming.node(), claiming.node(), claiming.node()
    six, seven = f"{claiming.ipv6}::a01", f"{claiming.ipv6}::a02"
    claiming.deliver(claiming.claim(one, six, pod="core/a"), claiming.claim(other, seven, pod="core/b"))
    claiming.deliver(
        claiming.claim(third, six, pod="core/a", generation=2), claiming.claim(third, seven, pod="core/b", generation=2)
    )
    assert claiming.mutations == ["UnassignIpv6Addresses"] * 2 + ["AssignIpv6Addresses"]
    assert sorted(claiming.addresses(third)) == [six, seven]


def test_an_address_moves_off_an_interface_that_was_kept_when_its_node_went(cloud: Cloud) -> None:
    claiming = Claiming(cloud)
    cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/lost"))
    cloud.ec2.terminate_instances(InstanceIds=[one])
    assert claiming.where(FIRST) == ""
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, pod="core/next"))
    assert outcome.state is State.REGISTERED
    assert claiming.where(FIRST) == other


def test_what_a_node_that_is_gone_left_on_a_kept_interface_is_released(cloud: Cloud) -> None:
    claiming = Claiming(cloud)
    cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST))
    cloud.ec2.terminate_instances(InstanceIds=[node])
    (outcome,) = claiming.deliver(claiming.ended(node))
    assert outcome.state is State.RELEASED
    assert claiming.where(FIRST) is None
    assert claiming.register.records[Key("n3", FIRST)].state is Held.RELEASED


def test_the_end_of_an_instance_that_left_nothing_is_ignored(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.cloud.ec2.terminate_instances(InstanceIds=[node])
    (outcome,) = claiming.deliver(claiming.ended(node))
    assert outcome.state is State.IGNORED
    assert claiming.cloud.calls == ["DescribeNetworkInterfaces"]
