"""Routes and the subnets' side of IPv6. Sources: API reference, CreateRoute, ReplaceRoute, AssociateRouteTable,
ModifySubnetAttribute; VPC User Guide, "Route tables" and "DNS64 and NAT64"; that the same route again is no error is
what users report of CreateRoute (ava-labs/avalanche-ops), its other errors too (terraform-provider-aws)."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import refusal
from tests.region.ec2_client import Place, interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

NAT64 = "64:ff9b::/96"


@pytest.fixture
def table(ec2: "EC2Client", place: Place) -> str:
    return ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]


def egress_only(ec2: "EC2Client", vpc: str) -> str:
    made = ec2.create_egress_only_internet_gateway(VpcId=vpc)
    return made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]


def private_nat(ec2: "EC2Client", place: Place) -> str:
    made = ec2.create_nat_gateway(SubnetId=place.subnet, ConnectivityType="private")
    return made["NatGateway"]["NatGatewayId"]


def routes(ec2: "EC2Client", table: str) -> dict[str, Any]:
    """{destination: route} without the VPC's own."""
    found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return {
        one.get("DestinationCidrBlock") or one["DestinationIpv6CidrBlock"]: one
        for one in found
        if one.get("GatewayId") != "local"
    }


def test_ipv6_leaves_by_an_egress_only_gateway_and_by_nat64(ec2: "EC2Client", place: Place, table: str) -> None:
    egress, nat = egress_only(ec2, place.vpc), private_nat(ec2, place)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=egress)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock=NAT64, NatGatewayId=nat)
    found = routes(ec2, table)
    assert (found["::/0"]["EgressOnlyInternetGatewayId"], found["::/0"]["State"]) == (egress, "active")
    assert (found[NAT64]["NatGatewayId"], found[NAT64]["Origin"]) == (nat, "CreateRoute")


def test_the_same_route_again_is_no_error_another_target_is(ec2: "EC2Client", place: Place, table: str) -> None:
    egress = egress_only(ec2, place.vpc)
    for written in ("::/0", "0::/0"):
        ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock=written, EgressOnlyInternetGatewayId=egress)
    assert list(routes(ec2, table)) == ["::/0"]
    with refusal("RouteAlreadyExists"):
        ec2.create_route(
            RouteTableId=table,
            DestinationIpv6CidrBlock="0::/0",
            EgressOnlyInternetGatewayId=egress_only(ec2, place.vpc),
        )


def test_a_destination_is_written_as_ec2_writes_it(ec2: "EC2Client", place: Place, table: str) -> None:
    nat = private_nat(ec2, place)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="100.68.0.18/18", NatGatewayId=nat)
    assert list(routes(ec2, table)) == ["100.68.0.0/18"]
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="100.68.0.18/18")
    assert routes(ec2, table) == {}
    with refusal("InvalidRoute.NotFound"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="100.68.0.0/18")


def test_a_route_to_a_deleted_gateway_is_a_black_hole_that_can_be_replaced(
    ec2: "EC2Client", place: Place, table: str
) -> None:
    old, nat = egress_only(ec2, place.vpc), private_nat(ec2, place)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=old)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock=NAT64, NatGatewayId=nat)
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=old)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert [one["State"] for one in routes(ec2, table).values()] == ["blackhole", "blackhole"]
    new = egress_only(ec2, place.vpc)
    ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock="0::/0", EgressOnlyInternetGatewayId=new)
    ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock=NAT64, NatGatewayId=private_nat(ec2, place))
    assert [one["State"] for one in routes(ec2, table).values()] == ["active", "active"]
    assert routes(ec2, table)["::/0"]["EgressOnlyInternetGatewayId"] == new
    with refusal("InvalidParameterValue"):
        ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock="2001:db8::/32", EgressOnlyInternetGatewayId=new)


def test_what_cannot_be_routed(ec2: "EC2Client", place: Place, table: str) -> None:
    egress = egress_only(ec2, place.vpc)
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    six: Any = {"RouteTableId": table, "DestinationIpv6CidrBlock": "::/0"}
    refused: list[tuple[str, Any]] = [
        ("InvalidRouteTableID.NotFound", {**six, "RouteTableId": "rtb-0123456789abcdef0"}),
        ("InvalidGatewayID.NotFound", {**six, "EgressOnlyInternetGatewayId": "eigw-0123456789abcdef0"}),
        ("InvalidNatGatewayID.NotFound", {**six, "NatGatewayId": "nat-0123456789abcdef0"}),
        ("InvalidParameterValue", {**six, "EgressOnlyInternetGatewayId": egress_only(ec2, other)}),
        ("InvalidParameterValue", {**six, "DestinationIpv6CidrBlock": "no", "EgressOnlyInternetGatewayId": egress}),
        ("InvalidParameterCombination", {**six, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}),
        ("InvalidParameterCombination", {**six, "NatGatewayId": "nat-1", "EgressOnlyInternetGatewayId": egress}),
        ("MissingParameter", six),
        ("MissingParameter", {"RouteTableId": table, "EgressOnlyInternetGatewayId": egress}),
    ]
    for code, asked in refused:
        with refusal(code):
            ec2.create_route(**{"EgressOnlyInternetGatewayId": egress} | asked if "RouteTable" in code else asked)


def test_every_block_of_the_vpc_has_a_local_route(ec2: "EC2Client", place: Place, table: str) -> None:
    def local() -> list[str]:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [one["DestinationCidrBlock"] for one in found if one.get("GatewayId") == "local"]

    assert local() == ["10.0.0.0/16"]
    more = ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]
    assert local() == ["10.0.0.0/16", "10.1.0.0/16"]
    ec2.disassociate_vpc_cidr_block(AssociationId=more["AssociationId"])
    assert local() == ["10.0.0.0/16"]


def test_a_part_of_the_vpc_goes_to_one_host_only(ec2: "EC2Client", place: Place, table: str) -> None:
    with refusal("InvalidParameterValue"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.1.0/24", NatGatewayId=private_nat(ec2, place))
    eni = interface(ec2, place.subnet)["NetworkInterfaceId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.1.0/24", NetworkInterfaceId=eni)


def test_a_subnet_has_one_table_and_the_main_one_without(ec2: "EC2Client", place: Place, table: str) -> None:
    first = ec2.associate_route_table(RouteTableId=table, SubnetId=place.subnet)["AssociationId"]
    assert ec2.associate_route_table(RouteTableId=table, SubnetId=place.subnet)["AssociationId"] == first
    other = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    with refusal("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=other, SubnetId=place.subnet)
    by_vpc: Any = [{"Name": "vpc-id", "Values": [place.vpc]}]
    seen = {
        one["RouteTableId"]: [(each["Main"], each.get("SubnetId")) for each in one["Associations"]]
        for one in ec2.describe_route_tables(Filters=by_vpc)["RouteTables"]
    }
    assert seen.pop(table) == [(False, place.subnet)]
    assert seen.pop(other) == []
    assert list(seen.values()) == [[(True, None)]]
    with refusal("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table)
    ec2.disassociate_route_table(AssociationId=first)
    ec2.associate_route_table(RouteTableId=other, SubnetId=place.subnet)


def test_dns64_is_a_subnets_attribute_changed_alone(ec2: "EC2Client", place: Place) -> None:
    def seen() -> bool:
        return ec2.describe_subnets(SubnetIds=[place.subnet])["Subnets"][0]["EnableDns64"]

    assert seen() is False
    ec2.modify_subnet_attribute(SubnetId=place.subnet, EnableDns64={"Value": True})
    assert seen() is True
    with refusal("InvalidParameterCombination"):
        ec2.modify_subnet_attribute(
            SubnetId=place.subnet, EnableDns64={"Value": False}, MapPublicIpOnLaunch={"Value": True}
        )
    with refusal("InvalidSubnetID.NotFound"):
        ec2.modify_subnet_attribute(SubnetId="subnet-0123456789abcdef0", EnableDns64={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=place.subnet, MapPublicIpOnLaunch={"Value": True})
    assert ec2.describe_subnets(SubnetIds=[place.subnet])["Subnets"][0]["MapPublicIpOnLaunch"] is True


def test_a_subnet_shows_its_ipv6_blocks(ec2: "EC2Client", place: Place) -> None:
    made = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    (seen,) = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"][0]["Ipv6CidrBlockAssociationSet"]
    assert seen["Ipv6CidrBlock"] == "2001:db8::/64"
    assert seen["Ipv6CidrBlockState"] == {"State": "associated"}
    assert ec2.describe_subnets(SubnetIds=[place.subnet])["Subnets"][0]["Ipv6CidrBlockAssociationSet"] == []
