"""Faults seen in other programs that attach Multus interfaces, each replayed here: none may happen to nodenet.

The numbers are those of the list in docs/concepts.md, "What goes wrong elsewhere". Fault 24 (permissions) is a
contract test of the template.
"""

import threading

import pytest

from nodenet.events import parse
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import Claim
from tests.unit.cloud import Cloud
from tests.unit.deliveries import redelivered, settle


def test_fault_1_an_attach_that_fails_leaves_no_interface_and_three_retries_leave_none(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("AttachNetworkInterface", "PrivateIpAddressLimitExceeded", times=99)
    for message in cloud.launch_actions() * 3:
        cloud.launch(redelivered(message))
    assert not cloud.enis()
    assert cloud.bus.kinds[0] == "Node Network Failed"


def test_fault_2_a_create_that_fails_is_no_missing_id_but_a_reason(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", "no addresses in subnet", times=2)
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.FAILED
    assert "no addresses in subnet" in outcome.reason
    assert not cloud.enis()


def test_fault_3_a_duplicate_of_a_launch_event_makes_nothing_and_abandons_nobody(cloud: Cloud) -> None:
    cloud.group()
    (first,) = cloud.launch_actions()
    cloud.launch(first)
    (again,) = cloud.launch(first)
    assert again.state is State.READY
    assert set(cloud.calls) == {"DescribeInstances", "CompleteLifecycleAction"}
    assert len(cloud.enis()) == 2
    assert cloud.states() == ["InService"]


def test_fault_3_two_deliveries_at_once_make_each_interface_once(cloud: Cloud) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    # Without the claim both would be at work: what remains is the client token and the attachment's own uniqueness.
    cloud.store.claim = lambda *_: Claim(0)  # type: ignore[method-assign]
    gate = threading.Barrier(2)
    outcomes: list[Outcome] = []

    def deliver() -> None:
        gate.wait()
        outcomes.extend(cloud.launch(message))

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {outcome.state for outcome in outcomes} <= {State.READY, State.WAITING}
    settle(cloud, message)
    assert len(cloud.enis()) == 2
    assert cloud.states() == ["InService"]


def test_fault_4_when_delete_on_termination_cannot_be_set_the_interface_does_not_outlive_the_node(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.fail("ModifyNetworkInterfaceAttribute", "RequestLimitExceeded", times=2)
    (outcome,) = cloud.launch(cloud.running(instance_id))
    assert outcome.state is State.WAITING
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    assert cloud.enis(), "the interfaces have outlived the instance, as they do without DeleteOnTermination"
    cloud.terminate(*cloud.messages("EC2 Instance State-change Notification", state="terminated"))
    assert not cloud.enis()


@pytest.mark.parametrize("operation", ["CreateNetworkInterface", "AttachNetworkInterface"])
def test_fault_5_no_node_goes_into_service_with_a_part_of_its_interfaces(cloud: Cloud, operation: str) -> None:
    cloud.group()
    cloud.fail(operation, "PrivateIpAddressLimitExceeded", skip=1)
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.FAILED
    assert "InService" not in cloud.states()
    cloud.terminate(*cloud.messages("EC2 Instance-terminate Lifecycle Action"))
    assert cloud.state_of(outcome.instance_id) == "terminated"
    assert not cloud.enis()


def test_fault_6_the_tag_that_keeps_the_vpc_cni_away_is_there_before_the_interface_is_attached(cloud: Cloud) -> None:
    cloud.group()
    seen: list[dict[str, str]] = []

    def look() -> None:
        seen.extend({tag["Key"]: tag["Value"] for tag in eni["TagSet"]} for eni in cloud.enis())

    cloud.fail("AttachNetworkInterface", "", action=look)
    cloud.launch(*cloud.launch_actions())
    assert seen
    assert all(tags["node.k8s.amazonaws.com/no_manage"] == "true" for tags in seen)
    assert "CreateTags" not in cloud.calls


def test_fault_7_an_index_that_the_vpc_cni_takes_first_is_not_waited_for(cloud: Cloud) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    instance_id = message.event.instance_id  # type: ignore[union-attr]
    subnet = cloud.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]["SubnetId"]
    theirs = cloud.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]

    def snatch() -> None:
        cloud.ec2.attach_network_interface(
            NetworkInterfaceId=theirs["NetworkInterfaceId"], InstanceId=instance_id, DeviceIndex=3
        )

    cloud.fail("AttachNetworkInterface", "", action=snatch)
    cloud.configure(names="n3")
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.READY
    assert [wired.index for wired in outcome.interfaces] == [2]


def test_fault_8_an_interface_goes_to_the_network_card_that_is_asked_for(cloud: Cloud) -> None:
    cloud.configure(networks={"n6": "networkCard: 1"})
    (outcome,) = cloud.launch(cloud.running(cloud.instance(instance_type="p4d.24xlarge")))
    assert outcome.state is State.READY
    assert [(wired.network, wired.card) for wired in outcome.interfaces] == [("n3", 0), ("n6", 1)]


def test_fault_9_a_type_that_cannot_hold_the_networks_is_refused_before_anything_is_made(cloud: Cloud) -> None:
    (outcome,) = cloud.launch(cloud.running(cloud.instance(instance_type="t3.micro")))
    assert outcome.state is State.FAILED
    assert "t3.micro takes 2 interfaces" in outcome.reason
    assert "CreateNetworkInterface" not in cloud.calls


def test_fault_10_each_node_gets_the_subnets_of_its_own_zone(cloud: Cloud) -> None:
    for zone in range(3):
        (outcome,) = cloud.launch(cloud.running(cloud.instance(zone)))
        subnets = {eni["SubnetId"] for eni in cloud.enis(**{"attachment.instance-id": outcome.instance_id})}
        assert subnets == {cloud.subnets["n3"][zone], cloud.subnets["n6"][zone]}


def test_fault_11_a_hook_that_is_not_ours_is_not_answered(cloud: Cloud) -> None:
    cloud.group(hook="Launch-LC-Hook")
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.IGNORED
    assert "Launch-LC-Hook" in outcome.reason
    assert not cloud.calls
    assert cloud.states() == ["Pending:Wait"]


def test_fault_11_an_instance_of_nobody_we_know_is_left_alone(cloud: Cloud) -> None:
    (outcome,) = cloud.launch(cloud.running(cloud.instance(tags={"eks:cluster-name": "demo-eu"})))
    assert outcome.state is State.IGNORED
    assert cloud.calls == ["DescribeInstances"]
    assert not cloud.store.claims
    assert not cloud.store.records


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "7",
        '{"source": "aws.ec2"}',
        '{"source": "aws.autoscaling", "detail-type": "EC2 Instance-launch Lifecycle Action", "time": 7, "detail": {}}',
    ],
)
def test_fault_12_nothing_that_can_stand_in_a_message_crashes_the_handling(cloud: Cloud, body: str) -> None:
    (outcome,) = cloud.launch(Message("m", body, parse(body)))
    assert outcome.state is State.IGNORED
    assert outcome.reason


def test_fault_13_configured_values_arrive_whole(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": 'tags: {owner: "team=core=5g"}, sourceDestCheck: false'}, names="n3")
    cloud.launch(cloud.running(cloud.instance()))
    (eni,) = cloud.enis()
    assert {"Key": "owner", "Value": "team=core=5g"} in eni["TagSet"]
    assert eni["SourceDestCheck"] is False


def test_fault_14_concurrent_launches_never_share_an_address(cloud: Cloud) -> None:
    cloud.group(size=10)
    outcomes = cloud.launch(*cloud.launch_actions())
    addresses = [wired.address for outcome in outcomes for wired in outcome.interfaces]
    assert len(addresses) == 20
    assert len(set(addresses)) == 20
    assert cloud.calls.count("DescribeInstances") == 1
    assert "DescribeNetworkInterfaces" not in cloud.calls


def test_a_throttled_create_abandons_nobody_and_is_tried_again(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "RequestLimitExceeded", times=1)
    (first,) = cloud.launch(*cloud.launch_actions())
    assert first.state is State.WAITING
    assert cloud.states() == ["Pending:Wait"]
    (again,) = cloud.launch(*cloud.queue.take())
    assert again.state is State.READY
    assert len(cloud.enis()) == 2


def test_the_events_that_are_published_are_complete(cloud: Cloud) -> None:
    cloud.group()
    cloud.launch(*cloud.launch_actions())
    ((kind, outcome),) = cloud.bus.published
    assert kind == "Node Network Ready"
    assert outcome.group == "eks:nodegroup-name=upf"
    assert outcome.zone.startswith("eu-west-1")
    assert outcome.tokens
    assert outcome.seconds >= 0
    assert sorted(wired.network for wired in outcome.interfaces) == ["n3", "n6"]
