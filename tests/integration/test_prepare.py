"""The deployed function prepares subnets in the region, with the permissions that the template gives it and no more."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import pytest

from demo.stack import Stack, deploy
from demo.stage import ZONES

DOCUMENT = """\
cluster: {cluster}
networks:
  - name: n3
    subnets: [{n3}]
    securityGroups: [{group}]
    addresses:
      ipv4: {{slice: 16, from: [10.3.16.32-10.3.16.223, 10.3.17.32-10.3.17.223, 10.3.18.32-10.3.18.223]}}
  - name: n6
    subnets: [{n6}]
    securityGroups: [{group}]
    addresses: {{ipv4: {{prefixes: 1, reserve: [10.3.32.128/25, 10.3.33.128/25, 10.3.34.128/25]}}}}
nodeGroups:
  - select: {{role: upf}}
    networks: [n3, n6]
"""
SIX = """\
cluster: {cluster}
networks:
  - name: n9
    subnets: [{n9}]
    securityGroups: [{group}]
    ipv6Egress: {{egressOnlyGateway: auto, natGateway: auto}}
nodeGroups:
  - select: {{role: upf}}
    networks: [n9]
"""
EACH_ZONE = {"10.3.{}.32/27", "10.3.{}.64/26", "10.3.{}.128/26", "10.3.{}.192/27"}
SLICES = {block.format(third) for block in EACH_ZONE for third in (16, 17, 18)}
RESERVES = {f"10.3.{third}.128/25" for third in (32, 33, 34)}


@dataclass
class Place:
    """A stack of its own, and the subnets that its document names, one in each zone for each network."""

    stack: Stack
    vpc: str
    by_network: Mapping[str, list[str]]

    @property
    def ec2(self) -> Any:
        return self.stack.region.client("ec2")

    @property
    def subnets(self) -> list[str]:
        return [subnet for each in self.by_network.values() for subnet in each]

    def run(self, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of the function; an error of the function itself is the test's failure."""
        answer = self.invoke(event)
        assert "FunctionError" not in answer, answer["Payload"]
        return answer["Payload"]  # type: ignore[no-any-return]

    def invoke(self, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = self.stack.region.client("lambda").invoke(
            FunctionName=self.stack.outputs["PrepareFunction"], Payload=json.dumps(event or {}).encode()
        )
        return {**answer, "Payload": json.load(answer["Payload"])}

    def reserved(self, *subnets: str) -> dict[str, str]:
        """The kind of each reservation, by its block."""
        answers = [self.ec2.get_subnet_cidr_reservations(SubnetId=each) for each in subnets or self.subnets]
        families = ("SubnetIpv4CidrReservations", "SubnetIpv6CidrReservations")
        return {item["Cidr"]: item["ReservationType"] for each in answers for key in families for item in each[key]}

    @property
    def ours(self) -> list[dict[str, str]]:
        return [{"Key": "nodenet:cluster", "Value": self.stack.cluster}]

    def tag(self, *resources: str) -> None:
        self.ec2.create_tags(Resources=list(resources), Tags=self.ours)

    def forget(self) -> None:
        """Nothing is reserved, and no subnet says that it may be prepared."""
        for subnet in self.subnets:
            found = self.ec2.get_subnet_cidr_reservations(SubnetId=subnet)
            for item in found["SubnetIpv4CidrReservations"]:
                self.ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=item["SubnetCidrReservationId"])
        self.ec2.delete_tags(Resources=self.subnets, Tags=self.ours)


@pytest.fixture(scope="module")
def own(deployed: Stack) -> Place:
    """Beside the stack that all tests share, whose subnets nobody is to take from them."""
    return stage(deployed, "prepared", DOCUMENT, {"n3": 16, "n6": 32})


@pytest.fixture
def place(own: Place, stack: Stack) -> Place:
    """`stack` leaves no fault, rate or speed behind."""
    own.forget()
    return own


def test_subnets_that_do_not_name_the_cluster_are_told_what_they_lack_and_left_alone(place: Place) -> None:
    said = place.run()
    assert {each["subnet"] for each in said["refused"]} == set(place.subnets)
    assert all("tag it nodenet:cluster=prepared" in each["reason"] for each in said["refused"])
    assert (said["steps"], place.reserved()) == ([], {})


def test_what_a_dry_run_shows_a_run_does_and_the_next_one_finds(place: Place) -> None:
    place.tag(*place.subnets)
    shown = place.run({"dryRun": True})
    assert place.reserved() == {}
    done = place.run()
    assert place.reserved() == dict.fromkeys(SLICES, "explicit") | dict.fromkeys(RESERVES, "prefix")
    assert [each["cidr"] for each in done["steps"]] == [each["cidr"] for each in shown["steps"]]
    assert [each["error"] for each in done["steps"] if not each["done"]] == []
    again = place.run()
    assert (again["steps"], again["refused"]) == ([], [])
    assert {each["what"] for each in again["kept"]} == SLICES | RESERVES


def test_two_runs_at_once_end_in_the_same_place(place: Place) -> None:
    place.tag(*place.subnets)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: place.run(), range(2)))
    assert place.reserved().keys() == SLICES | RESERVES
    assert [each["error"] for said in answers for each in said["steps"] if each["error"]] == []
    made = [each["cidr"] for said in answers for each in said["steps"]]
    assert sorted(made) == sorted(SLICES | RESERVES)


@pytest.mark.parametrize("calls", [9, 12])
def test_a_run_that_is_killed_is_finished_by_the_next(place: Place, calls: int) -> None:
    place.tag(*place.subnets)
    control = place.stack.region.control
    control.kill(place.stack.outputs["PrepareFunction"], after=calls)
    assert "FunctionError" in place.invoke()
    assert control.kills()[-1]["hits"] == 1
    before = place.reserved().keys()
    said = place.run()
    assert place.reserved().keys() == SLICES | RESERVES
    assert {each["cidr"] for each in said["steps"]} == (SLICES | RESERVES) - before


def test_at_the_documented_rate_a_run_takes_its_time_and_ends_well(place: Place) -> None:
    """Five at once, then one a second: "Request throttling for the Amazon EC2 API", Amazon EC2 Developer Guide."""
    place.tag(*place.subnets)
    control = place.stack.region.control
    control.speed = 10
    control.rates(on=True)
    said = place.run()
    assert [each["error"] for each in said["steps"] if each["error"]] == []
    assert place.reserved().keys() == SLICES | RESERVES


def test_addresses_in_use_are_named_and_only_their_subnet_waits(place: Place) -> None:
    place.tag(*place.subnets)
    subnet = place.by_network["n3"][0]
    made = place.ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.3.16.77", Description="a database")[
        "NetworkInterface"
    ]["NetworkInterfaceId"]
    said = place.run()
    place.ec2.delete_network_interface(NetworkInterfaceId=made)
    (refused,) = said["refused"]
    assert refused["holders"] == [
        {
            "address": "10.3.16.77",
            "interface": made,
            "description": "a database",
            "owner": "nobody: it is not attached",
        }
    ]
    assert place.reserved().keys() == {block for block in SLICES | RESERVES if not block.startswith("10.3.16.")}


def test_a_mistyped_event_changes_nothing(place: Place) -> None:
    place.tag(*place.subnets)
    answer = place.invoke({"dryrun": True})
    assert answer["Payload"]["errorType"] == "ConfigurationError"
    assert place.reserved() == {}


def test_ipv6_subnets_get_their_ways_out_where_their_table_says_so(stack: Stack) -> None:
    six = stage(stack, "six", SIX, {"n9": 64})
    gateway = six.ec2.create_egress_only_internet_gateway(VpcId=six.vpc)["EgressOnlyInternetGateway"]
    nat = nat_gateway(six)
    filters = [{"Name": "vpc-id", "Values": [six.vpc]}]
    (table,) = [each["RouteTableId"] for each in six.ec2.describe_route_tables(Filters=filters)["RouteTables"]]
    six.tag(*six.subnets)

    assert {each["what"] for each in six.run()["refused"]} == {f"::/0 in {table}", f"64:ff9b::/96 in {table}"}
    six.tag(table)
    said = six.run()
    assert [each["error"] for each in said["steps"]] == [""] * 5
    found = six.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    routes = {each.get("DestinationIpv6CidrBlock"): each for each in found}
    assert routes["::/0"]["EgressOnlyInternetGatewayId"] == gateway["EgressOnlyInternetGatewayId"]
    assert routes["64:ff9b::/96"]["NatGatewayId"] == nat
    described = six.ec2.describe_subnets(SubnetIds=six.subnets)["Subnets"]
    assert [each["EnableDns64"] for each in described] == [True] * 3
    assert six.run()["steps"] == []


def stage(beside: Stack, cluster: str, document: str, networks: Mapping[str, int]) -> Place:
    """Deploys a stack for the cluster, makes a VPC of both families with 10.3.<first + zone>.0/24 for each network, and
    puts the document."""
    region = beside.region
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.3.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (described,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    blocks = ip_network(described["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]).subnets(new_prefix=64)
    made = {
        name: [
            ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"10.3.{first + number}.0/24",
                Ipv6CidrBlock=str(next(blocks)),
                AvailabilityZone=zone,
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate(ZONES)
        ]
        for name, first in networks.items()
    }
    group = ec2.create_security_group(GroupName=cluster, Description=cluster, VpcId=vpc)["GroupId"]
    stack = deploy(region, f"nodenet-{cluster}", cluster)
    names = {name: ", ".join(subnets) for name, subnets in made.items()}
    region.client("ssm").put_parameter(
        Name=stack.parameter, Value=document.format(cluster=cluster, group=group, **names), Type="String"
    )
    return Place(stack, vpc, made)


def nat_gateway(place: Place) -> str:
    """A public one in the first zone, which needs an internet gateway."""
    internet = place.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    place.ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=place.vpc)
    address = place.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = place.ec2.create_nat_gateway(SubnetId=place.subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    waiter = place.ec2.get_waiter("nat_gateway_available")
    waiter.wait(NatGatewayIds=[made], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return str(made)
