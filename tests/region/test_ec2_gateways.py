"""NAT gateways and egress-only internet gateways. Sources: API reference, CreateNatGateway, NatGateway,
CreateEgressOnlyInternetGateway; VPC User Guide, "NAT gateways"."""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, described

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture
def allocation(ec2: "EC2Client", place: Place) -> str:
    """An Elastic IP for a VPC that has an internet gateway."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    return ec2.allocate_address()["AllocationId"]


def nat(ec2: "EC2Client", gateway: str) -> Any:
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]


def test_a_nat_gateway_is_pending_then_available_then_deleted_for_an_hour(
    ec2: "EC2Client", place: Place, allocation: str, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.delays, "nat_gateway", 60.0)
    tags: Any = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "out"}]}]
    made = ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation, TagSpecifications=tags)["NatGateway"]
    gateway = made["NatGatewayId"]
    assert (made["State"], made["VpcId"], made["ConnectivityType"]) == ("pending", place.vpc, "public")
    clock.advance(60)
    assert nat(ec2, gateway)["State"] == "available"
    by_state: Any = [{"Name": "vpc-id", "Values": [place.vpc]}, {"Name": "state", "Values": ["available"]}]
    assert len(ec2.describe_nat_gateways(Filters=by_state)["NatGateways"]) == 1
    by_tag: Any = [{"Name": "tag:Name", "Values": ["out"]}]
    assert len(ec2.describe_nat_gateways(Filters=by_tag)["NatGateways"]) == 1
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert nat(ec2, gateway)["State"] == "deleting"
    clock.advance(60)
    assert nat(ec2, gateway)["State"] == "deleted"
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]
    clock.advance(3601)
    with refusal("NatGatewayNotFound"):
        nat(ec2, gateway)


def test_its_interface_is_awss_own(ec2: "EC2Client", place: Place, allocation: str) -> None:
    made = ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation)["NatGateway"]
    (address,) = made["NatGatewayAddresses"]
    eni = described(ec2, address["NetworkInterfaceId"])
    assert (eni["InterfaceType"], eni["RequesterManaged"], eni["SourceDestCheck"]) == ("nat_gateway", True, False)
    assert eni["Description"] == f"Interface for NAT Gateway {made['NatGatewayId']}"
    assert (eni["Status"], eni["Groups"], eni["PrivateIpAddress"]) == ("in-use", [], address["PrivateIp"])
    assert eni["Attachment"]["InstanceOwnerId"] == "amazon-aws"
    assert "InstanceId" not in eni["Attachment"]
    with refusal("OperationNotPermitted"):
        ec2.detach_network_interface(AttachmentId=eni["Attachment"]["AttachmentId"])
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_it_fails_where_its_address_cannot_be_had(ec2: "EC2Client", place: Place, allocation: str) -> None:
    first = ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation)["NatGateway"]
    second = ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation)["NatGateway"]
    assert (second["State"], second["FailureCode"]) == ("failed", "Resource.AlreadyAssociated")
    assert nat(ec2, first["NatGatewayId"])["State"] == "available"
    with refusal("MissingParameter"):
        ec2.create_nat_gateway(SubnetId=place.subnet)
    private = ec2.create_nat_gateway(SubnetId=place.subnet, ConnectivityType="private")["NatGateway"]
    assert (private["State"], private["ConnectivityType"]) == ("available", "private")


def test_a_token_makes_one_gateway(ec2: "EC2Client", place: Place) -> None:
    asked: Any = {"SubnetId": place.subnet, "ConnectivityType": "private", "ClientToken": "one"}
    ids = {ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"] for _ in range(2)}
    assert len(ids) == 1
    egress = {
        ec2.create_egress_only_internet_gateway(VpcId=place.vpc, ClientToken="two")["EgressOnlyInternetGateway"][
            "EgressOnlyInternetGatewayId"
        ]
        for _ in range(2)
    }
    assert len(egress) == 1


def test_egress_only_gateways_are_described_by_tag(ec2: "EC2Client", place: Place) -> None:
    tags: Any = [{"ResourceType": "egress-only-internet-gateway", "Tags": [{"Key": "Name", "Value": "six"}]}]
    made = ec2.create_egress_only_internet_gateway(VpcId=place.vpc, TagSpecifications=tags)["EgressOnlyInternetGateway"]
    ec2.create_egress_only_internet_gateway(VpcId=place.vpc)
    assert made["Attachments"] == [{"State": "attached", "VpcId": place.vpc}]
    filtered: Any = [{"Name": "tag:Name", "Values": ["six"]}]
    (seen,) = ec2.describe_egress_only_internet_gateways(Filters=filtered)["EgressOnlyInternetGateways"]
    assert seen["EgressOnlyInternetGatewayId"] == made["EgressOnlyInternetGatewayId"]
    assert len(ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]) == 2
    with refusal("InvalidVpcID.NotFound"):
        ec2.create_egress_only_internet_gateway(VpcId="vpc-0123456789abcdef0")
    with refusal("InvalidGatewayID.NotFound"):
        ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId="eigw-0123456789abcdef0")
