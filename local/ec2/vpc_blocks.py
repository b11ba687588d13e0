"""A VPC's IPv4 CIDR blocks as they come and go.

Sources: API reference, AssociateVpcCidrBlock, DisassociateVpcCidrBlock, VpcCidrBlockState; VPC User Guide, "VPC CIDR
blocks" and "Amazon VPC quotas" (IPv4 CIDR blocks per VPC).
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from moto.ec2.exceptions import CidrLimitExceeded
from moto.ec2.models import vpcs as moto
from moto.ec2.utils import random_vpc_cidr_association_id

from local.ec2 import block_rules, errors
from local.ec2.interfaces import after
from local.world import world

# What is on its way out, or never came, counts neither against the quota nor as taken.
_GONE = ("disassociated", "failing", "failed")
_FAILING = 5.0


class Vpc(moto.VPC):
    """moto's VPC, made by its backend, whose IPv4 blocks take their time."""

    def blocks(self) -> list[IPv4Network]:
        """The IPv4 blocks that it has, or is about to have."""
        return [IPv4Network(one["cidr_block"]) for one in self._present()]

    def associated(self) -> list[IPv4Network]:
        """Those in which there can be subnets."""
        return [IPv4Network(one["cidr_block"]) for one in self._present() if _state(one) == "associated"]

    def associate(self, wanted: IPv4Network) -> dict[str, Any]:
        """Begins an association; it is there, or has failed where that was ordered, after the world's delay."""
        association: dict[str, Any] = {
            "association_id": random_vpc_cidr_association_id(),
            "cidr_block": str(wanted),
            "cidr_block_state": {"state": "associating"},
        }
        for old, one in list(self._cidr_block_association_set.items()):
            if _state(one) == "disassociated" and one["cidr_block"] == str(wanted):
                del self._cidr_block_association_set[old]
        self._cidr_block_association_set[association["association_id"]] = association
        answer = _copy(association)
        why = world.orders.failing_blocks.pop(str(wanted), None)
        if why is None:
            after(world.delays.vpc_block, lambda: _move(association, "associating", "associated"))
        else:
            after(world.delays.vpc_block, lambda: self._fail(association, why))
        return answer

    def disassociate(self, association_id: str) -> dict[str, Any]:
        """Begins to take a block away; what stands of it afterwards is its association as `disassociated`."""
        association = self._cidr_block_association_set[association_id]
        before = _state(association)
        _move(association, before, "disassociating")
        answer = _copy(association)
        after(world.delays.vpc_block, lambda: _move(association, "disassociating", "disassociated"))
        return answer

    def _fail(self, association: dict[str, Any], why: str) -> None:
        _move(association, "associating", "failing", why)
        after(_FAILING if world.delays.vpc_block else 0, lambda: _move(association, "failing", "failed", why))

    def _present(self) -> list[dict[str, Any]]:
        return [one for one in self.get_cidr_block_association_set() if _state(one) not in _GONE]


class VpcBackend(moto.VPCBackend):
    """Replaces the part of moto's EC2 backend that keeps VPCs; signatures are moto's."""

    def create_vpc(self, cidr_block: str, *args: Any, **kwargs: Any) -> Vpc:
        """The block is kept in its canonical form (API reference, CreateVpc)."""
        vpc: Vpc = super().create_vpc(str(block_rules.parsed(cidr_block)), *args, **kwargs)
        vpc.__class__ = Vpc
        return vpc

    def associate_vpc_cidr_block(
        self, vpc_id: str, cidr_block: str, amazon_provided_ipv6_cidr_block: bool = False
    ) -> dict[str, Any]:
        """Errors: InvalidVpcID.NotFound, those of `block_rules`, CidrLimitExceeded."""
        if amazon_provided_ipv6_cidr_block:
            given: dict[str, Any] = super().associate_vpc_cidr_block(
                vpc_id, cidr_block, amazon_provided_ipv6_cidr_block
            )
            return given
        vpc: Vpc = self.get_vpc(vpc_id)
        wanted, blocks = block_rules.parsed(cidr_block), vpc.blocks()
        block_rules.check(
            wanted, IPv4Network(vpc.cidr_block), blocks, self._destinations(vpc_id), self._peers_of(vpc_id)
        )
        if len(blocks) >= world.quotas.vpc_blocks:
            raise CidrLimitExceeded(vpc_id, world.quotas.vpc_blocks)
        return vpc.associate(wanted)

    def disassociate_vpc_cidr_block(self, association_id: str) -> dict[str, Any]:
        """Errors: InvalidVpcCidrBlockAssociationID.NotFound, OperationNotPermitted for the VPC's first block,
        DependencyViolation while a subnet is in it."""
        vpc = next((one for one in self.vpcs.values() if association_id in one._cidr_block_association_set), None)
        if vpc is None:
            raise errors.refused(
                "InvalidVpcCidrBlockAssociationID.NotFound",
                f"The vpc CIDR block association ID '{association_id}' does not exist",
            )
        association = vpc._cidr_block_association_set[association_id]
        if ":" in association["cidr_block"]:
            gone: dict[str, Any] = super().disassociate_vpc_cidr_block(association_id)
            return gone
        if _state(association) == "disassociated":
            raise errors.refused(
                "InvalidVpcCidrBlockAssociationID.NotFound",
                f"The vpc CIDR block association ID '{association_id}' does not exist",
            )
        if association["cidr_block"] == vpc.cidr_block:
            raise errors.refused(
                "OperationNotPermitted",
                f"The vpc CIDR block with association ID {association_id} may not be disassociated. "
                "It is the primary IPv4 CIDR block of the VPC",
            )
        block = IPv4Network(association["cidr_block"])
        inside = [one.id for one in self.describe_subnets() if one.vpc_id == vpc.id and _within(one.cidr_block, block)]
        if inside:
            raise errors.refused(
                "DependencyViolation",
                f"The vpc CIDR block with association ID {association_id} has dependencies and cannot be "
                f"disassociated: {', '.join(inside)}",
            )
        return {**vpc.disassociate(association_id), "vpc_id": vpc.id}

    def _destinations(self, vpc_id: str) -> Iterator[IPv4Network]:
        for table in self.route_tables.values():
            for route in table.routes if table.vpc_id == vpc_id else ():
                if route.destination_cidr_block and not route.local:
                    yield IPv4Network(route.destination_cidr_block)

    def _peers_of(self, vpc_id: str) -> Iterator[IPv4Network]:
        """A requester must mind the other's blocks from the start, an accepter once the peering is active."""
        for peering in self.vpc_pcxs.values():
            state = peering._status.code
            if peering.vpc.id == vpc_id and state in ("pending-acceptance", "active"):
                yield from _blocks_of(peering.peer_vpc)
            if peering.peer_vpc.id == vpc_id and state == "active":
                yield from _blocks_of(peering.vpc)


def _blocks_of(vpc: Any) -> list[IPv4Network]:
    known = vpc.get_cidr_block_association_set()
    return [IPv4Network(one["cidr_block"]) for one in known if _state(one) not in _GONE]


def _within(cidr: str | None, block: IPv4Network) -> bool:
    return bool(cidr) and ip_network(cidr or "", strict=False).overlaps(block)


def _state(association: dict[str, Any]) -> str:
    return str(association["cidr_block_state"]["state"])


def _move(association: dict[str, Any], before: str, now: str, why: str | None = None) -> None:
    if _state(association) == before:
        association["cidr_block_state"] = {"state": now} | ({"status_message": why} if why else {})


def _copy(association: dict[str, Any]) -> dict[str, Any]:
    return {**association, "cidr_block_state": dict(association["cidr_block_state"])}
