"""Route tables: whose they are, where their routes lead, and which of these lead nowhere.

Sources: API reference, CreateRoute, ReplaceRoute, DeleteRoute, AssociateRouteTable; its error codes; VPC User Guide,
"Route tables". Wordings are those that AWS's clients report (hashicorp/terraform-provider-aws).
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models import route_tables as moto

from local.ec2 import errors
from local.ec2.route_requests import blocks_of, canonical, checked


class Route(moto.Route):
    """moto's route, made by its backend, that knows when its target is gone."""

    @property
    def state(self) -> str:
        """`blackhole` once the target is deleted or no more attached (VPC User Guide, "Route tables")."""
        ec2 = self.route_table.ec2_backend
        nat, egress, gateway, eni = self.nat_gateway, self.egress_only_igw, self.gateway, self.interface
        gone = (
            (nat is not None and nat.state in ("deleting", "deleted", "failed"))
            or (egress is not None and egress.id not in ec2.egress_only_internet_gateways)
            or (gateway is not None and gateway.id.startswith("igw-") and getattr(gateway, "vpc", None) is None)
            or (eni is not None and (eni.id not in ec2.enis or eni.attachment is None))
            or (self.instance is not None and self.instance.state != "running")
        )
        return "blackhole" if gone else "active"

    @property
    def target(self) -> str | None:
        named: str | None = (
            self.gateway_id
            or self.instance_id
            or self.nat_gateway_id
            or self.egress_only_internet_gateway_id
            or self.transit_gateway_id
            or self.network_interface_id
            or self.vpc_peering_connection_id
            or self.carrier_gateway_id
        )
        return named

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ARG003
    ) -> Any:
        asked: Mapping[str, Any] = cloudformation_json["Properties"]
        return ec2_backends[account_id][region_name].create_route(
            asked["RouteTableId"],
            asked.get("DestinationCidrBlock"),
            asked.get("DestinationIpv6CidrBlock"),
            gateway_id=asked.get("GatewayId"),
            instance_id=asked.get("InstanceId"),
            nat_gateway_id=asked.get("NatGatewayId"),
            egress_only_igw_id=asked.get("EgressOnlyInternetGatewayId"),
            transit_gateway_id=asked.get("TransitGatewayId"),
            interface_id=asked.get("NetworkInterfaceId"),
            vpc_peering_connection_id=asked.get("VpcPeeringConnectionId"),
        )


class RouteTable(moto.RouteTable):
    """moto's route table, made by its backend, whose local routes are the VPC's blocks of the moment."""

    @property
    def routes(self) -> list[Route]:
        """VPC User Guide, "Route tables": each block of the VPC has a local route, in every table, by itself."""
        vpc = self.ec2_backend.get_vpc(self.vpc_id)
        own = [Route(self, block, None, local=True) for block in blocks_of(vpc, 4)]
        own += [Route(self, None, block, local=True) for block in blocks_of(vpc, 6)]
        return [*own, *(one for one in self._routes.values() if not one.local)]


class RouteBackend(moto.RouteBackend):
    """Replaces the part of moto's EC2 backend that keeps routes; signatures are moto's."""

    def create_route_table(self, *args: Any, **kwargs: Any) -> RouteTable:
        table: RouteTable = super().create_route_table(*args, **kwargs)
        table.__class__ = RouteTable
        return table

    def create_route(
        self,
        route_table_id: str,
        destination_cidr_block: str | None,
        destination_ipv6_cidr_block: str | None = None,
        destination_prefix_list_id: str | None = None,
        local: bool = False,
        **targets: Any,
    ) -> Any:
        """A route to the one target of `targets`; the same one again changes nothing.

        Errors: InvalidRouteTableID.NotFound, those of `checked`, RouteAlreadyExists for another target.
        """
        table = self.get_route_table(route_table_id)
        ipv4 = canonical(destination_cidr_block, 4)
        ipv6 = canonical(destination_ipv6_cidr_block, 6)
        if not local:
            target = checked(self, table, [ipv4, ipv6, destination_prefix_list_id], targets)
            there = table._routes.get(f"{table.id}~{ipv4 or ipv6 or destination_prefix_list_id}")
            if there is not None and there.target != target:
                raise errors.refused(
                    "RouteAlreadyExists",
                    f"The route identified by {ipv4 or ipv6 or destination_prefix_list_id} already exists.",
                )
            if there is not None:
                return there
        route = super().create_route(
            route_table_id,
            ipv4,
            ipv6,
            destination_prefix_list_id,
            local,
            **targets,
        )
        route.__class__ = Route
        return route

    def replace_route(
        self,
        route_table_id: str,
        destination_cidr_block: str | None,
        destination_ipv6_cidr_block: str | None = None,
        destination_prefix_list_id: str | None = None,
        nat_gateway_id: str | None = None,
        egress_only_igw_id: str | None = None,
        transit_gateway_id: str | None = None,
        **targets: Any,
    ) -> Any:
        """InvalidParameterValue where there is no such route, and those of `checked`."""
        table = self.get_route_table(route_table_id)
        ipv4 = canonical(destination_cidr_block, 4)
        ipv6 = canonical(destination_ipv6_cidr_block, 6)
        ways = {
            "nat_gateway_id": nat_gateway_id,
            "egress_only_igw_id": egress_only_igw_id,
            "transit_gateway_id": transit_gateway_id,
        }
        checked(self, table, [ipv4, ipv6, destination_prefix_list_id], {**ways, **targets})
        return super().replace_route(route_table_id, ipv4, ipv6, destination_prefix_list_id, **ways, **targets)

    def delete_route(
        self,
        route_table_id: str,
        destination_cidr_block: str | None,
        destination_ipv6_cidr_block: str | None = None,
        destination_prefix_list_id: str | None = None,
    ) -> Any:
        ipv4, ipv6 = canonical(destination_cidr_block, 4), canonical(destination_ipv6_cidr_block, 6)
        return super().delete_route(route_table_id, ipv4, ipv6, destination_prefix_list_id)

    def associate_route_table(
        self, route_table_id: str, gateway_id: str | None = None, subnet_id: str | None = None
    ) -> Any:
        """A subnet's own table again changes nothing.

        Errors: Resource.AlreadyAssociated where it has another; InvalidParameterValue for a subnet of another VPC.
        """
        home = self.get_route_table(route_table_id).vpc_id
        if subnet_id and self.get_subnet(subnet_id).vpc_id != home:
            raise errors.invalid_value(
                f"route table {route_table_id} and subnet {subnet_id} belong to different networks"
            )
        for table in self.route_tables.values():
            if table.id != route_table_id and (subnet_id or gateway_id) in table._associations.values():
                raise errors.refused(
                    "Resource.AlreadyAssociated",
                    f"the specified association for route table {route_table_id} conflicts with an existing "
                    "association",
                )
        return super().associate_route_table(route_table_id, gateway_id, subnet_id)

    def create_subnet_association(self, route_table_id: str, subnet_id: str) -> Any:
        """The door of stacks, which moto only takes note of."""
        self.associate_route_table(route_table_id, subnet_id=subnet_id)
        return super().create_subnet_association(route_table_id, subnet_id)
