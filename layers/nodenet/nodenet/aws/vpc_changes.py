"""EC2, as the step of a migration sees it that gives the VPC room for pods."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated
from nodenet.errors import AlreadyThere, HeldError
from nodenet.migration.vpc.seen import Block, RouteTable, Subnet, Vpc

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_GONE: Final = ("disassociated", "disassociating")
_IN_USE: Final = "DependencyViolation"
_NO_SUBNET: Final = "InvalidSubnetID.NotFound"
_NO_BLOCK: Final = "InvalidVpcCidrBlockAssociationID.NotFound"
_NO_RESERVATION: Final = "InvalidSubnetCidrReservationID.NotFound"


class VpcChanges:
    """One method, one API call, but for `vpc`, which makes three, and the pages of a Describe. Raises the exceptions of
    nodenet.errors."""

    def __init__(self, client: "EC2Client") -> None:
        self._client = client

    def vpc(self, vpc_id: str) -> Vpc:
        """Its blocks, subnets and route tables; HeldError where there is none."""
        with ThreadPoolExecutor(3) as pool:
            blocks = pool.submit(self._blocks, vpc_id)
            subnets = pool.submit(self._subnets, vpc_id)
            tables = pool.submit(self._tables, vpc_id)
            return Vpc(vpc_id, blocks.result(), subnets.result(), tables.result())

    def associate(self, vpc_id: str, cidr: str) -> None:
        with translated():
            self._client.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=cidr)

    def disassociate(self, association: str) -> bool:
        """False where something is in the block; True too where the association is gone."""
        return _unless_in_use(lambda: self._client.disassociate_vpc_cidr_block(AssociationId=association), _NO_BLOCK)

    def make_subnet(self, vpc_id: str, zone: str, cidr: str, tags: Mapping[str, str]) -> Subnet:
        with translated():
            made = self._client.create_subnet(
                VpcId=vpc_id, AvailabilityZone=zone, CidrBlock=cidr, TagSpecifications=[_tagged("subnet", tags)]
            )
        return _subnet(made["Subnet"])

    def delete_subnet(self, subnet: str) -> bool:
        """False where something is in it; True too where it is gone."""
        return _unless_in_use(lambda: self._client.delete_subnet(SubnetId=subnet), _NO_SUBNET)

    def route(self, subnet: str, table: str) -> None:
        """Associates the table with the subnet."""
        with translated():
            self._client.associate_route_table(SubnetId=subnet, RouteTableId=table)

    def reservations(self, subnet: str) -> Mapping[str, str]:
        """The subnet's IPv4 CIDR reservations: ids by block. A page holds more than a subnet of a run has."""
        with translated():
            answer = self._client.get_subnet_cidr_reservations(SubnetId=subnet)
        return {each["Cidr"]: each["SubnetCidrReservationId"] for each in answer.get("SubnetIpv4CidrReservations", ())}

    def reserve(self, subnet: str, cidr: str, tags: Mapping[str, str]) -> None:
        """For prefixes. Nothing where it is reserved already."""
        try:
            with translated():
                self._client.create_subnet_cidr_reservation(
                    SubnetId=subnet,
                    Cidr=cidr,
                    ReservationType="prefix",
                    TagSpecifications=[_tagged("subnet-cidr-reservation", tags)],
                )
        except AlreadyThere:
            pass

    def free(self, reservation: str) -> None:
        """Nothing where it is gone."""
        with translated():
            try:
                self._client.delete_subnet_cidr_reservation(SubnetCidrReservationId=reservation)
            except ClientError as error:
                if code_of(error) != _NO_RESERVATION:
                    raise

    def holders(self, subnet: str) -> Sequence[str]:
        """What has an address there, a few words each."""
        with translated():
            pages = self._client.get_paginator("describe_network_interfaces").paginate(
                Filters=[{"Name": "subnet-id", "Values": [subnet]}]
            )
            return [_holder(item) for page in pages for item in page["NetworkInterfaces"]]

    def _blocks(self, vpc_id: str) -> Mapping[str, Block]:
        with translated():
            try:
                [vpc] = self._client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
            except ClientError as error:
                if code_of(error) == "InvalidVpcID.NotFound":
                    raise HeldError(f"there is no VPC {vpc_id}") from error
                raise
        found: dict[str, Block] = {}
        for item in vpc.get("CidrBlockAssociationSet", ()):
            state = item["CidrBlockState"]
            if state["State"] not in _GONE:
                found[item["CidrBlock"]] = Block(item["AssociationId"], state["State"], state.get("StatusMessage", ""))
        return found

    def _subnets(self, vpc_id: str) -> Mapping[str, Subnet]:
        with translated():
            pages = self._client.get_paginator("describe_subnets").paginate(Filters=_in_vpc(vpc_id))
            return {item["SubnetId"]: _subnet(item) for page in pages for item in page["Subnets"]}

    def _tables(self, vpc_id: str) -> tuple[RouteTable, ...]:
        with translated():
            pages = self._client.get_paginator("describe_route_tables").paginate(Filters=_in_vpc(vpc_id))
            return tuple(_table(item) for page in pages for item in page["RouteTables"])


def _unless_in_use(call: Any, gone: str) -> bool:
    with translated():
        try:
            call()
        except ClientError as error:
            if code_of(error) == _IN_USE:
                return False
            if code_of(error) != gone:
                raise
    return True


def _in_vpc(vpc_id: str) -> Any:
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


def _tagged(kind: str, tags: Mapping[str, str]) -> Any:
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _subnet(item: Any) -> Subnet:
    tags = {each["Key"]: each.get("Value", "") for each in item.get("Tags", ())}
    return Subnet(item["SubnetId"], item["AvailabilityZone"], item.get("CidrBlock", ""), tags)


def _table(item: Any) -> RouteTable:
    associations = item.get("Associations", ())
    return RouteTable(
        item["RouteTableId"],
        any(each.get("Main") for each in associations),
        {each["SubnetId"]: each["RouteTableAssociationId"] for each in associations if each.get("SubnetId")},
    )


def _holder(item: Any) -> str:
    instance = item.get("Attachment", {}).get("InstanceId")
    where = f" of {instance}" if instance else f" ({item.get('Description') or item['Status']})"
    return f"{item['NetworkInterfaceId']}{where}"
