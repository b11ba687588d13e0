"""Subnets of the region's own EC2 that are to be prepared, of one family and of both."""

import time
from typing import Any

from local.world import REGION
from nodenet.aws.subnets import Subnets
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.errors import ConfigurationError
from nodenet.networks import CLUSTER_TAG
from nodenet.plans import AddressPlans, Ipv6Egress, Slice
from nodenet.subnets.answer import answer
from nodenet.subnets.prepare import prepare
from tests.unit.cloud import CLUSTER, Cloud
from tests.unit.subnet_views import configuration, network, ranges

OURS = [{"Key": CLUSTER_TAG, "Value": CLUSTER}]
WANTED = ["10.0.16.32/27", "10.0.16.64/26", "10.0.17.32/27"]


class Stage:
    """Cloud's network n3 in two zones, 10.0.16.0/24 and 10.0.17.0/24, which nodenet may prepare."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.ec2 = cloud.ec2
        self.a, self.b = cloud.subnets["n3"][:2]
        self.ec2.create_tags(Resources=[self.a, self.b], Tags=OURS)
        plans = AddressPlans(ipv4=Slice(16, {"a": ranges("10.0.16.32-10.0.16.127"), "b": ranges("10.0.17.32/27")}))
        self.wants: ResolvedConfiguration | ConfigurationError = configuration(self.network(plans))
        self.adapter = Subnets(cloud._client("ec2", logged=True), CLUSTER)

    def network(self, plans: AddressPlans | None = None, egress: Ipv6Egress | None = None) -> ResolvedNetwork:
        return network(plans, egress, subnets={"a": self.a, "b": self.b})

    def load(self) -> ResolvedConfiguration:
        """The port Configurations."""
        if isinstance(self.wants, ConfigurationError):
            raise self.wants
        return self.wants

    def run(self, *, dry_run: bool = False, seconds: float = 30) -> dict[str, Any]:
        self.cloud.calls.clear()
        return answer(prepare(self, self.adapter, dry_run=dry_run, deadline=time.monotonic() + seconds))

    def reserved(self) -> list[str]:
        answers = [self.ec2.get_subnet_cidr_reservations(SubnetId=each) for each in (self.a, self.b)]
        families = ("SubnetIpv4CidrReservations", "SubnetIpv6CidrReservations")
        return sorted(item["Cidr"] for each in answers for family in families for item in each[family])

    def changes(self) -> list[str]:
        return [call for call in self.cloud.calls if not call.startswith(("Describe", "Get"))]


class Ipv6Stage(Stage):
    """A VPC of its own with both families, an egress-only gateway, and a NAT gateway in zone a."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        vpc = self.ec2.create_vpc(CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc = vpc["VpcId"]
        (association,) = self.ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        base = association["Ipv6CidrBlock"].removesuffix("::/56")
        self.a, self.b = (
            self.ec2.create_subnet(
                VpcId=self.vpc,
                CidrBlock=f"10.1.{number}.0/24",
                Ipv6CidrBlock=f"{base[:-2]}0{number}::/64",
                AvailabilityZone=f"{REGION}{zone}",
                TagSpecifications=[{"ResourceType": "subnet", "Tags": OURS}],
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate("ab")
        )
        self.gateway = self.ec2.create_egress_only_internet_gateway(VpcId=self.vpc)["EgressOnlyInternetGateway"][
            "EgressOnlyInternetGatewayId"
        ]
        internet = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=self.vpc)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=self.a, AllocationId=address)["NatGateway"]["NatGatewayId"]
        (main,) = self.tables()
        self.main = main["RouteTableId"]
        self.ec2.create_tags(Resources=[self.main], Tags=OURS)
        self.wants = configuration(self.network(egress=Ipv6Egress("", "")))

    def tables(self) -> list[Any]:
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}]
        return list(self.ec2.describe_route_tables(Filters=filters)["RouteTables"])

    def routes(self) -> dict[str, str]:
        """By destination, the ways out of the main table."""
        (table,) = [each for each in self.tables() if each["RouteTableId"] == self.main]
        return {
            each["DestinationIpv6CidrBlock"]: each.get("EgressOnlyInternetGatewayId") or each["NatGatewayId"]
            for each in table["Routes"]
            if each.get("DestinationIpv6CidrBlock") and each.get("GatewayId") != "local"
        }

    def dns64(self) -> list[bool]:
        found = self.ec2.describe_subnets(SubnetIds=[self.a, self.b])["Subnets"]
        return [each["EnableDns64"] for each in found]


def holders(said: dict[str, Any]) -> list[tuple[str, str]]:
    """The addresses in use that an answer names, with their owners."""
    return [(each["address"], each["owner"]) for refused in said["refused"] for each in refused["holders"]]
