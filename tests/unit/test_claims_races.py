"""What happens beside a delivery, between its look and its calls: no live pod is robbed, no address is left."""

from collections.abc import Callable, Sequence

import pytest

from nodenet.claims.outcome import State
from nodenet.claims.register import Key
from nodenet.claims.register import State as Held
from nodenet.networks import Interface
from tests.unit.claiming import Claiming, addresses_of
from tests.unit.cloud import Cloud

FIRST, SECOND = "10.0.16.100", "10.0.16.101"


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


def after_the_look(claiming: Claiming, work: Callable[[], object]) -> None:
    """Has something happen once, right after EC2 was looked at."""
    real = claiming.ec2.interfaces_in

    def look(subnet_ids: Sequence[str]) -> list[Interface]:
        found = real(subnet_ids)
        claiming.ec2.interfaces_in = real  # type: ignore[method-assign]
        work()
        return found

    claiming.ec2.interfaces_in = look  # type: ignore[method-assign]


def asked(claiming: Claiming) -> list[tuple[int, bool]]:
    """How many addresses each AssignPrivateIpAddresses is for from now on, and whether it may take them."""
    calls: list[tuple[int, bool]] = []
    real = claiming.ec2.assign_ipv4

    def assign(interface_id: str, addresses: Sequence[str], *, reassign: bool) -> None:
        calls.append((len(addresses), reassign))
        real(interface_id, addresses, reassign=reassign)

    claiming.ec2.assign_ipv4 = assign  # type: ignore[method-assign]
    return calls


def test_a_pod_on_a_new_node_that_another_delivery_registers_after_the_look_is_not_robbed(claiming: Claiming) -> None:
    """The look shows the address on the interface that a node has left, and the new node's interface not at all: that
    proves nothing about a record which is younger than it."""
    claiming.cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    thief, lost = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(lost, FIRST, pod="core/lost"))
    claiming.cloud.ec2.terminate_instances(InstanceIds=[lost])
    late: list[str] = []

    def launch() -> None:
        late.append(claiming.node())
        (outcome,) = claiming.deliver(claiming.claim(late[0], FIRST, pod="core/a"))
        assert outcome.state is State.REGISTERED

    after_the_look(claiming, launch)
    (outcome,) = claiming.deliver(claiming.claim(thief, FIRST, pod="core/b"))
    assert outcome.state is State.WAITING
    assert claiming.where(FIRST) == late[0]


def test_a_stranger_who_takes_a_new_address_after_the_look_keeps_it_though_another_moves(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, SECOND))
    ec2 = claiming.cloud.ec2
    eni = ec2.create_network_interface(SubnetId=claiming.subnet)["NetworkInterface"]["NetworkInterfaceId"]

    def snatch() -> None:
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[FIRST])

    after_the_look(claiming, snatch)
    claiming.deliver(claiming.claim(other, FIRST, SECOND, generation=2))
    (stranger,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"]
    assert addresses_of(stranger) == [FIRST]
    assert claiming.where(SECOND) == other


@pytest.mark.parametrize(
    ("moving", "new", "calls"), [(0, 10, [(10, False)]), (10, 0, [(10, True)]), (6, 4, [(4, False), (6, True)])]
)
def test_a_burst_is_one_call_and_two_where_some_of_it_moves_and_some_is_new(
    claiming: Claiming, moving: int, new: int, calls: list[tuple[int, bool]]
) -> None:
    """Only a call of addresses that all move may take what somebody has."""
    one, other = claiming.node(), claiming.node()
    pods = [(f"core/{number}", f"10.0.16.{100 + number}") for number in range(moving + new)]
    claiming.deliver(*(claiming.claim(one, address, pod=pod) for pod, address in pods[:moving]))
    seen = asked(claiming)
    outcomes = claiming.deliver(*(claiming.claim(other, address, pod=pod, generation=2) for pod, address in pods))
    assert {outcome.state for outcome in outcomes} == {State.REGISTERED}
    assert sorted(seen) == calls
    assert len(claiming.addresses(other)) == 10


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_release_is_done_though_ec2_refuses_the_claim_that_came_with_it(claiming: Claiming, family: str) -> None:
    one, other = claiming.node(), claiming.node()
    address = FIRST if family == "ipv4" else f"{claiming.ipv6}::a01"
    claiming.deliver(claiming.claim(one, address))
    claiming.cloud.fail(f"Assign{'PrivateIp' if family == 'ipv4' else 'Ipv6'}Addresses", "InvalidParameterValue")
    outcomes = claiming.deliver(claiming.release(one, address), claiming.claim(other, address, pod="core/next"))
    assert [outcome.state for outcome in outcomes] == [State.RELEASED, State.REFUSED]
    record = claiming.register.records[Key("n3", address)]
    assert (record.state, record.pod, record.lease) == (Held.RELEASED, "core/upf-0", 0)
    assert claiming.where(address) is None


def test_a_release_comes_again_with_the_claim_that_was_throttled(claiming: Claiming) -> None:
    """Whether the address has moved nobody knows: taking it off could take it from the next pod."""
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    claiming.cloud.fail("AssignPrivateIpAddresses", "RequestLimitExceeded", done=True)
    outcomes = claiming.deliver(claiming.release(one, FIRST), claiming.claim(other, FIRST, pod="core/next"))
    assert [outcome.state for outcome in outcomes] == [State.WAITING] * 2
    claiming.settle()
    assert claiming.where(FIRST) == other
    assert claiming.register.records[Key("n3", FIRST)].pod == "core/next"


def test_a_release_that_meets_its_claim_in_another_delivery_leaves_no_address(claiming: Claiming) -> None:
    node = claiming.node()
    after_the_look(claiming, lambda: claiming.deliver(claiming.claim(node, FIRST)))
    claiming.settle(claiming.release(node, FIRST))
    assert claiming.where(FIRST) is None


def test_a_release_takes_off_what_ec2_does_not_show_yet(claiming: Claiming) -> None:
    """ "Eventual consistency", EC2 Developer Guide."""
    node = claiming.node()
    before = claiming.ec2.interfaces_in([claiming.subnet])
    claiming.deliver(claiming.claim(node, FIRST))
    claiming.ec2.interfaces_in = lambda subnet_ids: before  # type: ignore[method-assign]
    (outcome,) = claiming.deliver(claiming.release(node, FIRST))
    assert outcome.state is State.RELEASED
    assert claiming.where(FIRST) is None


def test_a_release_of_what_somebody_has_taken_off_already_is_done(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST))
    claiming.ec2.unassign(claiming.interface(node)["NetworkInterfaceId"], [FIRST])
    (outcome,) = claiming.deliver(claiming.release(node, FIRST))
    assert outcome.state is State.RELEASED
