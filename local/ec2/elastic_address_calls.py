"""The operations on Elastic IP addresses and on the public ranges that they may come from."""

import ipaddress
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from local.ec2 import errors, filters, shapes, tagging
from local.ec2.addresses import parse_address
from local.ec2.calls import Calls
from local.ec2.elastic_addresses import AMAZON, ElasticAddress, PublicPool

FILTERS = {
    "allocation-id": "AllocationId",
    "association-id": "AssociationId",
    "domain": "Domain",
    "instance-id": "InstanceId",
    "network-border-group": "NetworkBorderGroup",
    "network-interface-id": "NetworkInterfaceId",
    "network-interface-owner-id": "NetworkInterfaceOwnerId",
    "private-ip-address": "PrivateIpAddress",
    "public-ip": "PublicIp",
}
# EC2 User Guide, "Bring your own IP addresses": the most specific IPv4 range.
LONGEST_PREFIX = 24


class ElasticAddressCalls(Calls):
    def allocate_address(self) -> ActionResult:
        request = self.request
        tags = tagging.for_creation(request.get("TagSpecifications") or [], ["elastic-ip"])
        self.error_on_dryrun()
        made = self.ec2_backend.allocate_address(
            request.get("Domain"), request.get("Address"), tags.get("elastic-ip"), request.get("PublicIpv4Pool")
        )
        shape = _address(made)
        members = ("AllocationId", "Domain", "NetworkBorderGroup", "PublicIp", "PublicIpv4Pool")
        return ActionResult({name: shape[name] for name in members})

    def describe_addresses(self) -> ActionResult:
        self.error_on_dryrun()
        for allocation_id in self._get_param("AllocationIds", []):
            self.ec2_backend.found_address(allocation_id)
        for public_ip in self._get_param("PublicIps", []):
            self.ec2_backend.found_address(None, public_ip)
        passes = filters.predicate(self._filters_from_querystring(), FILTERS)
        ids, public_ips = self._get_param("AllocationIds", []), self._get_param("PublicIps", [])
        named = [
            _address(one)
            for one in self.ec2_backend.addresses
            if (not ids or one.id in ids) and (not public_ips or one.public_ip in public_ips)
        ]
        return ActionResult({"Addresses": [one for one in named if passes(one)]})

    def associate_address(self) -> ActionResult:
        """By the API reference, reassociation is allowed unless AllowReassociation is false."""
        request = self.request
        instance_id, eni_id = request.get("InstanceId"), request.get("NetworkInterfaceId")
        if bool(instance_id) == bool(eni_id):
            if instance_id:
                raise errors.invalid_combination("You may specify an instance or a network interface, but not both")
            raise errors.missing("networkInterfaceId")
        if not request.get("AllocationId") and not request.get("PublicIp"):
            raise errors.missing("allocationId")
        self._permit(self.ec2_backend.found_address(request.get("AllocationId"), request.get("PublicIp")))
        instance = self._instance(instance_id) if instance_id else None
        eni = self.ec2_backend.get_network_interface(eni_id) if eni_id else None
        private = request.get("PrivateIpAddress")
        self.error_on_dryrun()
        found = self.ec2_backend.associate_address(
            instance,
            eni,
            request.get("PublicIp"),
            request.get("AllocationId"),
            reassociate=bool(request.get("AllowReassociation", True)),
            private=parse_address(private) if private else None,
        )
        return ActionResult({"AssociationId": found.association_id})

    def disassociate_address(self) -> ActionResult:
        request = self.request
        if not request.get("AssociationId") and not request.get("PublicIp"):
            raise errors.missing("associationId")
        association, public_ip = request.get("AssociationId"), request.get("PublicIp")
        if association not in self.ec2_backend.ended_associations:
            self._permit(self.ec2_backend.associated_address(association, public_ip))
        self.error_on_dryrun()
        self.ec2_backend.disassociate_address(public_ip, association)
        return EmptyResult()

    def release_address(self) -> ActionResult:
        request = self.request
        if not request.get("AllocationId") and not request.get("PublicIp"):
            raise errors.missing("allocationId")
        self.error_on_dryrun()
        self.ec2_backend.release_address(request.get("PublicIp"), request.get("AllocationId"))
        return EmptyResult()

    def provision_byoip_cidr(self) -> ActionResult:
        """A public IPv4 range becomes a pool at once; who owns the range is not asked."""
        text = self.required("Cidr")
        try:
            cidr = ipaddress.IPv4Network(text)
        except ValueError:
            raise errors.invalid_value(f"The CIDR '{text}' is invalid") from None
        if cidr.prefixlen > LONGEST_PREFIX:
            raise errors.invalid_value(f"The CIDR '{text}' must be a /{LONGEST_PREFIX} or larger")
        self.error_on_dryrun()
        pool = self.ec2_backend.add_public_pool(cidr, self._get_param("Description") or "")
        return ActionResult(
            {"ByoipCidr": {"Cidr": text, "Description": pool.description, "State": "pending-provision"}}
        )

    def describe_public_ipv4_pools(self) -> ActionResult:
        known: dict[str, PublicPool] = self.ec2_backend.public_pools
        wanted = self._get_param("PoolIds", []) or list(known)
        if unknown := [one for one in wanted if one not in known]:
            raise errors.refused("InvalidPublicIpv4PoolID.NotFound", f"The pool ID '{unknown[0]}' does not exist")
        return ActionResult({"PublicIpv4Pools": [self._pool(known[one]) for one in wanted]})

    def _instance(self, instance_id: str) -> Any:
        """InvalidInstanceID with several interfaces, IncorrectInstanceState before it runs."""
        instance = self.ec2_backend.get_instance(instance_id)
        if len(instance.interfaces) != 1:
            raise errors.refused(
                "InvalidInstanceID",
                f"There are multiple interfaces attached to instance '{instance_id}'. "
                "Please specify an interface ID for the operation instead.",
            )
        if instance.state not in ("running", "stopping", "stopped"):
            raise errors.refused(
                "InvalidInstanceID",
                f"The {instance.state} instance '{instance_id}' is not in a valid state for this operation.",
            )
        return instance

    def _permit(self, found: ElasticAddress) -> None:
        """What stands on an interface of AWS's own, a NAT gateway's, is moved by that service only."""
        if found.eni is not None and found.eni.requester_managed:
            raise errors.refused("AuthFailure", "You do not have permission to access the specified resource.")

    def _pool(self, pool: PublicPool) -> dict[str, Any]:
        used = sum(one.pool == pool.id for one in self.ec2_backend.addresses)
        size = pool.cidr.num_addresses
        counts = {"AddressCount": size, "AvailableAddressCount": size - used}
        return {
            "PoolId": pool.id,
            "Description": pool.description,
            "NetworkBorderGroup": self.ec2_backend.region_name,
            "PoolAddressRanges": [{"FirstAddress": str(pool.cidr[0]), "LastAddress": str(pool.cidr[-1]), **counts}],
            "TotalAddressCount": size,
            "TotalAvailableAddressCount": size - used,
        }


def _address(one: ElasticAddress) -> dict[str, Any]:
    """The shape Address of DescribeAddresses."""
    shape: dict[str, Any] = {
        "AllocationId": one.id,
        "Domain": one.domain,
        "NetworkBorderGroup": one.ec2_backend.region_name,
        "PublicIp": one.public_ip,
        "PublicIpv4Pool": one.pool or AMAZON,
        "TagSet": shapes.tags(one),
        "Tags": shapes.tags(one),
    }
    if one.eni is not None:
        shape |= {
            "AssociationId": one.association_id,
            "NetworkInterfaceId": one.eni.id,
            "NetworkInterfaceOwnerId": one.eni.owner_id,
            "PrivateIpAddress": one.private_ip_address,
        }
        if one.instance is not None:
            shape["InstanceId"] = one.instance.id
    return shape
