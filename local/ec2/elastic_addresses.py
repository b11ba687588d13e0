"""Elastic IP addresses: allocated, associated with private addresses of interfaces, moved along with these, released.

Sources: API reference, AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress and
AssignPrivateIpAddresses; VPC User Guide, "Elastic IP addresses"; EC2 User Guide, "Bring your own IP addresses".
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import elastic_ip_addresses as moto
from moto.ec2.utils import random_eip_allocation_id, random_eip_association_id, random_id

from local.ec2 import errors
from local.ec2.addresses import Address
from local.ec2.network_interfaces import NetworkInterface, own_tags
from local.world import world

AMAZON = "amazon"
# No public address of anybody's: RFC 2544 keeps it for benchmarks.
_AMAZONS = ipaddress.IPv4Network("198.18.0.0/15")


class ElasticAddress(moto.ElasticAddress):
    """A public address of the account; `eni` and `private` are what it is associated with. moto's __init__ is not run.

    The interface's `elastic` has the same association the other way round.
    """

    def __init__(self, ec2_backend: Any, public_ip: str, pool: str) -> None:
        self.ec2_backend = ec2_backend
        self.public_ip = public_ip
        self.pool = pool
        self.domain = "vpc"
        self.id = self.allocation_id = random_eip_allocation_id()
        self.eni: NetworkInterface | None = None
        self.private: Address | None = None
        self.association_id: str | None = None

    @property
    def instance(self) -> Any:
        return self.eni.instance if self.eni else None

    @property
    def private_ip_address(self) -> str | None:
        return str(self.private) if self.private else None

    def associate(self, eni: NetworkInterface, private: Address) -> None:
        """Takes it, and the private address, away from any other association; the same one again changes nothing."""
        if self.eni is eni and self.private == private:
            return
        self.disassociate()
        if other := eni.elastic.get(private):
            other.disassociate()
        if private == eni.ipv4[0]:
            # An address of its own choice goes back to Amazon (EC2 User Guide, "Public IPv4 addresses").
            eni.public_ip = None
        eni.elastic[private] = self
        self.eni, self.private, self.association_id = eni, private, random_eip_association_id()

    def disassociate(self) -> None:
        if self.eni is None or self.private is None:
            return
        eni, private = self.eni, self.private
        eni.elastic.pop(private)
        self.ec2_backend.ended_associations.add(self.association_id)
        self.eni = self.private = self.association_id = None
        if private == eni.ipv4[0] and eni.instance and eni.instance.state == "running":
            eni.check_auto_public_ip()

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)


@dataclass
class PublicPool:
    """A range of public addresses that the account has brought along."""

    id: str
    cidr: ipaddress.IPv4Network
    description: str


class ElasticAddressBackend(moto.ElasticAddressBackend):
    """Replaces the part of moto's EC2 backend that keeps Elastic IP addresses; signatures are moto's."""

    addresses: list[ElasticAddress]
    public_pools: dict[str, PublicPool]
    ended_associations: set[str]

    def allocate_address(
        self,
        domain: str | None = None,
        address: str | None = None,
        tags: dict[str, str] | None = None,
        pool: str | None = None,
    ) -> ElasticAddress:
        """A new address of `pool`, Amazon's by default, or `address` itself.

        Errors: AddressLimitExceeded (those of an own pool do not count: VPC User Guide, "Elastic IP addresses");
        InvalidPublicIpv4PoolID.NotFound; InsufficientAddressCapacity; InvalidAddress.NotFound for an address in use.
        """
        pool = pool or AMAZON
        amazons = sum(one.pool == AMAZON for one in self.addresses)
        if pool == AMAZON and amazons >= world.quotas.elastic_addresses:
            raise errors.refused("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        taken = {one.public_ip for one in self.addresses}
        if address is not None and address in taken:
            raise errors.refused("InvalidAddress.NotFound", f"Address '{address}' not found.")
        public_ip = address or next((str(one) for one in self._hosts(pool) if str(one) not in taken), None)
        if public_ip is None:
            raise errors.refused("InsufficientAddressCapacity", f"The pool '{pool}' has no free address.")
        made = ElasticAddress(self, public_ip, pool)
        made.add_tags(tags or {})
        self.addresses.append(made)
        return made

    def add_public_pool(self, cidr: ipaddress.IPv4Network, description: str) -> PublicPool:
        pool = PublicPool(random_id(prefix="ipv4pool-ec2"), cidr, description)
        self.public_pools[pool.id] = pool
        return pool

    def associate_address(
        self,
        instance: Any = None,
        eni: Any = None,
        address: str | None = None,
        allocation_id: str | None = None,
        reassociate: bool = False,
        private: Address | None = None,
    ) -> ElasticAddress:
        """Associates it with `private`, by default the interface's primary address.

        Errors: InvalidAllocationID.NotFound, InvalidAddress.NotFound; Gateway.NotAttached without an internet gateway
        at the VPC; InvalidParameterValue for an address that the interface has not; Resource.AlreadyAssociated for
        one of another resource unless `reassociate`.
        """
        found = self.found_address(allocation_id, address)
        eni = eni or instance.primary
        if not any(one.vpc and one.vpc.id == eni.vpc_id for one in self.internet_gateways.values()):
            raise errors.refused("Gateway.NotAttached", f"Network {eni.vpc_id} is not attached to any internet gateway")
        if private is not None and private not in eni.ipv4:
            raise errors.invalid_value(f"The address {private} is not assigned to network interface '{eni.id}'")
        private = private or eni.ipv4[0]
        if found.eni is not None and (found.eni, found.private) != (eni, private) and not reassociate:
            raise errors.refused(
                "Resource.AlreadyAssociated",
                f"resource {found.id} is already associated with associate-id {found.association_id}",
            )
        found.associate(eni, private)
        return found

    def disassociate_address(self, address: str | None = None, association_id: str | None = None) -> None:
        """Again, it changes nothing (EC2 Developer Guide, "Ensuring idempotency", idempotent by default)."""
        if association_id not in self.ended_associations:
            self.associated_address(association_id, address).disassociate()

    def release_address(self, address: str | None = None, allocation_id: str | None = None) -> None:
        """InvalidIPAddress.InUse for an associated one, unless in a default VPC."""
        found = self.found_address(allocation_id, address)
        if found.eni is not None:
            if str(self.get_vpc(found.eni.vpc_id).is_default).lower() != "true":
                raise errors.refused("InvalidIPAddress.InUse", f"Address {found.public_ip} is in use.")
            found.disassociate()
        self.addresses.remove(found)
        self.tags.pop(found.id, None)

    def found_address(self, allocation_id: str | None, public_ip: str | None = None) -> ElasticAddress:
        """InvalidAllocationID.NotFound or InvalidAddress.NotFound unless the account has it."""
        for one in self.addresses:
            if one.id == allocation_id or (allocation_id is None and one.public_ip == public_ip):
                return one
        if allocation_id is None:
            raise errors.refused("InvalidAddress.NotFound", f"Address '{public_ip}' not found.")
        raise errors.refused("InvalidAllocationID.NotFound", f"The allocation ID '{allocation_id}' does not exist")

    def associated_address(self, association_id: str | None, public_ip: str | None = None) -> ElasticAddress:
        """InvalidAssociationID.NotFound for an association that is not, or no more; InvalidAddress.NotFound."""
        if association_id is None:
            return self.found_address(None, public_ip)
        for one in self.addresses:
            if one.association_id == association_id:
                return one
        raise errors.refused("InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist")

    def _hosts(self, pool: str) -> Iterator[ipaddress.IPv4Address] | Sequence[ipaddress.IPv4Address]:
        if pool == AMAZON:
            return _AMAZONS.hosts()
        if pool not in self.public_pools:
            raise errors.refused("InvalidPublicIpv4PoolID.NotFound", f"The pool ID '{pool}' does not exist")
        # Every address of an own range can be used, the first and the last too.
        return iter(self.public_pools[pool].cidr)
