"""What extending a VPC needs of EC2. Each method is one call, but for the pages of a Describe."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from nodenet.migration.vpc.seen import Subnet, Vpc


class Ec2(Protocol):
    def vpc(self, vpc_id: str) -> Vpc:
        """Its blocks, subnets and route tables; HeldError where there is none."""

    def associate(self, vpc_id: str, cidr: str) -> None: ...

    def disassociate(self, association: str) -> bool:
        """False where something is in the block, or the association is gone."""

    def make_subnet(self, vpc_id: str, zone: str, cidr: str, tags: Mapping[str, str]) -> Subnet: ...

    def delete_subnet(self, subnet: str) -> bool:
        """False where something is in it; True too where it is gone."""

    def route(self, subnet: str, table: str) -> None:
        """Associates the table with the subnet."""

    def reservations(self, subnet: str) -> Mapping[str, str]:
        """The subnet's CIDR reservations: ids by block."""

    def reserve(self, subnet: str, cidr: str, tags: Mapping[str, str]) -> None:
        """For prefixes. Nothing where it is reserved already."""

    def free(self, reservation: str) -> None: ...

    def holders(self, subnet: str) -> Sequence[str]:
        """What has an address there, a few words each."""
