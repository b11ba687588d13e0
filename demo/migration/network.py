"""A VPC that is about to run out of addresses: three zones with small node subnets, a load balancer, and interfaces of
others that take up nearly all the rest."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from demo.watch import until
from local.region import Region

ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
LEFT: Final = 6
"""Addresses that are left free in each node subnet."""

_SIZE: Final = 25


@dataclass(frozen=True)
class Network:
    """`subnets` are those of the nodes, by zone; `target_group` is an ARN, its targets are pods' addresses."""

    region: Region
    vpc: str
    subnets: Mapping[str, str]
    target_group: str

    def free(self) -> dict[str, int]:
        """Free addresses of every subnet of the VPC, by its block."""
        return {each["CidrBlock"]: each["AvailableIpAddressCount"] for each in self.described()}

    def described(self) -> list[dict[str, Any]]:
        """The subnets, as EC2 describes them, by their blocks."""
        found = self._ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["Subnets"]
        return sorted(found, key=lambda each: str(each["CidrBlock"]))

    def subnets_in(self, block: str) -> dict[str, str]:
        """Ids of those whose addresses are of the block, by zone."""
        found = self.described()
        return {
            each["AvailabilityZone"]: each["SubnetId"]
            for each in found
            if IPv4Network(each["CidrBlock"]).subnet_of(IPv4Network(block))
        }

    def blocks(self) -> list[str]:
        """The VPC's blocks that are associated."""
        shown = self._ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]["CidrBlockAssociationSet"]
        return sorted(each["CidrBlock"] for each in shown if each["CidrBlockState"]["State"] == "associated")

    def associations(self) -> dict[str, str]:
        """The route table of each subnet that is associated with one."""
        tables = self._ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]
        return {
            each["SubnetId"]: each["RouteTableId"]
            for table in tables
            for each in table["Associations"]
            if "SubnetId" in each
        }

    def targets(self) -> dict[str, str]:
        """The state of each target, by its address."""
        found = self.region.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in found["TargetHealthDescriptions"]}

    def settled(self) -> None:
        """Waits until the nodes' CNI has what it keeps warm: nothing has been taken for a second."""
        seen, since = self.free(), time.monotonic()

        def still() -> bool:
            nonlocal seen, since
            if (now := self.free()) != seen:
                seen, since = now, time.monotonic()
            return time.monotonic() > since + 1

        until(still, "the nodes' pools of addresses to be full")

    def fill(self) -> None:
        """Interfaces of others take what is free, but for LEFT in each node subnet."""
        for subnet in self.described():
            if (spare := subnet["AvailableIpAddressCount"] - LEFT) > 0:
                self._ec2.create_network_interface(
                    SubnetId=subnet["SubnetId"], SecondaryPrivateIpAddressCount=spare - 1, Description="of others"
                )

    @property
    def _ec2(self) -> Any:
        return self.region.client("ec2")


def build(region: Region) -> Network:
    """Makes the VPC (10.0.0.0/16), a private subnet with a route table of its own in each zone, and a network load
    balancer with a target group of addresses."""
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = {}
    for number, zone in enumerate(ZONES):
        block = f"10.0.{number}.0/{_SIZE}"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(SubnetId=made, RouteTableId=table)
        subnets[zone] = made
    return Network(region, vpc, subnets, _balanced(region.client("elbv2"), vpc, list(subnets.values())))


def _balanced(elbv2: Any, vpc: str, subnets: list[str]) -> str:
    checks = {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2}
    group = elbv2.create_target_group(
        Name="web", Protocol="TCP", Port=80, VpcId=vpc, TargetType="ip", UnhealthyThresholdCount=2, **checks
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
    balancer = elbv2.create_load_balancer(Name="front", Type="network", Scheme="internal", Subnets=subnets)
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return str(group)
