"""AttachNetworkInterface and DetachNetworkInterface: places, limits, states. Source: API reference; EC2 User Guide."""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import Delays, world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, described, instance, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def attach(ec2: "EC2Client", eni: Any, instance_id: str, index: int = 1, **more: Any) -> str:
    eni_id = eni if isinstance(eni, str) else eni["NetworkInterfaceId"]
    answer = ec2.attach_network_interface(NetworkInterfaceId=eni_id, InstanceId=instance_id, DeviceIndex=index, **more)
    return answer["AttachmentId"]


def test_an_attached_interface_shows_on_both_sides(ec2: "EC2Client", place: Place) -> None:
    node = run(ec2, place.subnet)
    eni = interface(ec2, place.subnet, Description="n3", Ipv4PrefixCount=1)
    attachment = attach(ec2, eni, node, 3)
    seen = described(ec2, eni["NetworkInterfaceId"])
    assert seen["Status"] == "in-use"
    assert seen["Attachment"] == {
        "AttachmentId": attachment,
        "AttachTime": seen["Attachment"]["AttachTime"],
        "DeleteOnTermination": False,
        "DeviceIndex": 3,
        "NetworkCardIndex": 0,
        "InstanceId": node,
        "InstanceOwnerId": "111122223333",
        "Status": "attached",
    }
    primary, second = instance(ec2, node)["NetworkInterfaces"]
    assert primary["Attachment"]["DeviceIndex"] == 0
    assert second["NetworkInterfaceId"] == eni["NetworkInterfaceId"]
    assert second["Attachment"]["DeviceIndex"] == 3
    assert second["Attachment"]["DeleteOnTermination"] is False
    assert second["Ipv4Prefixes"] == eni["Ipv4Prefixes"]
    assert second["Groups"] == eni["Groups"]
    assert second["SourceDestCheck"] is True
    assert second["SubnetId"] == place.subnet


def test_unknown_ids_are_refused(ec2: "EC2Client", place: Place) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        attach(ec2, "eni-0123456789abcdef0", node)
    with refusal("InvalidInstanceID.NotFound"):
        attach(ec2, eni, "i-0123456789abcdef0")


def test_an_interface_in_use_is_not_attached_again(ec2: "EC2Client", place: Place) -> None:
    node, other, eni = run(ec2, place.subnet), run(ec2, place.subnet), interface(ec2, place.subnet)
    attach(ec2, eni, node)
    for target in (node, other):
        with refusal("InvalidNetworkInterface.InUse"):
            attach(ec2, eni, target, 2)


@pytest.mark.parametrize("index", [0, 1])
def test_a_device_index_is_given_once(ec2: "EC2Client", place: Place, index: int) -> None:
    node = run(ec2, place.subnet)
    attach(ec2, interface(ec2, place.subnet), node, 1)
    message = f"Instance '{node}' already has an interface attached at device index '{index}'."
    with refusal("InvalidParameterValue", message):
        attach(ec2, interface(ec2, place.subnet), node, index)


def test_interface_and_instance_share_a_zone(ec2: "EC2Client", place: Place) -> None:
    node = run(ec2, place.subnet)
    with refusal("InvalidParameterCombination", "same availability zone"):
        attach(ec2, interface(ec2, place.other_zone), node)


def test_only_a_running_or_stopped_instance_gets_interfaces(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EC2 User Guide, "Attach a network interface": hot attach when running, warm attach when stopped."""
    monkeypatch.setattr(world, "delays", Delays(pending=30, shutting_down=10))
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)
    with refusal("IncorrectState", "is not 'running' or 'stopped'"):
        attach(ec2, eni, node)
    clock.advance(30)
    ec2.stop_instances(InstanceIds=[node])
    attach(ec2, eni, node)
    ec2.terminate_instances(InstanceIds=[node])
    for _ in range(2):
        with refusal("IncorrectState"):
            attach(ec2, interface(ec2, place.subnet), node, 2)
        clock.advance(10)


def test_a_type_holds_so_many_interfaces(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Maximum IP addresses per network interface": m5.large has 3 interfaces."""
    node = run(ec2, place.subnet, "m5.large")
    for index in (1, 2):
        attach(ec2, interface(ec2, place.subnet), node, index)
    with refusal("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for m5.large"):
        attach(ec2, interface(ec2, place.subnet), node, 3)


def test_network_cards_count_indexes_and_limits_apart(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Network cards": p4d.24xlarge has four of 15 interfaces each."""
    node = run(ec2, place.subnet, "p4d.24xlarge")
    for card in (0, 1, 2, 3):
        eni = interface(ec2, place.subnet)
        attach(ec2, eni, node, 1, NetworkCardIndex=card)
        assert described(ec2, eni["NetworkInterfaceId"])["Attachment"]["NetworkCardIndex"] == card
    with refusal("InvalidParameterValue", "already has an interface attached at device index '1'"):
        attach(ec2, interface(ec2, place.subnet), node, 1, NetworkCardIndex=3)
    with refusal("InvalidParameterValue"):
        attach(ec2, interface(ec2, place.subnet), node, 1, NetworkCardIndex=4)
    for index in range(2, 16):
        attach(ec2, interface(ec2, place.subnet), node, index, NetworkCardIndex=1)
    with refusal("AttachmentLimitExceeded"):
        attach(ec2, interface(ec2, place.subnet), node, 16, NetworkCardIndex=1)
    attach(ec2, interface(ec2, place.subnet), node, 2, NetworkCardIndex=2)
    assert len(instance(ec2, node)["NetworkInterfaces"]) == 20


def test_an_interface_with_more_addresses_than_the_type_lets_is_refused(ec2: "EC2Client", place: Place) -> None:
    """t3.small: 4 addresses per interface; a prefix takes the place of one."""
    node = run(ec2, place.subnet, "t3.small")
    with refusal("PrivateIpAddressLimitExceeded"):
        attach(ec2, interface(ec2, place.subnet, SecondaryPrivateIpAddressCount=4), node)
    attach(ec2, interface(ec2, place.subnet, Ipv4PrefixCount=3), node)


def test_an_interface_with_more_ipv6_addresses_than_the_type_lets_is_refused(ec2: "EC2Client") -> None:
    """EC2 User Guide, "Maximum IP addresses per network interface": m5.large has 10 IPv6 addresses for each."""
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24", Ipv6CidrBlock=block.replace("/56", "/64"))
    home = subnet["Subnet"]["SubnetId"]
    node = run(ec2, home, "m5.large")
    with refusal("PrivateIpAddressLimitExceeded"):
        attach(ec2, interface(ec2, home, Ipv6AddressCount=11), node)
    full = interface(ec2, home, Ipv6AddressCount=10)["NetworkInterfaceId"]
    attach(ec2, full, node)
    with refusal("PrivateIpAddressLimitExceeded"):
        ec2.assign_ipv6_addresses(NetworkInterfaceId=full, Ipv6AddressCount=1)


def test_prefixes_need_a_nitro_instance(ec2: "EC2Client", place: Place) -> None:
    node = run(ec2, place.subnet, "t2.small")
    with refusal("UnsupportedOperation"):
        attach(ec2, interface(ec2, place.subnet, Ipv4PrefixCount=1), node)


def test_attaching_takes_its_time(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)["NetworkInterfaceId"]
    monkeypatch.setattr(world, "delays", Delays(attach=2))
    attach(ec2, eni, node)
    seen = described(ec2, eni)
    assert (seen["Status"], seen["Attachment"]["Status"]) == ("attaching", "attaching")
    assert instance(ec2, node)["NetworkInterfaces"][1]["Attachment"]["Status"] == "attaching"
    with refusal("InvalidParameterValue", "already has an interface attached"):
        attach(ec2, interface(ec2, place.subnet), node)
    clock.advance(2)
    seen = described(ec2, eni)
    assert (seen["Status"], seen["Attachment"]["Status"]) == ("in-use", "attached")


def test_detaching_takes_its_time_and_keeps_the_index(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)["NetworkInterfaceId"]
    attachment = attach(ec2, eni, node)
    monkeypatch.setattr(world, "delays", Delays(detach=4))
    for _ in range(2):
        ec2.detach_network_interface(AttachmentId=attachment)
        seen = described(ec2, eni)
        assert (seen["Status"], seen["Attachment"]["Status"]) == ("detaching", "detaching")
    with refusal("InvalidParameterValue", "is currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=eni)
    with refusal("InvalidParameterValue", "already has an interface attached"):
        attach(ec2, interface(ec2, place.subnet), node)
    clock.advance(4)
    seen = described(ec2, eni)
    assert seen["Status"] == "available"
    assert "Attachment" not in seen
    assert len(instance(ec2, node)["NetworkInterfaces"]) == 1
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    with refusal("InvalidAttachmentID.NotFound"):
        ec2.detach_network_interface(AttachmentId=attachment)


def test_a_detach_overtakes_an_attach(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)["NetworkInterfaceId"]
    monkeypatch.setattr(world, "delays", Delays(attach=2, detach=5))
    ec2.detach_network_interface(AttachmentId=attach(ec2, eni, node))
    clock.advance(2)
    assert described(ec2, eni)["Status"] == "detaching"
    clock.advance(3)
    assert described(ec2, eni)["Status"] == "available"


def test_force_does_not_wait(ec2: "EC2Client", place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)["NetworkInterfaceId"]
    attachment = attach(ec2, eni, node)
    monkeypatch.setattr(world, "delays", Delays(detach=60))
    ec2.detach_network_interface(AttachmentId=attachment)
    ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    assert described(ec2, eni)["Status"] == "available"


def test_the_primary_interface_stays(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Elastic network interfaces": the primary one cannot be detached."""
    primary = instance(ec2, run(ec2, place.subnet))["NetworkInterfaces"][0]
    with refusal("OperationNotPermitted", "cannot be detached"):
        ec2.detach_network_interface(AttachmentId=primary["Attachment"]["AttachmentId"])


def test_an_attached_interface_is_not_deleted(ec2: "EC2Client", place: Place) -> None:
    node, eni = run(ec2, place.subnet), interface(ec2, place.subnet)["NetworkInterfaceId"]
    attach(ec2, eni, node)
    with refusal("InvalidParameterValue", f"Network interface '{eni}' is currently in use."):
        ec2.delete_network_interface(NetworkInterfaceId=eni)


def test_an_interface_gets_a_number_of_ena_queues(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "ENA queues": m6i.4xlarge gives an interface 8, at most 16, and 64 to all of them."""
    node = run(ec2, place.subnet, "m6i.4xlarge")
    eni = interface(ec2, place.subnet)
    attach(ec2, eni, node, 1, EnaQueueCount=16)
    assert described(ec2, eni["NetworkInterfaceId"])["Attachment"]["EnaQueueCount"] == 16
    (shown,) = [one for one in instance(ec2, node)["NetworkInterfaces"] if one["Attachment"]["DeviceIndex"] == 1]
    assert shown["Attachment"]["EnaQueueCount"] == 16
    for count in (0, 17):
        with refusal("InvalidParameterValue", "ENA queue count"):
            attach(ec2, interface(ec2, place.subnet), node, 2, EnaQueueCount=count)
    for index in (2, 3):
        attach(ec2, interface(ec2, place.subnet), node, index, EnaQueueCount=16)
    with refusal("InvalidParameterValue", "of which 56 are in use"):
        attach(ec2, interface(ec2, place.subnet), node, 4, EnaQueueCount=9)
    attach(ec2, interface(ec2, place.subnet), node, 4, EnaQueueCount=8)


def test_most_types_have_no_number_of_ena_queues_to_give(ec2: "EC2Client", place: Place) -> None:
    """NetworkInfo.FlexibleEnaQueuesSupport of DescribeInstanceTypes."""
    node = run(ec2, place.subnet, "m5.large")
    with refusal("UnsupportedOperation", "ENA queues"):
        attach(ec2, interface(ec2, place.subnet), node, 1, EnaQueueCount=2)


def test_ena_queues_are_given_at_launch_and_changed_later(ec2: "EC2Client", place: Place) -> None:
    """API reference, InstanceNetworkInterfaceSpecification and NetworkInterfaceAttachmentChanges."""
    nic = {"DeviceIndex": 0, "SubnetId": place.subnet, "EnaQueueCount": 12}
    with refusal("InvalidParameterValue", "ENA queue count 17"):
        launch(ec2, "m6i.4xlarge", {**nic, "EnaQueueCount": 17})
    node = launch(ec2, "m6i.4xlarge", nic)

    def attachment() -> Any:
        return instance(ec2, node)["NetworkInterfaces"][0]["Attachment"]

    assert attachment()["EnaQueueCount"] == 12
    eni = instance(ec2, node)["NetworkInterfaces"][0]["NetworkInterfaceId"]

    def change(**changes: Any) -> None:
        changes["AttachmentId"] = attachment()["AttachmentId"]
        ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Attachment=changes)  # type: ignore[arg-type]

    change(EnaQueueCount=16)
    assert attachment()["EnaQueueCount"] == 16
    change(DefaultEnaQueueCount=True)
    assert "EnaQueueCount" not in attachment()


def launch(ec2: "EC2Client", instance_type: Any, *interfaces: Any) -> str:
    answer = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, InstanceType=instance_type, NetworkInterfaces=interfaces
    )
    return answer["Instances"][0]["InstanceId"]
