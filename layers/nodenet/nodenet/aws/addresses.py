"""EC2, as floating addresses see it: who has which, assigning, taking off, Elastic IPs.

Codes: "Error codes for the Amazon EC2 API", EC2 API Reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.ec2 import Ec2
from nodenet.aws.errors import code_of, message_of, translated
from nodenet.claims.ports import ElasticIp
from nodenet.claims.refusals import AddressRefused, PublicAddressRefused, SlotsFull
from nodenet.errors import AddressTaken, NodenetError
from nodenet.networks import CLUSTER_TAG, Interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import AllocateAddressRequestTypeDef

AMAZON_POOL: Final = "amazon"

_MEANING: Final[Mapping[str, type[NodenetError]]] = {
    "PrivateIpAddressLimitExceeded": SlotsFull,
    "InvalidIPAddress.InUse": AddressTaken,
    "InvalidParameterValue": AddressRefused,
    "Resource.AlreadyAssociated": PublicAddressRefused,
    "InvalidAllocationID.NotFound": PublicAddressRefused,
    "AddressLimitExceeded": PublicAddressRefused,
    "InsufficientAddressCapacity": PublicAddressRefused,
    "InvalidPublicIpv4PoolID.NotFound": PublicAddressRefused,
    "Gateway.NotAttached": PublicAddressRefused,
}

_GONE: Final = ("InvalidAssociationID.NotFound", "InvalidAllocationID.NotFound")


class Addresses(Ec2):
    """One method, one API call, but for the pages of a Describe. Raises the exceptions of nodenet.errors and
    nodenet.claims.refusals."""

    def __init__(self, client: "EC2Client", cluster: str) -> None:
        super().__init__(client, cluster)
        self._client = client
        self._cluster = cluster

    def interfaces_in(self, subnet_ids: Sequence[str]) -> list[Interface]:
        """Every ENI of the subnets, strangers' too."""
        return self._interfaces([{"Name": "subnet-id", "Values": list(subnet_ids)}])

    def assign_ipv4(self, interface_id: str, addresses: Sequence[str], *, reassign: bool) -> None:
        with _refusals():
            self._client.assign_private_ip_addresses(
                NetworkInterfaceId=interface_id, PrivateIpAddresses=list(addresses), AllowReassignment=reassign
            )

    def assign_ipv6(self, interface_id: str, addresses: Sequence[str]) -> None:
        with _refusals():
            self._client.assign_ipv6_addresses(NetworkInterfaceId=interface_id, Ipv6Addresses=list(addresses))

    def unassign(self, interface_id: str, addresses: Sequence[str]) -> None:
        with _refusals():
            if ":" in addresses[0]:
                self._client.unassign_ipv6_addresses(NetworkInterfaceId=interface_id, Ipv6Addresses=list(addresses))
            else:
                self._client.unassign_private_ip_addresses(
                    NetworkInterfaceId=interface_id, PrivateIpAddresses=list(addresses)
                )

    def elastic_ips(self) -> list[ElasticIp]:
        # DescribeAddresses has no pages.
        with translated():
            answer = self._client.describe_addresses(
                Filters=[{"Name": f"tag:{CLUSTER_TAG}", "Values": [self._cluster]}]
            )
        return [_elastic_ip(item) for item in answer["Addresses"]]

    def allocate(self, pool: str, tags: Mapping[str, str]) -> ElasticIp:
        """One from the pool of this id, or from Amazon's own."""
        request: AllocateAddressRequestTypeDef = {
            "Domain": "vpc",
            "TagSpecifications": [
                {
                    "ResourceType": "elastic-ip",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        }
        if pool != AMAZON_POOL:
            request["PublicIpv4Pool"] = pool
        with _refusals():
            answer = self._client.allocate_address(**request)
        return ElasticIp(answer["AllocationId"], answer["PublicIp"], tags=tags)

    def associate(self, allocation: str, interface_id: str, address: str) -> None:
        with _refusals():
            self._client.associate_address(
                AllocationId=allocation,
                NetworkInterfaceId=interface_id,
                PrivateIpAddress=address,
                AllowReassociation=False,
            )

    def disassociate(self, association: str) -> None:
        """Nothing if it is so already."""
        with translated(), _gone_is_done():
            self._client.disassociate_address(AssociationId=association)

    def release(self, allocation: str) -> None:
        """Nothing if it is so already."""
        with translated(), _gone_is_done():
            self._client.release_address(AllocationId=allocation)


@contextmanager
def _refusals() -> Iterator[None]:
    """What EC2 says of this address, and not of every call, in the words of nodenet.claims.refusals."""
    with translated():
        try:
            yield
        except ClientError as error:
            kind = _MEANING.get(code_of(error))
            # Of an address that is another's EC2 has no code here: what it says is the only difference.
            if kind is AddressRefused and "move is not allowed" in message_of(error):
                kind = AddressTaken
            if kind is None:
                raise
            raise kind(f"{error.operation_name}: {code_of(error)}: {message_of(error)}") from error


@contextmanager
def _gone_is_done() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise


def _elastic_ip(item: Any) -> ElasticIp:
    return ElasticIp(
        allocation=item["AllocationId"],
        public=item.get("PublicIp", ""),
        association=item.get("AssociationId") or "",
        interface=item.get("NetworkInterfaceId") or "",
        private=item.get("PrivateIpAddress") or "",
        tags={tag["Key"]: tag["Value"] for tag in item.get("Tags", ())},
    )
