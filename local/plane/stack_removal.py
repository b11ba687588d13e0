"""How resources of a stack are taken away whose models can only be made by one: by the API's own operation."""

from collections.abc import Callable, Mapping
from typing import Any

type Remove = Callable[[Any, str, Mapping[str, Any]], object]


def _association(ec2: Any, _: str, props: Mapping[str, Any]) -> None:
    """moto names an association by its table, which may have several."""
    table = ec2.get_route_table(props["RouteTableId"])
    for association, subnet in list(table._associations.items()):
        if subnet == props["SubnetId"]:
            ec2.disassociate_route_table(association)


def _route(ec2: Any, _: str, props: Mapping[str, Any]) -> None:
    ec2.delete_route(props["RouteTableId"], props.get("DestinationCidrBlock"), props.get("DestinationIpv6CidrBlock"))


# (EC2's backend, the resource's physical id, its properties).
REMOVED_BY: dict[str, Remove] = {
    "AWS::EC2::EIP": lambda ec2, address, _: ec2.release_address(address),
    "AWS::EC2::Instance": lambda ec2, name, _: ec2.terminate_instances([name]),
    "AWS::EC2::InternetGateway": lambda ec2, name, _: ec2.delete_internet_gateway(name),
    "AWS::EC2::LaunchTemplate": lambda ec2, name, _: ec2.delete_launch_template("", name),
    "AWS::EC2::NatGateway": lambda ec2, name, _: ec2.delete_nat_gateway(name),
    "AWS::EC2::NetworkInterface": lambda ec2, name, _: ec2.delete_network_interface(name),
    "AWS::EC2::Route": _route,
    "AWS::EC2::RouteTable": lambda ec2, name, _: ec2.delete_route_table(name),
    "AWS::EC2::SubnetRouteTableAssociation": _association,
    "AWS::EC2::Volume": lambda ec2, name, _: ec2.delete_volume(name),
    "AWS::EC2::VPCEndpoint": lambda ec2, name, _: ec2.delete_vpc_endpoints([name]),
    "AWS::EC2::VPCGatewayAttachment": lambda ec2, _, props: ec2.detach_internet_gateway(
        props["InternetGatewayId"], props["VpcId"]
    ),
}
