"""What a request says of a route: where to, by which way, and whether the two can go together.

Sources: API reference, CreateRoute and ReplaceRoute; wordings are those that AWS's clients report
(hashicorp/terraform-provider-aws).
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from local.ec2 import errors

_TARGETS = (
    "gateway_id",
    "instance_id",
    "nat_gateway_id",
    "egress_only_igw_id",
    "transit_gateway_id",
    "interface_id",
    "vpc_peering_connection_id",
    "carrier_gateway_id",
    "vpc_endpoint_id",
)
_TO_ONE_HOST = ("instance_id", "interface_id", "vpc_endpoint_id")


def checked(backend: Any, table: Any, destinations: list[str | None], targets: Mapping[str, Any]) -> str:
    """The one target that is named.

    Errors: MissingParameter and InvalidParameterCombination unless there is one destination and one target;
    InvalidGatewayID.NotFound, InvalidNatGatewayID.NotFound; InvalidParameterValue for a gateway of another VPC,
    for IPv4 by an egress-only gateway, and for a part of the VPC itself other than to one host.
    """
    destination = _only(destinations, "destinationCidrBlock")
    named = {name: targets[name] for name in _TARGETS if targets.get(name)}
    target = _only(list(named.values()), "gatewayId")
    (kind,) = named
    if kind not in _TO_ONE_HOST and _within(destination, backend.get_vpc(table.vpc_id)):
        raise errors.invalid_value(
            f"The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR "
            "blocks. This route can target only an interface or an instance."
        )
    if kind == "egress_only_igw_id" and ":" not in destination:
        raise errors.invalid_value(f"An egress-only internet gateway is no target for {destination}")
    home = _home(backend, kind, target, table.vpc_id)
    if home != table.vpc_id:
        raise errors.invalid_value(f"route table {table.id} and network gateway {target} belong to different networks")
    return target


def canonical(block: str | None, version: int) -> str | None:
    """As CreateRoute says, 100.68.0.18/18 is 100.68.0.0/18."""
    if block is None:
        return None
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        network = None
    if network is None or network.version != version:
        name = "destinationCidrBlock" if version == 4 else "destinationIpv6CidrBlock"
        raise errors.invalid_value(f"Value ({block}) for parameter {name} is invalid. This is not a valid CIDR block.")
    return str(network)


def blocks_of(vpc: Any, version: int) -> list[str]:
    """The CIDR blocks of one family that a VPC has now."""
    known = vpc.get_cidr_block_association_set(ipv6=version == 6)
    return [one["cidr_block"] for one in known if one["cidr_block_state"]["state"] == "associated"]


def _home(backend: Any, kind: str, target: str, otherwise: str) -> str | None:
    """The VPC of a gateway, `otherwise` for other targets, which moto looks for; NotFound in the target's own words."""
    if kind == "egress_only_igw_id":
        return str(backend.get_egress_only_igw(target).vpc_id)
    if kind == "nat_gateway_id":
        nat = backend.nat_gateways.get(target)
        if nat is None or nat.state in ("deleting", "deleted", "failed"):
            raise errors.refused("InvalidNatGatewayID.NotFound", f"The natGateway ID '{target}' does not exist")
        return str(nat.vpc_id)
    if target.startswith("igw-"):
        gateway = backend.internet_gateways.get(target)
        if gateway is None:
            raise errors.refused("InvalidGatewayID.NotFound", f"The gateway ID '{target}' does not exist")
        return str(gateway.vpc.id) if gateway.vpc else None
    return otherwise


def _only(values: list[Any], parameter: str) -> str:
    given = [value for value in values if value]
    if not given:
        raise errors.missing(parameter)
    if len(given) > 1:
        raise errors.invalid_combination(f"Only one of {', '.join(str(value) for value in given)} may be specified")
    return str(given[0])


def _within(destination: str, vpc: Any) -> bool:
    if "/" not in destination:
        return False
    network = ipaddress.ip_network(destination)
    own = map(ipaddress.ip_network, blocks_of(vpc, network.version))
    return any(network.subnet_of(one) for one in own)  # type: ignore[arg-type]
