"""Addresses and attributes of an interface after its creation. Source: API reference of each operation."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import refusal
from tests.region.ec2_client import Place, described, instance, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture
def eni(ec2: "EC2Client", place: Place) -> str:
    """An interface with the primary address 10.0.0.10."""
    return str(interface(ec2, place.subnet, PrivateIpAddress="10.0.0.10")["NetworkInterfaceId"])


def addresses(ec2: "EC2Client", eni: str) -> list[str]:
    return [one["PrivateIpAddress"] for one in described(ec2, eni)["PrivateIpAddresses"]]


def test_assign_answers_what_is_new(ec2: "EC2Client", eni: str) -> None:
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20"])
    answer = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20", "10.0.0.21"])
    assert answer["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": "10.0.0.21"}]
    assert addresses(ec2, eni) == ["10.0.0.10", "10.0.0.20", "10.0.0.21"]
    counted = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=2)
    assert [one["PrivateIpAddress"] for one in counted["AssignedPrivateIpAddresses"]] == ["10.0.0.4", "10.0.0.5"]


def test_assign_takes_from_another_interface_only_when_allowed(ec2: "EC2Client", place: Place, eni: str) -> None:
    """AllowReassignment; the wording is parsed by Titus and quoted by Ansible's ec2_eni module."""
    other = interface(
        ec2,
        place.subnet,
        PrivateIpAddresses=[
            {"Primary": True, "PrivateIpAddress": "10.0.0.30"},
            {"Primary": False, "PrivateIpAddress": "10.0.0.31"},
        ],
    )["NetworkInterfaceId"]
    with refusal("InvalidParameterValue", "[10.0.0.31] assigned, but move is not allowed."):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.40", "10.0.0.31"])
    assert addresses(ec2, eni) == ["10.0.0.10"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.31"], AllowReassignment=True)
    assert addresses(ec2, eni) == ["10.0.0.10", "10.0.0.31"]
    assert addresses(ec2, other) == ["10.0.0.30"]
    with refusal("InvalidParameterValue"):
        ec2.assign_private_ip_addresses(
            NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.30"], AllowReassignment=True
        )


def test_a_move_that_fails_takes_nothing_away(ec2: "EC2Client", place: Place, eni: str) -> None:
    other = interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.64/28"}])["NetworkInterfaceId"]
    with refusal("InvalidParameterValue"):
        ec2.assign_private_ip_addresses(
            NetworkInterfaceId=eni, Ipv4Prefixes=["10.0.0.64/28", "10.0.0.0/28"], AllowReassignment=True
        )
    assert described(ec2, other)["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.64/28"}]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4Prefixes=["10.0.0.64/28"], AllowReassignment=True)
    assert described(ec2, other)["Ipv4Prefixes"] == []
    assert described(ec2, eni)["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.64/28"}]


def test_assign_prefixes_by_count(ec2: "EC2Client", eni: str) -> None:
    answer = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    assert answer["AssignedIpv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.16/28"}]
    with refusal("InvalidParameterCombination"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1, SecondaryPrivateIpAddressCount=1)
    with refusal("InsufficientCidrBlocks"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=14)


def test_assign_keeps_to_the_limit_of_the_type(ec2: "EC2Client", place: Place, eni: str) -> None:
    """t3.small: 4 addresses per interface; a prefix takes the place of one."""
    node = run(ec2, place.subnet, "t3.small")
    ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=1)
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    with refusal("PrivateIpAddressLimitExceeded"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=3)
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=2)
    with refusal("PrivateIpAddressLimitExceeded"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)


def test_assign_wants_something(ec2: "EC2Client", eni: str) -> None:
    with refusal("InvalidParameterCombination"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni)
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId="eni-0123456789abcdef0", SecondaryPrivateIpAddressCount=1)


def test_unassign(ec2: "EC2Client", eni: str) -> None:
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20"])
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4Prefixes=["10.0.0.64/28"])
    with refusal("InvalidParameterValue", "Some of the specified addresses are not assigned to interface"):
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20", "10.0.0.21"])
    with refusal("InvalidParameterValue"):
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.10"])
    assert addresses(ec2, eni) == ["10.0.0.10", "10.0.0.20"]
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20"])
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4Prefixes=["10.0.0.64/28"])
    assert addresses(ec2, eni) == ["10.0.0.10"]
    assert described(ec2, eni)["Ipv4Prefixes"] == []


def test_ipv6_addresses_and_prefixes_come_and_go(ec2: "EC2Client", place: Place) -> None:
    """AssignIpv6Addresses answers the new addresses only; the subnet's first four are AWS's."""
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    eni = interface(ec2, subnet["SubnetId"], Ipv6AddressCount=1)["NetworkInterfaceId"]
    answer = ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6Addresses=["2001:db8::4", "2001:db8::aa"])
    assert answer["AssignedIpv6Addresses"] == ["2001:db8::aa"]
    answer = ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6PrefixCount=1)
    assert answer["AssignedIpv6Prefixes"] == ["2001:db8:0:0:1::/80"]
    other = interface(ec2, subnet["SubnetId"])["NetworkInterfaceId"]
    with refusal("InvalidParameterValue", "move is not allowed"):
        ec2.assign_ipv6_addresses(NetworkInterfaceId=other, Ipv6Addresses=["2001:db8::aa"])
    with refusal("InvalidParameterValue", "are not assigned"):
        ec2.unassign_ipv6_addresses(NetworkInterfaceId=other, Ipv6Addresses=["2001:db8::aa"])
    gone = ec2.unassign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6Addresses=["2001:db8::aa"])
    assert gone["UnassignedIpv6Addresses"] == ["2001:db8::aa"]
    assert described(ec2, eni)["Ipv6Addresses"] == [{"Ipv6Address": "2001:db8::4"}]


def test_assign_ipv6_keeps_to_the_limit_of_the_type(ec2: "EC2Client", place: Place) -> None:
    """t3.small: 4 IPv6 addresses per interface; a prefix takes the place of one, and gives it back."""
    subnet = ec2.create_subnet(
        VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64", AvailabilityZone="eu-west-1a"
    )["Subnet"]["SubnetId"]
    eni = interface(ec2, subnet)["NetworkInterfaceId"]
    node = run(ec2, place.subnet, "t3.small")
    ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=1)
    prefixes = ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    with refusal("PrivateIpAddressLimitExceeded"):
        ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6AddressCount=4)
    ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6AddressCount=3)
    with refusal("PrivateIpAddressLimitExceeded"):
        ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6Addresses=["2001:db8::99"])
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6Prefixes=prefixes)
    ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6Addresses=["2001:db8::99"])


def test_ipv6_is_never_taken_from_another_interface(ec2: "EC2Client", place: Place) -> None:
    """AssignIpv6Addresses has no AllowReassignment."""
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    old = interface(ec2, subnet["SubnetId"], Ipv6Addresses=[{"Ipv6Address": "2001:db8::99"}])["NetworkInterfaceId"]
    new = interface(ec2, subnet["SubnetId"])["NetworkInterfaceId"]
    with refusal("InvalidParameterValue"):
        ec2.assign_ipv6_addresses(NetworkInterfaceId=new, Ipv6Addresses=["2001:db8::99"])
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=old, Ipv6Addresses=["2001:db8::99"])
    ec2.assign_ipv6_addresses(NetworkInterfaceId=new, Ipv6Addresses=["2001:db8::99"])
    assert described(ec2, new)["Ipv6Addresses"] == [{"Ipv6Address": "2001:db8::99"}]


def test_an_address_inside_anothers_prefix_is_not_to_be_had(ec2: "EC2Client", place: Place, eni: str) -> None:
    """A prefix moves whole or not at all: what is assigned is the prefix, not its addresses."""
    interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.64/28"}])
    for move in (False, True):
        with refusal("InvalidParameterValue"):
            ec2.assign_private_ip_addresses(
                NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.70"], AllowReassignment=move
            )


def test_modify_changes_one_attribute(ec2: "EC2Client", place: Place, eni: str) -> None:
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Description={"Value": "n6"})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": False})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[place.group])
    seen = described(ec2, eni)
    assert (seen["Description"], seen["SourceDestCheck"]) == ("n6", False)
    assert [group["GroupId"] for group in seen["Groups"]] == [place.group]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"Description": {"Value": "x"}, "SourceDestCheck": {"Value": True}}, "InvalidParameterCombination"),
        ({"Attachment": {"AttachmentId": "fake"}}, "MissingParameter"),
        ({"Attachment": {"AttachmentId": "eni-attach-0", "DeleteOnTermination": True}}, "InvalidAttachmentID.NotFound"),
        ({"Groups": ["sg-0"]}, "InvalidGroup.NotFound"),
    ],
)
def test_modify_refuses(ec2: "EC2Client", eni: str, change: Any, code: str) -> None:
    """The codes that OpenStack's ec2-api found AWS to answer (its functional tests run against both)."""
    with refusal(code):
        ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, **change)


def test_delete_on_termination_wants_the_interfaces_own_attachment(ec2: "EC2Client", place: Place, eni: str) -> None:
    node = run(ec2, place.subnet)
    attachment = ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=1)["AttachmentId"]
    primary = instance(ec2, node)["NetworkInterfaces"][0]["Attachment"]["AttachmentId"]
    with refusal("InvalidAttachmentID.NotFound"):
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=eni, Attachment={"AttachmentId": primary, "DeleteOnTermination": True}
        )
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=eni, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )
    assert described(ec2, eni)["Attachment"]["DeleteOnTermination"] is True


def test_describe_attribute(ec2: "EC2Client", place: Place, eni: str) -> None:
    ask = ec2.describe_network_interface_attribute
    assert "Attachment" not in ask(NetworkInterfaceId=eni, Attribute="attachment")
    assert ask(NetworkInterfaceId=eni, Attribute="sourceDestCheck")["SourceDestCheck"]["Value"] is True
    assert ask(NetworkInterfaceId=eni, Attribute="groupSet")["Groups"][0]["GroupName"] == "default"
    assert ask(NetworkInterfaceId=eni, Attribute="description")["Description"]["Value"] == ""
    node = run(ec2, place.subnet)
    ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=1)
    assert ask(NetworkInterfaceId=eni, Attribute="attachment")["Attachment"]["InstanceId"] == node
    wrong: Any = "fake"
    with refusal("InvalidParameterValue"):
        ask(NetworkInterfaceId=eni, Attribute=wrong)
    with refusal("InvalidParameterCombination"):
        ask(NetworkInterfaceId=eni)
