"""A node that cannot have its networks: what is taken back, what stays, and how long nodenet tries."""

from dataclasses import replace

import pytest

from local.world import world
from nodenet.events import Rollback
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import State
from tests.in_process import SteppedClock
from tests.unit.cloud import Cloud
from tests.unit.deliveries import NO_ADDRESS, older, settle


def roll_back(cloud: Cloud) -> tuple[str, Message]:
    """A node without a hook got one of its two ENIs and could not have the other: it is to be deleted."""
    node = cloud.instance()
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=1)
    (failed,) = cloud.launch(cloud.running(node))
    assert failed.state is State.FAILED
    (message,) = cloud.queue.take()
    assert isinstance(message.event, Rollback)
    return node, message


# ---- what is taken


@pytest.mark.parametrize("changed", ["sourceDestCheck: false", "retention: keep"])
def test_an_interface_that_served_before_stays_though_an_attribute_of_it_was_corrected(
    cloud: Cloud, changed: str
) -> None:
    node = cloud.instance()
    cloud.configure(names="n3")
    cloud.launch(cloud.running(node))
    cloud.configure(networks={"n3": changed})
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (failed, *_) = settle(cloud, cloud.running(node))
    assert failed.state is State.FAILED
    assert cloud.networks_of(node) == ["n3"]


def test_of_a_node_that_was_ready_only_what_this_delivery_made_is_taken(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.configure(names="n3")
    cloud.launch(cloud.running(node))
    cloud.configure(networks={"n6": "interfaces: 2"})
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=1)
    settle(cloud, cloud.running(node))
    assert cloud.networks_of(node) == ["n3"]
    assert len(cloud.enis()) == 1


def test_a_node_that_was_never_ready_and_goes_into_service_keeps_no_part_of_its_networks(cloud: Cloud) -> None:
    cloud.configure(group="onFailure: continue")
    cloud.group()
    cloud.fail("CreateNetworkInterface", "RequestLimitExceeded", skip=1)
    (first,) = cloud.launch(*cloud.launch_actions())
    assert first.state is State.WAITING
    assert len(cloud.networks_of(first.instance_id)) == 1
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (second, *_) = settle(cloud)
    assert second.state is State.FAILED
    assert cloud.states() == ["InService"]
    assert not cloud.enis()


def test_a_node_without_a_hook_that_was_never_ready_keeps_no_part_of_its_networks(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.fail("CreateNetworkInterface", "RequestLimitExceeded", skip=1)
    cloud.launch(cloud.running(node))
    assert len(cloud.networks_of(node)) == 1
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    (second, *_) = settle(cloud)
    assert second.state is State.FAILED
    assert not cloud.enis()


def test_an_interface_that_ec2_did_not_show_yet_is_deleted_when_it_does(region: None) -> None:
    """A new id may be unknown at first (EC2 API Reference, "Eventual consistency")."""
    clock = SteppedClock()
    cloud = Cloud(clock)
    cloud.patience = 0.05
    world.delays.visibility = 5
    node = cloud.instance()
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=1)
    (failed,) = cloud.launch(cloud.running(node))
    assert failed.state is State.FAILED
    clock.advance(10)
    settle(cloud)
    assert not cloud.enis()


# ---- how it ends


def test_a_roll_back_ends_when_its_interface_is_deleted(cloud: Cloud) -> None:
    _, message = roll_back(cloud)
    (finished,) = cloud.launch(message)
    assert finished.state is State.GONE
    assert not cloud.enis()
    assert not cloud.queue.sent


def test_a_roll_back_leaves_an_interface_alone_that_a_later_attempt_attached_again(cloud: Cloud) -> None:
    node, message = roll_back(cloud)
    before = {eni["NetworkInterfaceId"] for eni in cloud.enis()}
    (ready,) = cloud.launch(cloud.running(node))
    assert before < {wired.interface_id for wired in ready.interfaces}
    (finished,) = cloud.launch(message)
    assert finished.state is State.GONE
    assert cloud.networks_of(node) == ["n3", "n6"]
    assert not cloud.queue.sent


@pytest.mark.parametrize(
    ("code", "state"), [("UnauthorizedOperation", State.HELD), ("RequestLimitExceeded", State.WAITING)]
)
def test_a_delete_that_is_refused_for_long_is_asked_ever_more_rarely(cloud: Cloud, code: str, state: State) -> None:
    _, message = roll_back(cloud)
    cloud.fail("DeleteNetworkInterface", code, times=99)
    waits = []
    for seconds in (0, 60, 3600, 47 * 3600):
        (outcome,) = cloud.launch(older(message, seconds=seconds))
        assert outcome.state is state
        waits.append(cloud.queue.sent.pop()[1])
    assert waits == [10, 60, 240, 240]


def test_a_roll_back_that_is_sent_anew_remembers_when_it_began(cloud: Cloud) -> None:
    _, message = roll_back(cloud)
    message = older(message, hours=1)
    cloud.fail("DeleteNetworkInterface", "RequestLimitExceeded")
    cloud.launch(message)
    (again,) = cloud.queue.take()
    assert again.event == message.event


def test_a_roll_back_is_given_up_after_two_days(cloud: Cloud) -> None:
    _, message = roll_back(cloud)
    cloud.fail("DeleteNetworkInterface", "UnauthorizedOperation", "You are not authorized")
    (outcome,) = cloud.launch(older(message, hours=49))
    assert outcome.state is State.GIVEN_UP
    assert "You are not authorized" in outcome.reason
    assert not cloud.queue.sent


def test_a_roll_back_deletes_no_interface_that_was_not_made_for_its_node(cloud: Cloud) -> None:
    _, message = roll_back(cloud)
    assert isinstance(message.event, Rollback)
    other = cloud.instance()
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(cloud.running(other))
    theirs = tuple(eni["NetworkInterfaceId"] for eni in cloud.enis(**{"tag:nodenet:instance": other}))
    cloud.launch(replace(message, event=replace(message.event, interface_ids=theirs)))
    assert len(cloud.enis(**{"tag:nodenet:instance": other})) == len(theirs) == 2


def test_a_roll_back_deletes_no_interface_of_a_later_attempt_that_is_not_attached_yet(cloud: Cloud) -> None:
    _, message = roll_back(cloud)
    assert isinstance(message.event, Rollback)
    before = len(cloud.enis())
    cloud.launch(replace(message, event=replace(message.event, interface_ids=("eni-0123456789abcdef0",))))
    assert len(cloud.enis()) == before == 1


# ---- nodes that need no networks any more


def test_a_node_that_is_given_up_keeps_no_unattached_interface(cloud: Cloud) -> None:
    message = cloud.running(cloud.instance())
    cloud.fail("AttachNetworkInterface", "UnauthorizedOperation", times=4)
    cloud.launch(message)
    assert len(cloud.enis()) == 2
    (again,) = cloud.queue.take()
    (given_up,) = cloud.launch(older(again, hours=49))
    assert given_up.state is State.GIVEN_UP
    assert not cloud.enis()


def test_what_ec2_does_not_let_go_of_a_terminated_node_yet_is_deleted_later(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.configure(names="n3")
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded")
    cloud.launch(cloud.running(node))
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.fail("DeleteNetworkInterface", "InvalidNetworkInterface.InUse")
    (waiting,) = cloud.launch(*cloud.queue.take())
    assert waiting.state is State.WAITING
    (gone,) = cloud.launch(*cloud.queue.take())
    assert gone.state is State.GONE
    assert not cloud.enis()
