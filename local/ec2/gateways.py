"""NAT gateways and egress-only internet gateways: the ways out of a VPC that routes name.

Sources: API reference, CreateNatGateway, DeleteNatGateway, NatGateway (states and failure codes),
CreateEgressOnlyInternetGateway; VPC User Guide, "NAT gateways": a deleted one is shown for about an hour.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import nat_gateways as moto
from moto.ec2.utils import random_nat_gateway_id

from local.ec2 import errors
from local.ec2.assignment import Wanted
from local.ec2.interfaces import after
from local.ec2.network_interfaces import Attachment, NetworkInterface, now, own_tags
from local.world import world

REMEMBERED = 3600.0


class NatGateway(moto.NatGateway):
    """A NAT gateway with EC2's states; moto's __init__, which makes up an address, is not run."""

    def __init__(self, backend: Any, subnet: Any, connectivity_type: str, tags: dict[str, str] | None = None) -> None:
        self.ec2_backend = backend
        self.serial = next(backend.serials)
        self.id = random_nat_gateway_id()
        self.subnet_id = subnet.id
        self.vpc_id = subnet.vpc_id
        self.connectivity_type = connectivity_type
        self.state = "pending"
        self.created = now()
        self.deleted_at: float | None = None
        self.failure: EC2ClientError | None = None
        self.eni = _interface(backend, subnet, self.id)
        self.allocation_id: str | None = None
        self.add_tags(tags or {})

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)

    @property
    def forgotten(self) -> bool:
        return self.deleted_at is not None and world.clock.now() - self.deleted_at > REMEMBERED


class NatGatewayBackend(moto.NatGatewayBackend):
    """Replaces the part of moto's EC2 backend that keeps NAT gateways; signatures are moto's."""

    nat_gateways: dict[str, NatGateway]

    def create_nat_gateway(
        self,
        subnet_id: str,
        allocation_id: str | None,
        tags: dict[str, str] | None = None,
        connectivity_type: str = "public",
    ) -> NatGateway:
        """A pending gateway, available after the world's delay; it fails where its address cannot be had.

        Errors: InvalidSubnetID.NotFound, MissingParameter for a public one without an address, those of addresses.
        """
        subnet = self.get_subnet(subnet_id)
        if connectivity_type == "public" and not allocation_id:
            raise errors.missing("allocationId")
        gateway = NatGateway(self, subnet, connectivity_type, tags)
        self.nat_gateways[gateway.id] = gateway
        if allocation_id and connectivity_type == "public":
            try:
                self.associate_address(eni=gateway.eni, allocation_id=allocation_id)
                gateway.allocation_id = allocation_id
            except EC2ClientError as error:
                gateway.state, gateway.failure = "failed", error
                self._gone(gateway)
                return gateway

        def available() -> None:
            if gateway.state == "pending":
                gateway.state = "available"

        after(world.delays.nat_gateway, available)
        return gateway

    def delete_nat_gateway(self, nat_gateway_id: str) -> NatGateway:
        """Its interface goes with it, and its Elastic IP is free again."""
        gateway = self.found_nat_gateway(nat_gateway_id)
        if gateway.state in ("pending", "available"):
            gateway.state = "deleting"

            def deleted() -> None:
                gateway.state = "deleted"
                self._gone(gateway)

            after(world.delays.nat_gateway, deleted)
        return gateway

    def found_nat_gateway(self, nat_gateway_id: str) -> NatGateway:
        if nat_gateway_id not in self.known_nat_gateways():
            raise errors.refused("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
        return self.nat_gateways[nat_gateway_id]

    def known_nat_gateways(self) -> dict[str, NatGateway]:
        """Those that EC2 still shows."""
        return {name: one for name, one in self.nat_gateways.items() if not one.forgotten}

    def _gone(self, gateway: NatGateway) -> None:
        gateway.deleted_at = world.clock.now()
        self.forget_interface(gateway.eni)


def _interface(backend: Any, subnet: Any, gateway_id: str) -> NetworkInterface:
    """What DescribeNetworkInterfaces shows of a NAT gateway: an interface of AWS's own, in use, in no group."""
    eni: NetworkInterface = backend.open_interface(
        subnet, Wanted.of({}), description=f"Interface for NAT Gateway {gateway_id}"
    )
    eni.interface_type = "nat_gateway"
    eni.requester_managed = True
    eni.source_dest_check = False
    eni._group_set = []
    eni.attachment = Attachment(None, device_index=1)
    return eni
