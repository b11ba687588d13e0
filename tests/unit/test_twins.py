"""A node's action and its running event, duplicates of both, late ones and very late ones: one node, one story."""

from dataclasses import replace

import pytest

from nodenet.nodes.outcome import State
from tests.unit.cloud import TAGS, Cloud, Killed
from tests.unit.deliveries import (
    NO_ADDRESS,
    ended,
    forget_tags,
    instance_of,
    older,
    redelivered,
    settle,
)

# ---- what is told


@pytest.mark.parametrize("action_first", [True, False])
def test_ready_is_told_once_when_action_and_running_event_come_apart(cloud: Cloud, action_first: bool) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    both = [action, cloud.running(instance_of(action))]
    outcomes = [cloud.launch(message)[0] for message in (both if action_first else reversed(both))]
    assert [outcome.news for outcome in outcomes] == [True, False]
    assert cloud.bus.kinds == ["Node Network Ready"]
    assert cloud.states() == ["InService"]


def test_failed_is_told_once_for_a_node_that_is_replaced(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, times=99)
    for message in (action, cloud.running(instance_of(action)), action, redelivered(action)):
        cloud.launch(message)
    assert cloud.bus.kinds == ["Node Network Failed"]
    assert list(cloud.store.failed.values()) == [1]


# ---- after the end


def test_a_delivery_that_comes_after_the_node_was_abandoned_wires_nothing(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    cloud.fail("CreateNetworkInterface", NO_ADDRESS)
    cloud.launch(action)
    (late,) = cloud.launch(cloud.running(instance_of(action)))
    assert late.state is State.GONE
    assert set(cloud.calls) == {"DescribeInstances", "DescribeNetworkInterfaces"}
    settle(cloud, *cloud.messages("EC2 Instance-terminate Lifecycle Action"), *ended(cloud))
    assert not cloud.enis()


def test_a_late_duplicate_for_a_node_in_service_that_fails_abandons_nobody(cloud: Cloud) -> None:
    """Auto Scaling takes an ABANDON only while the instance waits (API Reference, CompleteLifecycleAction)."""
    cloud.configure(names="n3")
    cloud.group()
    (action,) = cloud.launch_actions()
    cloud.launch(action)
    cloud.configure(networks={"n6": "interfaces: 2"})
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=1)
    (late, *_) = settle(cloud, action)
    assert late.state is State.FAILED
    assert cloud.states() == ["InService"]
    assert cloud.networks_of(late.instance_id) == ["n3"], "neither taken off nor left with a part"
    assert not cloud.store.failed


def test_what_was_made_for_a_terminated_instance_goes_though_ec2_has_forgotten_its_tags(cloud: Cloud) -> None:
    """Tags are "gradually disassociated" from it ("Terminate Amazon EC2 instances", Amazon EC2 User Guide)."""
    node = cloud.instance()
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(cloud.running(node))
    assert len(cloud.enis()) == 2
    cloud.ec2.terminate_instances(InstanceIds=[node])
    forget_tags(cloud, node)
    (outcome,) = cloud.launch(*cloud.queue.take())
    assert outcome.state is State.GONE
    assert not cloud.enis()


def test_what_a_crashed_delivery_made_for_a_terminated_instance_goes_though_its_tags_are_forgotten(
    cloud: Cloud,
) -> None:
    message = cloud.running(cloud.instance())
    cloud.kill_after = 3
    with pytest.raises(Killed):
        cloud.launch(message)
    cloud.kill_after = None
    assert cloud.enis()
    cloud.ec2.terminate_instances(InstanceIds=[instance_of(message)])
    forget_tags(cloud, instance_of(message))
    settle(cloud, redelivered(message))
    assert not cloud.enis()


# ---- before EC2 shows everything


def test_a_node_at_our_hook_whose_tags_ec2_does_not_show_yet_is_waited_for(cloud: Cloud) -> None:
    """EC2 API Reference, "Eventual consistency"."""
    cloud.group()
    (action,) = cloud.launch_actions()
    forget_tags(cloud, instance_of(action))
    (waiting,) = cloud.launch(action)
    assert waiting.state is State.WAITING
    assert cloud.states() == ["Pending:Wait"]
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    cloud.ec2.create_tags(Resources=[instance_of(action)], Tags=tags)
    (ready,) = cloud.launch(*cloud.queue.take())
    assert ready.state is State.READY
    assert cloud.networks_of(ready.instance_id) == ["n3", "n6"]


def test_a_node_at_our_hook_that_never_shows_our_tags_goes_into_service(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    forget_tags(cloud, instance_of(action))
    (outcome,) = cloud.launch(older(action, minutes=3))
    assert outcome.state is State.IGNORED
    assert cloud.states() == ["InService"]


# ---- half done


def test_a_twin_of_a_later_attempt_looks_for_what_is_there_before_it_makes(cloud: Cloud) -> None:
    """The roll-back was cut off when the attempt was raised: new tokens alone would make the ENI a second time."""
    message = cloud.running(cloud.instance())
    cloud.configure(names="n3")
    cloud.fail("AttachNetworkInterface", "PrivateIpAddressLimitExceeded")
    cloud.kill_after = len(["DescribeInstances", "Create…", "Attach…", "DescribeNetworkInterfaces"])
    with pytest.raises(Killed):
        cloud.launch(message)
    cloud.kill_after = None
    assert cloud.store.attempts == {instance_of(message): 1}
    (half_done,) = cloud.enis()
    cloud.store.claims.clear()
    (ready,) = cloud.launch(replace(message, id="twin"))
    assert [wired.interface_id for wired in ready.interfaces] == [half_done["NetworkInterfaceId"]]
    assert len(cloud.enis()) == 1


def test_a_network_taken_out_of_the_group_between_two_deliveries_leaves_no_interface(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(cloud.running(node))
    assert len(cloud.enis()) == 2
    cloud.configure(names="n3")
    settle(cloud)
    assert cloud.networks_of(node) == ["n3"]
    assert len(cloud.enis()) == 1


def test_a_node_group_taken_out_of_the_configuration_between_two_deliveries_leaves_no_interface(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(*cloud.launch_actions())
    assert len(cloud.enis()) == 2
    cloud.document = cloud.document.replace("eks:nodegroup-name: upf", "eks:nodegroup-name: other")
    settle(cloud)
    assert not cloud.enis()
    assert cloud.states() == ["InService"]
