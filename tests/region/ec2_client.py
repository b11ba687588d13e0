"""An empty EC2 with a VPC, and how the tests of EC2 ask it; time passes by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from local.world import REGION
from tests.in_process import SteppedClock, client, empty_region, recorder

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass
class Place:
    """A VPC with a subnet in each of two zones, and a security group."""

    vpc: str
    subnet: str
    other_zone: str
    group: str


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def events() -> list[dict[str, Any]]:
    """What the region has published, in order."""
    return []


@pytest.fixture
def ec2(clock: SteppedClock, events: list[dict[str, Any]]) -> Iterator["EC2Client"]:
    """A region without interfaces or instances, and without delays."""
    with empty_region(clock, recorder(events)):
        yield client("ec2")


@pytest.fixture
def place(ec2: "EC2Client") -> Place:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    return Place(vpc, subnets[0]["SubnetId"], subnets[1]["SubnetId"], group)


def run(ec2: "EC2Client", subnet: str, instance_type: Any = "m5.large", **more: Any) -> str:
    """The id of one new instance."""
    answer = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType=instance_type, **more
    )
    return answer["Instances"][0]["InstanceId"]


def interface(ec2: "EC2Client", subnet: str, **more: Any) -> Any:
    """One new interface, as CreateNetworkInterface answers it."""
    return ec2.create_network_interface(SubnetId=subnet, **more)["NetworkInterface"]


def described(ec2: "EC2Client", eni_id: str) -> Any:
    return ec2.describe_network_interfaces(NetworkInterfaceIds=[eni_id])["NetworkInterfaces"][0]


def instance(ec2: "EC2Client", instance_id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
