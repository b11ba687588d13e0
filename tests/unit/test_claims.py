"""Floating addresses: claimed, moved, released, refused, by the region's own EC2."""

import pytest

from nodenet.claims.outcome import State
from nodenet.claims.register import Key
from nodenet.claims.register import State as Held
from nodenet.claims.requests import Request
from nodenet.errors import Throttled
from tests.unit.claiming import POD, Claiming
from tests.unit.cloud import Cloud

FIRST, SECOND, THIRD = "10.0.16.100", "10.0.16.101", "10.0.16.102"


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


def test_a_claimed_address_is_registered_on_the_interface_of_its_node_and_network(claiming: Claiming) -> None:
    node = claiming.node()
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST))
    assert outcome.state is State.REGISTERED
    assert outcome.interface == claiming.interface(node)["NetworkInterfaceId"]
    assert claiming.addresses(node) == [FIRST]
    assert claiming.bus.kinds == ["Pod Addresses Registered"]
    record = claiming.register.records[Key("n3", FIRST)]
    assert (record.state, record.pod, record.node, record.lease) == (Held.REGISTERED, POD, node, 0)


# ---- calls


def test_a_burst_of_ten_pods_on_a_node_costs_one_describe_and_one_assign_for_each_family(claiming: Claiming) -> None:
    node = claiming.node()
    burst = [
        claiming.claim(node, f"10.0.16.{100 + number}", f"{claiming.ipv6}::a0{number}", pod=f"core/upf-{number}")
        for number in range(10)
    ]
    outcomes = claiming.deliver(*burst)
    assert {outcome.state for outcome in outcomes} == {State.REGISTERED}
    assert sorted(claiming.mutations) == ["AssignIpv6Addresses", "AssignPrivateIpAddresses"]
    assert claiming.cloud.calls.count("DescribeNetworkInterfaces") == 1
    assert len(claiming.addresses(node)) == 20


def test_a_burst_over_three_nodes_shares_the_describe_and_assigns_once_for_each(claiming: Claiming) -> None:
    nodes = [claiming.node() for _ in range(3)]
    burst = [
        claiming.claim(nodes[number % 3], f"10.0.16.{100 + number}", pod=f"core/upf-{number}") for number in range(9)
    ]
    claiming.deliver(*burst)
    assert claiming.cloud.calls.count("DescribeNetworkInterfaces") == 1
    assert claiming.mutations == ["AssignPrivateIpAddresses"] * 3


def test_a_duplicate_costs_no_call_but_its_share_of_the_describe_and_is_told_to_nobody(claiming: Claiming) -> None:
    node = claiming.node()
    claim = claiming.claim(node, FIRST)
    claiming.deliver(claim)
    (again,) = claiming.deliver(claim)
    assert again.state is State.KNOWN
    assert claiming.cloud.calls == ["DescribeNetworkInterfaces"]
    assert len(claiming.bus.told) == 1


def test_the_same_claim_twice_in_a_batch_is_one_assign(claiming: Claiming) -> None:
    node = claiming.node()
    outcomes = claiming.deliver(claiming.claim(node, FIRST), claiming.claim(node, FIRST))
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED] * 2
    assert claiming.mutations == ["AssignPrivateIpAddresses"]


def test_reassignment_is_allowed_only_where_an_address_moves(claiming: Claiming) -> None:
    """AllowReassignment takes an address from whoever has it (AssignPrivateIpAddresses, EC2 API Reference)."""
    asked: list[bool] = []
    real = claiming.ec2.assign_ipv4

    def listen(interface_id: str, addresses: list[str], *, reassign: bool) -> None:
        asked.append(reassign)
        real(interface_id, addresses, reassign=reassign)

    claiming.ec2.assign_ipv4 = listen  # type: ignore[method-assign, assignment]
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    claiming.deliver(claiming.claim(other, FIRST, generation=2))
    assert asked == [False, True]


# ---- whose it is


def test_a_pod_s_next_life_takes_its_address_along(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, generation=2))
    assert outcome.state is State.REGISTERED
    assert claiming.mutations == ["AssignPrivateIpAddresses"]
    assert claiming.where(FIRST) == other


def test_a_claim_of_an_earlier_life_is_stale_and_moves_nothing(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(other, FIRST, generation=2))
    (outcome,) = claiming.deliver(claiming.claim(one, FIRST, generation=1))
    assert outcome.state is State.STALE
    assert claiming.where(FIRST) == other
    assert not claiming.mutations
    assert not claiming.queue.sent


def test_two_lives_in_one_batch_end_with_the_later_one(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    earlier, later = claiming.claim(one, FIRST), claiming.claim(other, FIRST, generation=2)
    outcomes = claiming.deliver(later, earlier)
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED, State.STALE]
    assert claiming.where(FIRST) == other


def test_one_life_on_two_nodes_at_once_is_not_believed(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST))
    assert outcome.state is State.WAITING
    assert claiming.where(FIRST) == one


def test_a_live_holder_is_waited_for_longer_each_time_and_named_when_the_claim_is_refused(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/live"))
    waits = []
    for ago in (0, 10, 200, 301):
        (outcome,) = claiming.deliver(claiming.claim(other, FIRST, pod="core/late", ago=ago))
        waits.append((outcome.state, [seconds for _, seconds in claiming.queue.sent]))
        claiming.queue.sent.clear()
    assert waits == [
        (State.WAITING, [2]), (State.WAITING, [10]), (State.WAITING, [60]), (State.REFUSED, []),
    ]  # fmt: skip
    assert outcome.holder is not None
    assert (outcome.holder.pod, outcome.holder.node) == ("core/live", one)
    assert claiming.bus.kinds[-1] == "Pod Addresses Refused"
    assert claiming.where(FIRST) == one


def test_a_claim_that_came_before_the_release_gets_the_address_after_it(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/old"))
    claiming.deliver(claiming.claim(other, FIRST, pod="core/new"))
    outcomes = claiming.settle(claiming.release(one, FIRST, pod="core/old"))
    assert [outcome.state for outcome in outcomes] == [State.RELEASED, State.REGISTERED]
    assert claiming.where(FIRST) == other


def test_a_release_and_the_next_pod_s_claim_in_one_batch_are_one_call(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/old"))
    outcomes = claiming.deliver(
        claiming.claim(other, FIRST, pod="core/new"), claiming.release(one, FIRST, pod="core/old")
    )
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED, State.RELEASED]
    assert claiming.mutations == ["AssignPrivateIpAddresses"]
    assert claiming.where(FIRST) == other


def test_of_two_new_pods_that_ask_for_one_address_the_first_has_it(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    outcomes = claiming.deliver(
        claiming.claim(one, FIRST, pod="core/second", generation=9, ago=1),
        claiming.claim(other, FIRST, pod="core/first", generation=1, ago=5),
    )
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REGISTERED]
    assert claiming.where(FIRST) == other


def test_the_address_of_a_node_that_is_terminated_is_free_for_another_pod(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/lost"))
    claiming.cloud.ec2.terminate_instances(InstanceIds=[one])
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, pod="core/next"))
    assert outcome.state is State.REGISTERED
    assert claiming.where(FIRST) == other


def test_two_deliveries_at_once_are_one_after_the_other(claiming: Claiming) -> None:
    """The second reads what the first has locked."""
    one, other = claiming.node(), claiming.node()
    late = claiming.claim(other, FIRST, generation=2)
    seen = []

    def meanwhile() -> None:
        calls = list(claiming.cloud.calls)
        seen.extend(claiming.deliver(late))
        claiming.cloud.calls[:] = calls

    claiming.cloud.fail("AssignPrivateIpAddresses", "", action=meanwhile)
    claiming.deliver(claiming.claim(one, FIRST))
    assert [outcome.state for outcome in seen] == [State.WAITING]
    (outcome,) = claiming.deliver(late)
    assert outcome.state is State.REGISTERED
    assert claiming.where(FIRST) == other


# ---- release


def test_released_addresses_of_a_burst_come_off_in_one_call_and_the_generation_is_kept(claiming: Claiming) -> None:
    node = claiming.node()
    pods = {FIRST: "core/a", SECOND: "core/b"}
    claiming.deliver(*(claiming.claim(node, address, pod=pod) for address, pod in pods.items()))
    outcomes = claiming.deliver(*(claiming.release(node, address, pod=pod) for address, pod in pods.items()))
    assert [outcome.state for outcome in outcomes] == [State.RELEASED] * 2
    assert claiming.mutations == ["UnassignPrivateIpAddresses"]
    assert claiming.addresses(node) == []
    (late,) = claiming.deliver(claiming.claim(node, FIRST, pod="core/a"))
    assert late.state is State.STALE
    (again,) = claiming.deliver(claiming.claim(node, FIRST, pod="core/a", generation=2))
    assert again.state is State.REGISTERED


def test_a_release_that_comes_before_its_claim_makes_the_claim_stale(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.release(node, FIRST))
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST))
    assert outcome.state is State.STALE
    assert claiming.addresses(node) == []


def test_a_release_of_an_earlier_life_does_nothing(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, generation=1))
    claiming.deliver(claiming.claim(other, FIRST, generation=2))
    (outcome,) = claiming.deliver(claiming.release(one, FIRST, generation=1))
    assert outcome.state is State.STALE
    assert claiming.where(FIRST) == other


def test_a_release_by_a_pod_that_has_lost_the_address_does_nothing(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST, pod="core/old"))
    claiming.deliver(claiming.release(node, FIRST, pod="core/old"))
    claiming.deliver(claiming.claim(node, FIRST, pod="core/new"))
    (outcome,) = claiming.deliver(claiming.release(node, FIRST, pod="core/old"))
    assert outcome.state is State.KNOWN
    assert claiming.addresses(node) == [FIRST]


def test_a_release_when_the_node_is_gone_needs_no_call(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST))
    claiming.cloud.ec2.terminate_instances(InstanceIds=[node])
    (outcome,) = claiming.deliver(claiming.release(node, FIRST))
    assert outcome.state is State.RELEASED
    assert not claiming.mutations


def test_one_address_that_somebody_took_off_by_hand_keeps_no_other_from_coming_off(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST, SECOND))
    eni = claiming.interface(node)["NetworkInterfaceId"]

    def by_hand() -> None:
        claiming.cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[FIRST])

    claiming.cloud.fail("UnassignPrivateIpAddresses", "", action=by_hand)
    (outcome,) = claiming.deliver(claiming.release(node, FIRST, SECOND))
    assert outcome.state is State.RELEASED
    assert claiming.addresses(node) == []


# ---- what is refused


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("10.0.16.50", "not in 10.0.16.100-10.0.16.199"),
        ("2001:db8:ffff::1", "floating ranges"),
        ("10.0.16.4", "primary address"),
    ],
)
def test_an_address_that_can_never_be_a_pod_s_is_refused_at_once(claiming: Claiming, address: str, reason: str) -> None:
    claiming.node()
    node = claiming.node()
    (outcome,) = claiming.deliver(claiming.claim(node, address))
    assert outcome.state is State.REFUSED
    assert reason in outcome.reason
    assert not claiming.mutations
    assert not claiming.register.records


def test_an_address_in_somebody_s_prefix_is_refused(claiming: Claiming) -> None:
    node = claiming.node()
    stranger = claiming.cloud.ec2.create_network_interface(
        SubnetId=claiming.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.16.112/28"}]
    )["NetworkInterface"]["NetworkInterfaceId"]
    (outcome,) = claiming.deliver(claiming.claim(node, "10.0.16.120"))
    assert outcome.state is State.REFUSED
    assert f"prefix of {stranger}" in outcome.reason


def test_a_network_without_floating_addresses_and_one_that_is_unknown_are_refused_without_a_call(
    claiming: Claiming,
) -> None:
    claiming.cloud.configure()
    node = claiming.node()
    outcomes = claiming.deliver(claiming.claim(node, FIRST, network="n6"), claiming.claim(node, FIRST, network="n7"))
    assert ["no floating addresses" in outcomes[0].reason, "has a network n7" in outcomes[1].reason] == [True, True]
    assert not claiming.cloud.calls


def test_a_node_without_an_interface_of_the_network_is_waited_for_and_then_refused(claiming: Claiming) -> None:
    stranger = claiming.cloud.instance(tags={"Name": "not a node"})
    claiming.cloud.calls.clear()
    (outcome,) = claiming.deliver(claiming.claim(stranger, FIRST))
    assert outcome.state is State.WAITING
    (outcome,) = claiming.deliver(claiming.claim(stranger, FIRST, ago=301))
    assert outcome.state is State.REFUSED
    assert f"{stranger} has no interface of n3" in outcome.reason


def test_the_parts_of_a_claim_fare_each_by_itself(claiming: Claiming) -> None:
    node = claiming.node()
    outcomes = claiming.deliver(claiming.claim(node, FIRST, "10.0.16.50"))
    assert {outcome.state: outcome.addresses for outcome in outcomes} == {
        State.REFUSED: ("10.0.16.50",),
        State.REGISTERED: (FIRST,),
    }


def test_a_part_that_waits_comes_again_without_those_that_are_done_with(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, pod="core/live"))
    claiming.deliver(claiming.claim(other, FIRST, SECOND, "10.0.16.50", pod="core/next"))
    ((body, _),) = claiming.queue.sent
    again = claiming.wrap(body).event
    assert isinstance(again, Request)
    assert again.addresses == (FIRST,)
    claiming.settle(claiming.release(one, FIRST, pod="core/live"))
    assert sorted(claiming.addresses(other)) == [FIRST, SECOND]
    refused = [outcome for outcome in claiming.bus.told if outcome.state is State.REFUSED]
    assert len(refused) == 1


def test_a_message_that_cannot_be_sent_anew_is_left_to_the_queue(claiming: Claiming) -> None:
    claiming.node()
    stranger, good = claiming.cloud.instance(), claiming.node()

    def broken(body: str, seconds: int) -> None:
        raise Throttled("SendMessage")

    claiming.queue.send = broken  # type: ignore[method-assign]
    bad, fine = claiming.claim(stranger, FIRST), claiming.claim(good, SECOND)
    results = claiming.results(bad, fine)
    assert results[fine.id]()[0].state is State.REGISTERED
    with pytest.raises(Throttled):
        results[bad.id]()


def test_an_address_outside_the_node_s_own_subnet_is_refused_in_ec2_s_words(claiming: Claiming) -> None:
    node = claiming.node(zone=1)
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST))
    assert outcome.state is State.REFUSED
    assert FIRST in outcome.reason
    assert claiming.register.records[Key("n3", FIRST)].state is Held.RELEASED


# ---- what AWS does


def test_a_throttled_assign_waits_and_comes_right(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.cloud.fail("AssignPrivateIpAddresses", "RequestLimitExceeded")
    outcomes = claiming.settle(claiming.claim(node, FIRST))
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REGISTERED]
    assert claiming.addresses(node) == [FIRST]


def test_an_assign_that_was_done_though_it_looked_throttled_is_found_done(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    claiming.cloud.fail("AssignPrivateIpAddresses", "RequestLimitExceeded", done=True)
    outcomes = claiming.settle(claiming.claim(other, FIRST, generation=2))
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REGISTERED]
    assert claiming.where(FIRST) == other


def test_a_missing_permission_holds_the_claim_and_refuses_it_not_for_a_day(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.cloud.fail("AssignPrivateIpAddresses", "UnauthorizedOperation", times=3)
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST, ago=4000))
    assert outcome.state is State.HELD
    assert [seconds for _, seconds in claiming.queue.sent] == [60]
    (outcome,) = claiming.deliver(claiming.claim(node, FIRST, ago=90_000))
    assert outcome.state is State.REFUSED


def test_what_nobody_foresaw_of_one_claim_fails_its_message_alone(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    real = claiming.ec2.assign_ipv4

    def broken(interface_id: str, addresses: list[str], *, reassign: bool) -> None:
        if addresses == [SECOND]:
            raise ZeroDivisionError
        real(interface_id, addresses, reassign=reassign)

    claiming.ec2.assign_ipv4 = broken  # type: ignore[method-assign, assignment]
    good, bad = claiming.claim(one, FIRST, pod="core/a"), claiming.claim(other, SECOND, pod="core/b")
    results = claiming.results(good, bad)
    assert results[good.id]()[0].state is State.REGISTERED
    with pytest.raises(ZeroDivisionError):
        results[bad.id]()
    assert claiming.register.records[Key("n3", SECOND)].lease == 0


def test_a_describe_that_fails_puts_the_whole_batch_off(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.cloud.fail("DescribeNetworkInterfaces", "RequestLimitExceeded")
    outcomes = claiming.deliver(claiming.claim(node, FIRST), claiming.release(node, SECOND))
    assert [outcome.state for outcome in outcomes] == [State.WAITING] * 2
    assert len(claiming.queue.sent) == 2


def test_what_could_not_be_told_is_told_later(claiming: Claiming) -> None:
    node = claiming.node()
    real = claiming.bus.tell

    def broken(outcomes: object) -> None:
        raise Throttled("PutEvents")

    claiming.bus.tell = broken  # type: ignore[method-assign]
    claiming.deliver(claiming.claim(node, FIRST))
    assert len(claiming.queue.sent) == 1
    claiming.bus.tell = real  # type: ignore[method-assign]
    outcomes = claiming.settle()
    assert outcomes[-1].state is State.REGISTERED
    assert claiming.bus.kinds == ["Pod Addresses Registered"]
