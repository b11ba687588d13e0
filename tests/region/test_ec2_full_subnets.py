"""What EC2 answers where a subnet has no room. Source of the two codes for prefixes: cilium/cilium pull requests 30536
and 31016, with AWS's explanation; amazon-vpc-cni-k8s issues 1836 and 3105 show both."""

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.in_process import refusal
from tests.region.ec2_client import Place, interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

FULL = "There aren't sufficient free Ipv4 addresses or prefixes"


@pytest.fixture
def small(ec2: "EC2Client", place: Place) -> str:
    """A /27: 27 addresses to be had, and the one whole /28 in it that AWS keeps nothing of: none."""
    return ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/27")["Subnet"]["SubnetId"]


@pytest.fixture
def medium(ec2: "EC2Client", place: Place) -> str:
    """A /26: 59 addresses, two whole /28s (.16 and .32)."""
    return ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/26")["Subnet"]["SubnetId"]


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def test_a_fragmented_subnet_has_addresses_but_no_block(ec2: "EC2Client", small: str) -> None:
    with refusal("InsufficientCidrBlocks"):
        interface(ec2, small, Ipv4PrefixCount=1)
    assert interface(ec2, small)["PrivateIpAddress"] == "10.0.9.4"


def test_a_subnet_with_fewer_addresses_than_the_prefixes_need_is_full(ec2: "EC2Client", small: str) -> None:
    interface(ec2, small, SecondaryPrivateIpAddressCount=10)
    with pytest.raises(ClientError) as error:
        interface(ec2, small, Ipv4PrefixCount=1)
    assert refused(error) == ("InvalidParameterValue", FULL)
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_the_primary_address_counts(ec2: "EC2Client", small: str) -> None:
    held = interface(ec2, small, SecondaryPrivateIpAddressCount=10)["NetworkInterfaceId"]
    with pytest.raises(ClientError) as error:
        interface(ec2, small, Ipv4PrefixCount=1)
    assert refused(error)[0] == "InvalidParameterValue"
    # Sixteen are left: enough for a prefix on an interface that is there, were they in one block.
    with refusal("InsufficientCidrBlocks"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=held, Ipv4PrefixCount=1)


def test_assigning_tells_the_same_two_apart(ec2: "EC2Client", medium: str) -> None:
    eni = interface(ec2, medium, Ipv4PrefixCount=2)["NetworkInterfaceId"]
    with refusal("InsufficientCidrBlocks"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    interface(ec2, medium, SecondaryPrivateIpAddressCount=11)
    with pytest.raises(ClientError) as error:
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=1)
    assert refused(error) == ("InvalidParameterValue", FULL)


def test_addresses_alone_have_a_code_of_their_own(ec2: "EC2Client", small: str) -> None:
    interface(ec2, small, SecondaryPrivateIpAddressCount=26)
    with refusal("InsufficientFreeAddressesInSubnet"):
        interface(ec2, small)
