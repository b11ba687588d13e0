"""From the shapes of EC2's answers to what the preparation of subnets sees."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any, Final

from nodenet.ranges import AddressRange
from nodenet.subnets.seen import Occupant, Reservation, Route, RouteTable, SubnetState

_TARGETS: Final = (
    "GatewayId",
    "EgressOnlyInternetGatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)


def subnet(item: Any) -> SubnetState:
    ipv6 = [
        each["Ipv6CidrBlock"]
        for each in item.get("Ipv6CidrBlockAssociationSet", ())
        if each["Ipv6CidrBlockState"]["State"] == "associated"
    ]
    return SubnetState(
        id=item["SubnetId"],
        zone=item["AvailabilityZone"],
        vpc_id=item["VpcId"],
        blocks=tuple(AddressRange.parse(block) for block in (item.get("CidrBlock"), *ipv6) if block),
        dns64=item.get("EnableDns64", False),
        tags=tags(item),
    )


def reservation(item: Any) -> Reservation:
    return Reservation(
        item["SubnetCidrReservationId"],
        item["SubnetId"],
        item["ReservationType"],
        AddressRange.parse(item["Cidr"]),
        tags(item),
    )


def occupant(item: Any) -> Occupant:
    primary = item.get("PrivateIpAddress")
    singles = [each["PrivateIpAddress"] for each in item.get("PrivateIpAddresses", ())]
    singles += [each["Ipv6Address"] for each in item.get("Ipv6Addresses", ())]
    prefixes = [each["Ipv4Prefix"] for each in item.get("Ipv4Prefixes", ())]
    prefixes += [each["Ipv6Prefix"] for each in item.get("Ipv6Prefixes", ())]
    attachment = item.get("Attachment") or {}
    first = (attachment.get("NetworkCardIndex", 0), attachment.get("DeviceIndex")) == (0, 0)
    return Occupant(
        id=item["NetworkInterfaceId"],
        subnet_id=item["SubnetId"],
        description=item.get("Description", ""),
        owner=_owner(item, attachment),
        primary=AddressRange.parse(primary) if primary else None,
        singles=tuple(map(AddressRange.parse, (each for each in singles if each != primary))),
        prefixes=tuple(map(AddressRange.parse, prefixes)),
        first_of=attachment.get("InstanceId", "") if first else "",
        tags=tags(item, "TagSet"),
    )


def _owner(item: Any, attachment: Any) -> str:
    """Whose an ENI is: its instance, else the service that asked for it (API reference, NetworkInterface)."""
    if instance_id := attachment.get("InstanceId"):
        return str(instance_id)
    who = attachment.get("InstanceOwnerId") or (item.get("RequesterManaged") and item.get("RequesterId"))
    kind = str(item.get("InterfaceType", "interface")).replace("_", " ")
    return f"{kind} of {who}" if who else "nobody: it is not attached"


def route_table(item: Any) -> RouteTable:
    associations = item.get("Associations", ())
    return RouteTable(
        id=item["RouteTableId"],
        vpc_id=item["VpcId"],
        main=any(each.get("Main") for each in associations),
        subnet_ids=frozenset(each["SubnetId"] for each in associations if each.get("SubnetId")),
        routes=tuple(_routes(item.get("Routes", ()))),
        tags=tags(item),
    )


def _routes(items: Iterable[Any]) -> Iterator[Route]:
    """Those to IPv6 blocks."""
    for item in items:
        if destination := item.get("DestinationIpv6CidrBlock"):
            target = next((item[key] for key in _TARGETS if item.get(key)), "a target that EC2 does not name")
            yield Route(str(ip_network(destination)), target, item.get("State") == "blackhole")


def tags(item: Any, key: str = "Tags") -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in item.get(key) or ()}
