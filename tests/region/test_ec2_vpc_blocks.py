"""A VPC's CIDR blocks and the subnets in them.

Sources: VPC User Guide, "VPC CIDR blocks" (restrictions, routes, peering) and "Amazon VPC quotas"; API reference,
AssociateVpcCidrBlock, DisassociateVpcCidrBlock, VpcCidrBlockState, CreateSubnet, DeleteSubnet, and its error codes.
"""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import REGION, world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

PODS = "100.64.0.0/16"


def add(ec2: "EC2Client", vpc: str, cidr: str) -> str:
    """The id of a new association."""
    return ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=cidr)["CidrBlockAssociation"]["AssociationId"]


def blocks(ec2: "EC2Client", vpc: str) -> dict[str, Any]:
    """{CIDR: its state} as DescribeVpcs shows them."""
    (seen,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    return {one["CidrBlock"]: one["CidrBlockState"] for one in seen["CidrBlockAssociationSet"]}


def local_routes(ec2: "EC2Client", vpc: str) -> list[str]:
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    routes = [route for table in tables for route in table["Routes"] if route.get("GatewayId") == "local"]
    return sorted(route["DestinationCidrBlock"] for route in routes)


def test_a_block_is_associating_until_the_delay_is_over_and_takes_no_subnet_before(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.delays, "vpc_block", 30.0)
    made = ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock=PODS)["CidrBlockAssociation"]
    assert (made["CidrBlock"], made["CidrBlockState"]) == (PODS, {"State": "associating"})
    assert blocks(ec2, place.vpc)[PODS]["State"] == "associating"
    with refusal("InvalidSubnet.Range"):
        ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.0.0/18")
    assert local_routes(ec2, place.vpc) == ["10.0.0.0/16"]
    clock.advance(30)
    assert blocks(ec2, place.vpc)[PODS] == {"State": "associated"}
    assert local_routes(ec2, place.vpc) == ["10.0.0.0/16", PODS]
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.0.0/18")["Subnet"]
    assert (subnet["CidrBlock"], subnet["AvailableIpAddressCount"]) == ("100.64.0.0/18", 16379)


def test_an_association_that_is_to_fail_does_so_with_a_message_and_may_be_tried_again(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.delays, "vpc_block", 30.0)
    world.orders.failing_blocks[PODS] = "no capacity"
    add(ec2, place.vpc, PODS)
    clock.advance(31)
    assert blocks(ec2, place.vpc)[PODS] == {"State": "failing", "StatusMessage": "no capacity"}
    clock.advance(10)
    assert blocks(ec2, place.vpc)[PODS] == {"State": "failed", "StatusMessage": "no capacity"}
    with refusal("InvalidSubnet.Range"):
        ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.0.0/18")
    add(ec2, place.vpc, PODS)
    clock.advance(31)
    assert blocks(ec2, place.vpc)[PODS] == {"State": "associated"}


@pytest.mark.parametrize(
    ("primary", "refused", "taken"),
    [
        ("10.5.0.0/16", ["172.20.0.0/16", "192.168.0.0/20", "198.19.4.0/24"], ["10.9.0.0/16", "100.64.0.0/16"]),
        ("10.0.0.0/24", ["10.0.128.0/20"], ["10.1.0.0/16", "198.18.0.0/16"]),
        ("10.1.0.0/24", ["10.0.0.0/20"], ["10.2.0.0/16"]),
        ("172.16.0.0/16", ["10.1.0.0/16", "192.168.1.0/24", "172.31.0.0/24", "198.19.0.0/16"], ["172.20.0.0/16"]),
        ("192.168.0.0/20", ["10.1.0.0/16", "172.16.0.0/16", "198.19.0.0/16"], ["192.168.64.0/20", "8.8.0.0/16"]),
        ("198.19.0.0/20", ["10.1.0.0/16", "172.16.0.0/16", "192.168.1.0/24"], ["198.19.64.0/20", "100.64.0.0/16"]),
        ("100.64.0.0/16", ["10.1.0.0/16", "172.16.0.0/16", "192.168.1.0/24", "198.19.0.0/16"], ["100.65.0.0/16"]),
        ("8.8.0.0/16", ["10.1.0.0/16", "198.19.0.0/16", "169.254.1.0/24"], ["100.65.0.0/16"]),
    ],
)
def test_what_may_be_added_depends_on_the_range_of_the_first_block(
    ec2: "EC2Client", primary: str, refused: list[str], taken: list[str]
) -> None:
    vpc = ec2.create_vpc(CidrBlock=primary)["Vpc"]["VpcId"]
    for cidr in refused:
        with refusal("InvalidVpc.Range", "is restricted"):
            add(ec2, vpc, cidr)
    for cidr in taken:
        add(ec2, vpc, cidr)
    assert set(blocks(ec2, vpc)) == {primary, *taken}


def test_sizes_and_overlaps_are_looked_at(ec2: "EC2Client", place: Place) -> None:
    for cidr in ("100.64.0.0/15", "100.64.0.0/29"):
        with refusal("InvalidVpc.Range", "is invalid"):
            add(ec2, place.vpc, cidr)
    with refusal("InvalidParameterValue"):
        add(ec2, place.vpc, "100.64.0.0")
    add(ec2, place.vpc, "100.64.0.0/18")
    for cidr in ("100.64.0.0/16", "100.64.32.0/20", "10.0.4.0/24"):
        with refusal("InvalidVpc.Range", "conflicts with"):
            add(ec2, place.vpc, cidr)


def test_it_may_not_be_equal_to_or_wider_than_a_routes_destination_in_any_table(ec2: "EC2Client", place: Place) -> None:
    table = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    eni = interface(ec2, place.subnet)["NetworkInterfaceId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="100.64.128.0/18", NetworkInterfaceId=eni)
    for cidr in ("100.64.128.0/18", "100.64.0.0/16"):
        with refusal("InvalidVpc.Range", "route"):
            add(ec2, place.vpc, cidr)
    add(ec2, place.vpc, "100.64.128.0/20")
    add(ec2, place.vpc, "100.64.0.0/17")


def test_it_may_not_overlap_a_peers_block(ec2: "EC2Client", place: Place) -> None:
    other = ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    add(ec2, other, PODS)
    peering = ec2.create_vpc_peering_connection(VpcId=place.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    with refusal("InvalidVpc.Range", "peer VPC"):
        add(ec2, place.vpc, PODS)
    add(ec2, place.vpc, "100.70.0.0/16")
    add(ec2, other, "100.70.0.0/20")  # the accepter may add anything while the request is open
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    with refusal("InvalidVpc.Range", "peer VPC"):
        add(ec2, other, "100.70.64.0/20")


def test_a_vpc_has_five_blocks_unless_its_quota_says_more(
    ec2: "EC2Client", place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        add(ec2, place.vpc, f"100.64.{number}.0/24")
    with refusal("CidrLimitExceeded"):
        add(ec2, place.vpc, "100.64.9.0/24")
    monkeypatch.setattr(world.quotas, "vpc_blocks", 6)
    add(ec2, place.vpc, "100.64.9.0/24")


def test_a_block_goes_once_no_subnet_is_in_it_and_the_first_never(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    association = add(ec2, place.vpc, PODS)
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.0.0/18")["Subnet"]["SubnetId"]
    with refusal("DependencyViolation"):
        ec2.disassociate_vpc_cidr_block(AssociationId=association)
    ec2.delete_subnet(SubnetId=subnet)
    monkeypatch.setattr(world.delays, "vpc_block", 30.0)
    answer = ec2.disassociate_vpc_cidr_block(AssociationId=association)
    assert (answer["VpcId"], answer["CidrBlockAssociation"]["CidrBlockState"]["State"]) == (place.vpc, "disassociating")
    assert blocks(ec2, place.vpc)[PODS]["State"] == "disassociating"
    clock.advance(30)
    assert blocks(ec2, place.vpc)[PODS]["State"] == "disassociated"
    assert local_routes(ec2, place.vpc) == ["10.0.0.0/16"]
    for gone in (association, "vpc-cidr-assoc-0123456789abcdef0"):
        with refusal("InvalidVpcCidrBlockAssociationID.NotFound"):
            ec2.disassociate_vpc_cidr_block(AssociationId=gone)
    (first,) = [
        one["AssociationId"]
        for one in ec2.describe_vpcs(VpcIds=[place.vpc])["Vpcs"][0]["CidrBlockAssociationSet"]
        if one["CidrBlock"] == "10.0.0.0/16"
    ]
    with refusal("OperationNotPermitted", "primary"):
        ec2.disassociate_vpc_cidr_block(AssociationId=first)


def test_vpcs_are_found_by_their_blocks(ec2: "EC2Client", place: Place) -> None:
    add(ec2, place.vpc, PODS)
    by: Any = [{"Name": "cidr-block-association.cidr-block", "Values": [PODS]}]
    assert [one["VpcId"] for one in ec2.describe_vpcs(Filters=by)["Vpcs"]] == [place.vpc]


def test_subnets_keep_to_size_range_and_each_other(ec2: "EC2Client", place: Place) -> None:
    add(ec2, place.vpc, PODS)
    for cidr in ("100.64.0.0/29", "100.65.0.0/20", "10.0.0.0/15"):
        with refusal("InvalidSubnet.Range"):
            ec2.create_subnet(VpcId=place.vpc, CidrBlock=cidr)
    tags: Any = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": "pods"}]}]
    zone = f"{REGION}c"
    made = ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.8.3/20", AvailabilityZone=zone, TagSpecifications=tags)[
        "Subnet"
    ]
    assert (made["CidrBlock"], made["AvailabilityZone"], made["Tags"]) == ("100.64.0.0/20", zone, tags[0]["Tags"])
    assert made["MapPublicIpOnLaunch"] is False
    with refusal("InvalidSubnet.Conflict"):
        ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.0.0/24")
    with refusal("InvalidParameterValue"):
        ec2.create_subnet(VpcId=place.vpc, CidrBlock="100.64.32.0/20", AvailabilityZone="eu-west-1z")


def test_a_vpc_has_so_many_subnets(ec2: "EC2Client", place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.quotas, "subnets", 3)
    ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/24")
    with refusal("SubnetLimitExceeded"):
        ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.10.0/24")


def test_a_subnet_stays_while_an_interface_is_in_it_and_takes_its_associations_with_it(
    ec2: "EC2Client", place: Place
) -> None:
    subnet = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    eni = interface(ec2, subnet)["NetworkInterfaceId"]
    with refusal("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"] == []
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [place.vpc]}])["NetworkAcls"]
    assert subnet not in {one["SubnetId"] for acl in acls for one in acl["Associations"]}
    ec2.delete_route_table(RouteTableId=table)
