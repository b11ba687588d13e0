"""Subnet CIDR reservations. Sources: VPC User Guide, "Subnet CIDR reservations"; API reference."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import refusal
from tests.region.ec2_client import Place, interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def reserve(ec2: "EC2Client", subnet: str, cidr: str, kind: Any, **more: Any) -> str:
    answer = ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr=cidr, ReservationType=kind, **more)
    return answer["SubnetCidrReservation"]["SubnetCidrReservationId"]


def free(ec2: "EC2Client", subnet: str) -> int:
    return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"]


def test_a_reservation_is_made_described_and_deleted(ec2: "EC2Client", place: Place) -> None:
    made = reserve(ec2, place.subnet, "10.0.0.64/27", "prefix", Description="pods")
    (seen,) = ec2.get_subnet_cidr_reservations(SubnetId=place.subnet)["SubnetIpv4CidrReservations"]
    assert seen["SubnetCidrReservationId"] == made
    assert (seen["Cidr"], seen["ReservationType"], seen["Description"]) == ("10.0.0.64/27", "prefix", "pods")
    assert free(ec2, place.subnet) == 251 - 32
    ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=made)
    assert free(ec2, place.subnet) == 251
    with refusal("InvalidSubnetCidrReservationID.NotFound"):
        ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=made)


@pytest.mark.parametrize("cidr", ["10.1.0.0/28", "10.0.0.0/23", "10.0.0.72/29", "10.0.0.64/26", "no"])
def test_a_reservation_lies_in_the_subnet_and_overlaps_no_other(ec2: "EC2Client", place: Place, cidr: str) -> None:
    reserve(ec2, place.subnet, "10.0.0.64/27", "explicit")
    with refusal("InvalidParameterValue"):
        reserve(ec2, place.subnet, cidr, "explicit")


def test_a_large_ipv6_reservation_is_no_matter(ec2: "EC2Client", place: Place) -> None:
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    reserve(ec2, subnet["SubnetId"], "2001:db8:0:0:8000::/65", "prefix")
    assert interface(ec2, subnet["SubnetId"], Ipv6PrefixCount=1)["Ipv6Prefixes"] == [
        {"Ipv6Prefix": "2001:db8:0:0:8000::/80"}
    ]


def test_aws_takes_addresses_from_no_reservation(ec2: "EC2Client", place: Place) -> None:
    reserve(ec2, place.subnet, "10.0.0.0/27", "explicit")
    reserve(ec2, place.subnet, "10.0.0.32/27", "prefix")
    assert interface(ec2, place.subnet)["PrivateIpAddress"] == "10.0.0.64"
    assert interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9")["PrivateIpAddress"] == "10.0.0.9"


def test_prefixes_by_count_come_from_the_prefix_reservation(ec2: "EC2Client", place: Place) -> None:
    reserve(ec2, place.subnet, "10.0.0.128/27", "prefix")
    count = free(ec2, place.subnet)
    made = interface(ec2, place.subnet, Ipv4PrefixCount=2)
    assert [one["Ipv4Prefix"] for one in made["Ipv4Prefixes"]] == ["10.0.0.128/28", "10.0.0.144/28"]
    assert free(ec2, place.subnet) == count - 1
    with refusal("InsufficientCidrBlocks"):
        interface(ec2, place.subnet, Ipv4PrefixCount=1)


def test_explicit_prefixes_may_lie_in_an_explicit_reservation(ec2: "EC2Client", place: Place) -> None:
    reserve(ec2, place.subnet, "10.0.0.64/26", "explicit")
    made = interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.64/28"}])
    assert made["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.64/28"}]
    assert interface(ec2, place.subnet, Ipv4PrefixCount=1)["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.16/28"}]


def test_reservations_of_both_families_have_tags_and_are_found_by_them(ec2: "EC2Client", place: Place) -> None:
    """API reference, GetSubnetCidrReservations: filters reservationType, subnet-id, tag and tag-key."""
    made = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    subnet = made["SubnetId"]
    tags: Any = [{"ResourceType": "subnet-cidr-reservation", "Tags": [{"Key": "network", "Value": "n3"}]}]
    four = reserve(ec2, subnet, "10.0.7.64/26", "explicit", TagSpecifications=tags, Description="pods")
    six = reserve(ec2, subnet, "2001:db8:0:0:8000::/65", "prefix", TagSpecifications=tags)
    other = reserve(ec2, subnet, "10.0.7.128/26", "prefix")
    ec2.create_tags(Resources=[other], Tags=[{"Key": "network", "Value": "n6"}])
    for name, value in (("tag:network", "n3"), ("tag-key", "network"), ("reservationType", "explicit")):
        filtered: Any = [{"Name": name, "Values": [value]}]
        seen = ec2.get_subnet_cidr_reservations(SubnetId=subnet, Filters=filtered)
        assert four in [one["SubnetCidrReservationId"] for one in seen["SubnetIpv4CidrReservations"]]
        assert (other in str(seen)) is (name == "tag-key")
    whole = ec2.get_subnet_cidr_reservations(SubnetId=subnet)
    assert [one["SubnetCidrReservationId"] for one in whole["SubnetIpv6CidrReservations"]] == [six]
    assert whole["SubnetIpv4CidrReservations"][0]["Tags"] == [{"Key": "network", "Value": "n3"}]
    assert whole["SubnetIpv4CidrReservations"][0]["Description"] == "pods"
    with refusal("InvalidSubnetID.NotFound"):
        ec2.get_subnet_cidr_reservations(SubnetId="subnet-0123456789abcdef0")


def test_a_reservation_takes_no_tags_meant_for_something_else(ec2: "EC2Client", place: Place) -> None:
    tags: Any = [{"ResourceType": "subnet", "Tags": [{"Key": "network", "Value": "n3"}]}]
    with refusal("InvalidParameterValue"):
        reserve(ec2, place.subnet, "10.0.0.64/26", "explicit", TagSpecifications=tags)
    assert ec2.get_subnet_cidr_reservations(SubnetId=place.subnet)["SubnetIpv4CidrReservations"] == []
