"""EC2 and EKS, as a reading of a running cluster sees them. Nothing here changes anything."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.eks import Eks
from nodenet.aws.errors import code_of, translated
from nodenet.aws.subnet_shapes import tags
from nodenet.capacity.fleet import Reservation
from nodenet.capacity.running.seen import Addon, Instance, Interface, Subnet
from nodenet.networks import GROUP_NAME_TAG
from nodenet.ranges import AddressRange

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import GetSubnetCidrReservationsRequestTypeDef

_PAGE: Final = 1000
"""The most that these calls give at once (API reference); without a number EC2 tries to give all."""

_ALIVE: Final = ["pending", "running", "stopping", "stopped"]


class FleetReading:
    """The planner's CloudPort: one method, one kind of call, pages and all. Raises the exceptions of nodenet.errors."""

    def __init__(self, ec2: "EC2Client", eks: Eks) -> None:
        self._ec2 = ec2
        self._eks = eks
        self._calls: Counter[str] = Counter()
        self._counting = Lock()

    @property
    def calls(self) -> Mapping[str, int]:
        return dict(self._calls)

    def count(self, operation: str) -> None:
        """Enters one more call of `service:Operation`."""
        with self._counting:
            self._calls[operation] += 1

    def addon(self, cluster: str) -> Addon | None:
        self.count("eks:DescribeAddon")
        return self._eks.addon(cluster)

    def vpc_blocks(self, vpc_id: str) -> Sequence[str]:
        """The IPv4 blocks that are associated."""
        items = self._all("describe_vpcs", "Vpcs", Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
        return [
            each["CidrBlock"]
            for item in items
            for each in item.get("CidrBlockAssociationSet", ())
            if each["CidrBlockState"]["State"] == "associated"
        ]

    def subnets(self, vpc_id: str) -> Sequence[Subnet]:
        """Those with an IPv4 block."""
        return [
            Subnet(
                id=item["SubnetId"],
                zone=item["AvailabilityZone"],
                cidr=item["CidrBlock"],
                tags=tags(item),
                owner=item.get("OwnerId", ""),
                free=item.get("AvailableIpAddressCount"),
            )
            for item in self._all("describe_subnets", "Subnets", Filters=_in(vpc_id))
            if item.get("CidrBlock")
        ]

    def interfaces(self, vpc_id: str) -> Sequence[Interface]:
        """Every ENI in the VPC, whoever's."""
        return [
            _interface(item)
            for item in self._all("describe_network_interfaces", "NetworkInterfaces", Filters=_in(vpc_id))
        ]

    def instances(self, vpc_id: str) -> Sequence[Instance]:
        """Those that are not gone."""
        filters = [*_in(vpc_id), {"Name": "instance-state-name", "Values": _ALIVE}]
        return [
            Instance(item["InstanceId"], item["InstanceType"], item["SubnetId"], tags(item).get(GROUP_NAME_TAG, ""))
            for reservation in self._all("describe_instances", "Reservations", Filters=filters)
            for item in reservation.get("Instances", ())
        ]

    def reservations(self, subnet_id: str) -> Sequence[Reservation]:
        """The subnet's IPv4 ones, none of a subnet that is gone: EKS goes on to name those that a cluster was made
        with. boto3 has no paginator for them."""
        request: GetSubnetCidrReservationsRequestTypeDef = {"SubnetId": subnet_id}
        found: list[Reservation] = []
        while True:
            self.count("ec2:GetSubnetCidrReservations")
            with translated():
                try:
                    answer = self._ec2.get_subnet_cidr_reservations(**request)
                except ClientError as error:
                    if code_of(error) == "InvalidSubnetID.NotFound":
                        return []
                    raise
            found += map(_reservation, answer.get("SubnetIpv4CidrReservations", ()))
            if not (token := answer.get("NextToken")):
                return found
            request["NextToken"] = token

    def _all(self, operation: str, key: str, **asked: Any) -> Iterator[Any]:
        paginator: Any = self._ec2.get_paginator(operation)  # type: ignore[call-overload]
        pages = iter(paginator.paginate(**asked, PaginationConfig={"PageSize": _PAGE}))
        name = f"ec2:{self._ec2.meta.method_to_api_mapping[operation]}"
        while True:
            with translated():
                page = next(pages, None)
            if page is None:
                return
            self.count(name)
            yield from page[key]


def _in(vpc_id: str) -> list[Any]:
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


def _interface(item: Any) -> Interface:
    attachment = item.get("Attachment") or {}
    place = (attachment.get("NetworkCardIndex", 0), attachment.get("DeviceIndex"))
    return Interface(
        id=item["NetworkInterfaceId"],
        subnet_id=item["SubnetId"],
        addresses=tuple(_single(each["PrivateIpAddress"]) for each in item.get("PrivateIpAddresses", ())),
        prefixes=tuple(AddressRange.parse(each["Ipv4Prefix"]) for each in item.get("Ipv4Prefixes", ())),
        instance_id=attachment.get("InstanceId", ""),
        card=place[0],
        primary=place == (0, 0),
        tags=tags(item, "TagSet"),
    )


def _single(text: str) -> AddressRange:
    """A third of the time that AddressRange.parse takes, of which a large VPC has hundreds of thousands."""
    address = ip_address(text)
    return AddressRange(address, address)


def _reservation(item: Any) -> Reservation:
    block = ip_network(item["Cidr"])
    assert block.version == 4
    return Reservation(block, item["ReservationType"])
