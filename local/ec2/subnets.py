"""Subnets that know what of them is taken, and their CIDR reservations."""

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_network
from typing import Any, Literal

from moto.ec2.exceptions import (
    InvalidCIDRBlockParameterError,
    InvalidCidrReservationNotFound,
    InvalidCidrReservationNotWithinSubnetCidr,
    InvalidCidrReservationOverlapExisting,
    InvalidPrefixReservationType,
    InvalidSubnetRangeError,
)
from moto.ec2.models import subnets as moto

from local.ec2 import errors
from local.ec2.addresses import Block, Network, Reservation
from local.ec2.block_rules import LARGEST, SMALLEST
from local.ec2.network_interfaces import own_tags
from local.world import world


class SubnetCidrReservation(moto.SubnetCidrReservation):
    description: str | None = None

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)


class Subnet(moto.Subnet):
    """moto's subnet, made by its backend, with the book-keeping replaced: the interfaces are the only truth."""

    enable_dns64 = False

    def block(self, version: Literal[4, 6]) -> Block:
        """The subnet's IPv4 or IPv6 block as it stands; InvalidParameterValue where it has none."""
        network = self.network(version)
        if network is None:
            raise errors.invalid_value(f"Subnet {self.id} has no IPv{version} CIDR block associated")
        taken = [block for eni in self.interfaces() for block in eni.blocks() if block.version == version]
        return Block(network, taken, [Reservation(one.cidr, one.reservation_type) for one in self._cidr_reservations])

    def network(self, version: Literal[4, 6]) -> Network | None:
        if version == 4:
            return ip_network(self.cidr_block, strict=False) if self.cidr_block else None
        blocks = [
            association["ipv6CidrBlock"]
            for association in self.ipv6_cidr_block_associations.values()
            if association["ipv6CidrBlockState"]["State"] == "associated"
        ]
        return ip_network(blocks[0]) if blocks else None

    @property
    def ipv6_cidr_block_association_set(self) -> list[dict[str, Any]]:
        """As DescribeSubnets shows it: moto nests the state twice."""
        return [
            {
                "associationId": one["associationId"],
                "ipv6CidrBlock": one["ipv6CidrBlock"],
                "ipv6CidrBlockState": {"state": one["ipv6CidrBlockState"]["State"]},
            }
            for one in self.ipv6_cidr_block_associations.values()
            if one["ipv6CidrBlockState"]["State"] == "associated"
        ]

    def interfaces(self) -> list[Any]:
        return [eni for eni in self.ec2_backend.enis.values() if eni.subnet.id == self.id]

    @property
    def available_ip_address_count(self) -> int:
        """IPv4 addresses only, as DescribeSubnets says."""
        return self.block(4).free if self.cidr_block else 0

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)

    def reserve(self, kind: str, cidr: str) -> SubnetCidrReservation:
        """A reservation of `cidr`, which may hold addresses in use: it moves nothing.

        Errors: InvalidParameterValue for another kind, no CIDR block, one outside the subnet or one that overlaps
        another reservation. Source: VPC User Guide, "Subnet CIDR reservations".
        """
        if kind not in ("prefix", "explicit"):
            raise InvalidPrefixReservationType(kind)
        try:
            wanted = ip_network(cidr)
        except ValueError:
            raise InvalidCIDRBlockParameterError(cidr) from None
        home = self.network(wanted.version)
        if home is None or not wanted.subnet_of(home):  # type: ignore[arg-type]
            raise InvalidCidrReservationNotWithinSubnetCidr(str(home or self.cidr))
        if any(one.cidr.version == wanted.version and one.cidr.overlaps(wanted) for one in self._cidr_reservations):
            raise InvalidCidrReservationOverlapExisting(str(wanted))
        reservation = SubnetCidrReservation(self.ec2_backend, self.id, wanted, kind, self.owner_id)
        self._cidr_reservations.append(reservation)
        return reservation


class SubnetBackend(moto.SubnetBackend):
    """Replaces the part of moto's EC2 backend that keeps subnets' addresses."""

    def create_subnet(self, vpc_id: str, cidr_block: str | None, *args: Any, **kwargs: Any) -> Subnet:
        """A subnet in one of the VPC's associated blocks; its CIDR is kept in its canonical form.

        Errors: InvalidSubnet.Range for a size beyond /16 to /28 and for what is in no associated block,
        InvalidSubnet.Conflict, SubnetLimitExceeded; Source: API reference, CreateSubnet, and its error codes.
        """
        vpc = self.get_vpc(vpc_id)
        if cidr_block:
            cidr_block = str(_placed(cidr_block, vpc))
        if sum(one.vpc_id == vpc_id for one in self.describe_subnets()) >= world.quotas.subnets:
            raise errors.refused("SubnetLimitExceeded", "The maximum number of subnets has been reached.")
        subnet = super().create_subnet(vpc_id, cidr_block, *args, **kwargs)
        subnet.__class__ = Subnet
        in_default_vpc = str(self.get_vpc(vpc_id).is_default).lower() == "true"
        subnet.default_for_az = subnet.default_for_az and in_default_vpc
        subnet.map_public_ip_on_launch = subnet.map_public_ip_on_launch and in_default_vpc
        return subnet  # type: ignore[no-any-return]

    def delete_subnet(self, subnet_id: str) -> Any:
        """Its associations with a route table and a network ACL go with it.

        Errors: DependencyViolation while an interface is in it (API reference, DeleteSubnet).
        """
        if self.get_subnet(subnet_id).interfaces():
            raise errors.refused(
                "DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        for table in self.route_tables.values():
            for association in [key for key, home in table._associations.items() if home == subnet_id]:
                del table._associations[association]
        self.forget_acl_of(subnet_id)
        return super().delete_subnet(subnet_id)

    def create_subnet_cidr_reservation(
        self, subnet_id: str, reservation_type: str, cidr: str, tags: Sequence[Any] | None = None
    ) -> SubnetCidrReservation:
        return self.get_subnet(subnet_id).reserve(reservation_type, cidr)  # type: ignore[no-any-return]

    def delete_subnet_cidr_reservation(self, reservation_id: str) -> SubnetCidrReservation:
        for subnet in self.describe_subnets():
            for reservation in subnet._cidr_reservations:
                if reservation.id == reservation_id:
                    subnet._cidr_reservations.remove(reservation)
                    return reservation  # type: ignore[no-any-return]
        raise InvalidCidrReservationNotFound(reservation_id)


def _placed(cidr: str, vpc: Any) -> IPv4Network:
    """The block of a new subnet, which lies in one of the VPC's."""
    try:
        wanted = IPv4Network(cidr, strict=False)
    except ValueError:
        raise InvalidCIDRBlockParameterError(cidr) from None
    fits = LARGEST <= wanted.prefixlen <= SMALLEST
    if not fits or not any(wanted.subnet_of(block) for block in vpc.associated()):
        raise InvalidSubnetRangeError(str(wanted))
    return wanted
