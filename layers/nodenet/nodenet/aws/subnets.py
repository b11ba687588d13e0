"""EC2, as the preparation of subnets sees it: reservations, who has addresses, the ways out."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from nodenet.aws import subnet_shapes as shapes
from nodenet.aws.errors import translated
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG, CLUSTER_TAGS
from nodenet.subnets.seen import EgressOnlyGateway, NatGateway, Occupant, Reservation, RouteTable, SubnetState
from nodenet.subnets.steps import AddRoute, EnableDns64, Reserve

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import GetSubnetCidrReservationsRequestTypeDef

_CLUSTER_KEY: Final = "kubernetes.io/cluster/"
"""How a tag begins that nodes of every kind have ("Launch self-managed Amazon Linux nodes", EKS User Guide)."""

_FILTER_VALUES: Final = 200
"""In one request ("Find your Amazon EC2 resources", EC2 User Guide)."""


class Subnets:
    """One method, one API call, but for the pages of a Describe. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client", cluster: str) -> None:
        self._client = client
        self._cluster = cluster

    def subnets(self, subnet_ids: Iterable[str]) -> list[SubnetState]:
        """Those that EC2 knows: asked for by filter, since one unknown id would fail the whole call."""
        return self._subnets("subnet-id", subnet_ids)

    def subnets_of(self, vpc_ids: Iterable[str]) -> list[SubnetState]:
        return self._subnets("vpc-id", vpc_ids)

    def reservations(self, subnet_id: str) -> list[Reservation]:
        """All of the subnet's, of both families. boto3 has no paginator for them, and a page holds some 255."""
        found: list[Reservation] = []
        request: GetSubnetCidrReservationsRequestTypeDef = {"SubnetId": subnet_id}
        while True:
            with translated():
                answer = self._client.get_subnet_cidr_reservations(**request)
            for items in (answer.get("SubnetIpv4CidrReservations", ()), answer.get("SubnetIpv6CidrReservations", ())):
                found += map(shapes.reservation, items)
            if not (token := answer.get("NextToken")):
                return found
            request["NextToken"] = token

    def occupants(self, subnet_ids: Iterable[str]) -> list[Occupant]:
        """Every ENI in the subnets, whoever's."""
        with translated():
            pages = self._client.get_paginator("describe_network_interfaces").paginate(
                Filters=[{"Name": "subnet-id", "Values": sorted(subnet_ids)}]
            )
            return [shapes.occupant(item) for page in pages for item in page["NetworkInterfaces"]]

    def cluster_nodes(self, instance_ids: Iterable[str]) -> frozenset[str]:
        """Those of the instances that are nodes of a cluster, this one or another."""
        return frozenset(
            node for some in batched(sorted(instance_ids), _FILTER_VALUES, strict=False) for node in self._nodes(some)
        )

    def route_tables(self, vpc_ids: Iterable[str]) -> list[RouteTable]:
        with translated():
            pages = self._client.get_paginator("describe_route_tables").paginate(
                Filters=[{"Name": "vpc-id", "Values": sorted(vpc_ids)}]
            )
            return [shapes.route_table(item) for page in pages for item in page["RouteTables"]]

    def egress_only_gateways(self) -> list[EgressOnlyGateway]:
        """All that are attached to a VPC."""
        with translated():
            return [
                EgressOnlyGateway(item["EgressOnlyInternetGatewayId"], attachment["VpcId"])
                for page in self._client.get_paginator("describe_egress_only_internet_gateways").paginate()
                for item in page["EgressOnlyInternetGateways"]
                for attachment in item.get("Attachments", ())
                if attachment.get("State") == "attached"
            ]

    def nat_gateways(self, vpc_ids: Iterable[str], subnets: Sequence[SubnetState]) -> list[NatGateway]:
        """Those of the VPCs; `subnets` tell the zones, since a zonal one says only which subnet it is in."""
        zones = {each.id: each.zone for each in subnets}
        with translated():
            pages = self._client.get_paginator("describe_nat_gateways").paginate(
                Filters=[{"Name": "vpc-id", "Values": sorted(vpc_ids)}]
            )
            return [
                NatGateway(
                    item["NatGatewayId"],
                    item["VpcId"],
                    zones.get(item.get("SubnetId", ""), ""),
                    available=item.get("State") == "available",
                    public=item.get("ConnectivityType", "public") == "public",
                )
                for page in pages
                for item in page["NatGateways"]
            ]

    def reserve(self, step: Reserve) -> None:
        """AlreadyThere where another reservation overlaps it."""
        with translated():
            self._client.create_subnet_cidr_reservation(
                SubnetId=step.subnet,
                Cidr=step.cidr,
                ReservationType=step.kind,
                Description=f"nodenet {step.network}",
                TagSpecifications=[
                    {
                        "ResourceType": "subnet-cidr-reservation",
                        "Tags": [
                            {"Key": CLUSTER_TAG, "Value": self._cluster},
                            {"Key": NETWORK_TAG, "Value": step.network},
                        ],
                    }
                ],
            )

    def add_route(self, step: AddRoute) -> None:
        """AlreadyThere where the table has one to the same destination that the step does not replace."""
        to_nat = step.target.startswith("nat-")
        target: Any = {"NatGatewayId" if to_nat else "EgressOnlyInternetGatewayId": step.target}
        with translated():
            if step.replaces:
                self._client.replace_route(RouteTableId=step.table, DestinationIpv6CidrBlock=step.destination, **target)
            else:
                self._client.create_route(RouteTableId=step.table, DestinationIpv6CidrBlock=step.destination, **target)

    def enable_dns64(self, step: EnableDns64) -> None:
        with translated():
            self._client.modify_subnet_attribute(SubnetId=step.subnet, EnableDns64={"Value": True})

    def _nodes(self, instance_ids: Sequence[str]) -> list[str]:
        with translated():
            pages = self._client.get_paginator("describe_instances").paginate(
                Filters=[{"Name": "instance-id", "Values": instance_ids}]
            )
            return [
                item["InstanceId"]
                for page in pages
                for reservation in page["Reservations"]
                for item in reservation.get("Instances", ())
                if any(key in CLUSTER_TAGS or key.startswith(_CLUSTER_KEY) for key in shapes.tags(item))
            ]

    def _subnets(self, name: str, values: Iterable[str]) -> list[SubnetState]:
        with translated():
            pages = self._client.get_paginator("describe_subnets").paginate(
                Filters=[{"Name": name, "Values": sorted(values)}]
            )
            return [shapes.subnet(item) for page in pages for item in page["Subnets"]]
