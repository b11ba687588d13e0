"""A VPC as the step that extends it sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

RUN_TAG: Final = "nodenet:run"
"""On all that a run makes: by it a run that was cut off finds its own again, and nobody else's."""


@dataclass(frozen=True, slots=True)
class Block:
    """An IPv4 block of the VPC (VpcCidrBlockAssociation): `state` associating, associated, failing, failed …"""

    id: str
    state: str = "associated"
    message: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    id: str
    zone: str
    cidr: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteTable:
    """`subnets`: those that are associated explicitly, with the association's id."""

    id: str
    main: bool = False
    subnets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vpc:
    """`blocks` by CIDR, those that are gone left out; `subnets` by id."""

    id: str
    blocks: Mapping[str, Block]
    subnets: Mapping[str, Subnet]
    tables: tuple[RouteTable, ...]

    def table_of(self, subnet: str) -> RouteTable | None:
        """The table that routes a subnet: its own, or the VPC's main one ("Subnet route tables", VPC User Guide)."""
        own = next((table for table in self.tables if subnet in table.subnets), None)
        return own or next((table for table in self.tables if table.main), None)
