"""IPv6 subnets get their ways out at the region's own EC2.

Source: VPC User Guide, "Egress-only internet gateways", "DNS64 and NAT64".
"""

from ipaddress import ip_network

import pytest

from nodenet.plans import AddressPlans, Floating, Ipv6Egress, Slice
from tests.unit.cloud import Cloud
from tests.unit.subnet_stage import Ipv6Stage, holders
from tests.unit.subnet_views import configuration, ranges


@pytest.fixture
def ipv6(cloud: Cloud) -> Ipv6Stage:
    return Ipv6Stage(cloud)


def test_the_ways_out_are_made_once_for_both_zones(ipv6: Ipv6Stage) -> None:
    said = ipv6.run()
    assert [each["error"] for each in said["steps"]] == [""] * 4
    assert ipv6.routes() == {"::/0": ipv6.gateway, "64:ff9b::/96": ipv6.nat}
    assert ipv6.dns64() == [True, True]
    again = ipv6.run()
    assert (again["steps"], again["refused"], ipv6.changes()) == ([], [], [])


@pytest.mark.parametrize("same", [True, False])
def test_a_route_that_somebody_adds_meanwhile_is_as_good_as_ours_where_it_leads_to_the_same(
    ipv6: Ipv6Stage, same: bool
) -> None:
    other = ipv6.ec2.create_egress_only_internet_gateway(VpcId=ipv6.vpc)["EgressOnlyInternetGateway"]
    target = ipv6.gateway if same else other["EgressOnlyInternetGatewayId"]

    def meddle() -> None:
        ipv6.ec2.create_route(
            RouteTableId=ipv6.main, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=target
        )

    ipv6.wants = configuration(ipv6.network(egress=Ipv6Egress(ipv6.gateway, "")))
    ipv6.cloud.fail("CreateRoute", "", action=meddle)
    said = ipv6.run()
    assert [each["error"] for each in said["steps"] if each["error"]] == []
    assert ipv6.routes() == {"::/0": target, "64:ff9b::/96": ipv6.nat}
    assert {each["what"] for each in said["refused"]} == (set() if same else {f"::/0 in {ipv6.main}"})
    assert all(f"it leads to {target}" in each["reason"] for each in said["refused"])


def test_dns64_stays_off_where_its_route_could_not_be_made(ipv6: Ipv6Stage) -> None:
    """Names of IPv4 hosts would lead into nothing, for dual-stack hosts of the subnet too."""
    ipv6.wants = configuration(ipv6.network(egress=Ipv6Egress(None, "")))
    ipv6.cloud.fail("CreateRoute", "UnauthorizedOperation")
    said = ipv6.run()
    assert [each["action"] for each in said["steps"]] == ["route", "enable DNS64", "enable DNS64"]
    assert not any(each["done"] for each in said["steps"])
    assert ipv6.dns64() == [False, False]


def test_a_route_to_a_gateway_that_was_deleted_is_replaced(ipv6: Ipv6Stage) -> None:
    ipv6.run()
    ipv6.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=ipv6.gateway)
    new = ipv6.ec2.create_egress_only_internet_gateway(VpcId=ipv6.vpc)["EgressOnlyInternetGateway"]
    said = ipv6.run()
    assert [each["replaces"] for each in said["steps"]] == [ipv6.gateway]
    assert ipv6.routes()["::/0"] == new["EgressOnlyInternetGatewayId"]


def test_a_nat_gateway_s_own_interface_is_named_as_its_service_s(ipv6: Ipv6Stage) -> None:
    found = ipv6.ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [ipv6.a]}])
    (interface,) = found["NetworkInterfaces"]
    address = interface["PrivateIpAddress"]
    ipv6.wants = configuration(ipv6.network(AddressPlans(ipv4=Floating(ranges(address)))))
    ((held, owner),) = holders(ipv6.run())
    assert held == address
    assert owner.startswith("nat gateway of ")


def test_half_of_an_ipv6_subnet_is_one_block(ipv6: Ipv6Stage) -> None:
    (here,) = ipv6.ec2.describe_subnets(SubnetIds=[ipv6.a])["Subnets"]
    _, upper = ip_network(here["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]).subnets()
    ipv6.wants = configuration(ipv6.network(AddressPlans(ipv6=Slice(1 << 48, {"a": ranges(str(upper))}))))
    assert [each["cidr"] for each in ipv6.run()["steps"]] == [str(upper)]
    assert ipv6.reserved() == [str(upper)]
