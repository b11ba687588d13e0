"""What the VPC CNI asks of EC2 for one node. Each call is done whole, with the region's models locked.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/awsutils/awsutils.go; errors are EC2's (EC2ClientError), as its API has them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from local.ec2.addresses import Address, Network
from local.ec2.assignment import Share, Wanted
from local.ec2.attachments import limits_of
from local.ec2.interface_changes import assign, unassign
from local.nodes.subnet_discovery import excluded, usable
from local.world import world

UNMANAGED = "node.k8s.amazonaws.com/no_manage"
INSTANCE = "node.k8s.amazonaws.com/instance_id"
DESCRIPTION = "aws-K8S-"
FULL = ("InsufficientCidrBlocks", "InsufficientFreeAddressesInSubnet")
"""The codes after which the CNI leaves EC2 alone for two minutes (containsInsufficientCIDRsOrSubnetIPs)."""


@dataclass(frozen=True)
class Attached:
    """An interface of the node's first network card; `networks` are its secondary addresses (/32) and prefixes."""

    id: str
    primary: bool
    managed: bool
    ready: bool
    excluded: bool
    networks: Sequence[IPv4Network]


@dataclass
class NodeInterfaces:
    """The interfaces of one instance, EC2's model of it, as the VPC CNI of a cluster sees and changes them."""

    instance: Any
    cluster: str
    subnet_discovery: bool
    manage_untagged: bool

    @property
    def backend(self) -> Any:
        return self.instance.ec2_backend

    @property
    def instance_id(self) -> str:
        return str(self.instance.id)

    @property
    def limit(self) -> int:
        return limits_of(self.instance.instance_type).cards[0]

    @property
    def per_eni(self) -> int:
        """Addresses or prefixes beside the primary one."""
        return limits_of(self.instance.instance_type).ipv4_per_interface - 1

    @property
    def nitro(self) -> bool:
        return limits_of(self.instance.instance_type).nitro

    def attached(self) -> list[Attached]:
        """Those of card 0, oldest first: the CNI leaves the other cards alone (ENABLE_MULTI_NIC is off)."""
        with world.lock:
            enis = [eni for eni in self.instance.interfaces.values() if eni.attachment.network_card_index == 0]
            return [self._seen(eni) for eni in enis]

    def claim(self, eni_id: str) -> None:
        """Puts the CNI's tags on an interface that it manages (TagENI)."""
        with world.lock:
            eni = self.backend.enis[eni_id]
            eni.add_tags(self._tags())

    def create(self, count: int, prefixes: bool, subnet: str | None, groups: Sequence[str]) -> str:
        """A new interface with `count` addresses or prefixes, attached and deleted with the instance (AllocENI).

        In `subnet` where one is given; without `groups` with the primary's. Else in the subnets of discovery, the one
        with most free addresses first. The id; it is not `ready` before EC2 has attached it.
        """
        with world.lock:
            primary = self.instance.primary
            if primary is None:
                raise EC2ClientError("IncorrectState", f"Instance '{self.instance_id}' is not 'running' or 'stopped'.")
            groups = list(groups) or [group.id for group in primary.group_set]
            places = [self.backend.get_subnet(subnet)] if subnet else self._discovered(primary.subnet)
            asked = {"Ipv4PrefixCount" if prefixes else "SecondaryPrivateIpAddressCount": count}
            eni = self._opened(places, asked, groups)
            eni.add_tags({"node.k8s.amazonaws.com/createdAt": _rfc3339(world.clock.now()), **self._tags()})
            taken = {each.device_index for each in self.instance.attachments if each.network_card_index == 0}
            index = next(number for number in range(len(taken) + 1) if number not in taken)
            try:
                attachment = self.backend.attach_network_interface(eni.id, self.instance_id, index)
            except EC2ClientError:
                self.backend.forget_interface(eni)
                raise
            attachment.delete_on_termination = True
            return str(eni.id)

    def assign(self, eni_id: str, count: int, prefixes: bool) -> list[IPv4Network]:
        """What EC2 gives the interface: all that is asked, else just one (tryAssignIPs)."""
        with world.lock:
            eni = self.backend.get_network_interface(eni_id)
            try:
                granted = assign(eni, 4, _share(count, prefixes))
            except EC2ClientError as refused:
                if refused.code == "PrivateIpAddressLimitExceeded":
                    return _networks(eni)
                granted = assign(eni, 4, _share(1, prefixes))
            return [_as_network(block) for block in (*granted.addresses, *granted.prefixes)]

    def unassign(self, eni_id: str, networks: Sequence[IPv4Network]) -> None:
        """What EC2 does not know on the interface any more is gone already."""
        blocks = [each if each.prefixlen < 32 else each.network_address for each in networks]
        with world.lock, suppress(EC2ClientError):
            unassign(self.backend.get_network_interface(eni_id), blocks)

    def free(self, eni_id: str) -> bool:
        """Detaches and deletes an interface; False where it is still attached: call again (FreeENI)."""
        with world.lock, suppress(EC2ClientError):
            eni = self.backend.get_network_interface(eni_id)
            if eni.attachment is not None:
                self.backend.detach_network_interface(eni.attachment.attachment_id)
            if eni.attachment is not None:
                return False
            self.backend.delete_network_interface(eni_id)
        return True

    def _seen(self, eni: Any) -> Attached:
        tags = {tag["key"]: tag["value"] for tag in eni.get_tags()}
        primary = eni.attachment.device_index == 0
        return Attached(
            id=eni.id,
            primary=primary,
            managed=primary or self._manages(tags),
            ready=eni.attachment.status == "attached",
            excluded=self.subnet_discovery and excluded(eni.subnet, self.cluster),
            networks=_networks(eni),
        )

    def _manages(self, tags: dict[str, str]) -> bool:
        """setUnmanagedENIs."""
        if UNMANAGED in tags:
            return tags[UNMANAGED] != "true"
        return tags.get(INSTANCE) == self.instance_id or self.manage_untagged

    def _discovered(self, own: Any) -> list[Any]:
        if not self.subnet_discovery:
            return [] if excluded(own, self.cluster) else [own]
        subnets = [
            each
            for each in self.backend.describe_subnets()
            if (each.vpc_id, each.availability_zone) == (own.vpc_id, own.availability_zone)
            and usable(each, each.id == own.id, self.cluster)
        ]
        return sorted(subnets, key=lambda each: each.available_ip_address_count, reverse=True)

    def _opened(self, subnets: Sequence[Any], asked: dict[str, int], groups: Sequence[str]) -> Any:
        refusal: EC2ClientError | None = None
        for subnet in subnets:
            try:
                return self.backend.open_interface(subnet, Wanted.of(asked), groups, DESCRIPTION + self.instance_id)
            except EC2ClientError as refused:
                refusal = refused
        raise refusal or EC2ClientError("InvalidSubnetID.NotFound", "no subnet is valid for a new interface")

    def _tags(self) -> dict[str, str]:
        """buildENITags."""
        if not self.cluster:
            return {INSTANCE: self.instance_id}
        owner = {"cluster.k8s.amazonaws.com/name": self.cluster, "eks:eni:owner": "amazon-vpc-cni"}
        return {INSTANCE: self.instance_id, **owner}


def _share(count: int, prefixes: bool) -> Share:
    return Share(prefix_count=count) if prefixes else Share(count=count)


def _networks(eni: Any) -> list[IPv4Network]:
    return [_as_network(block) for block in (*eni.ipv4[1:], *eni.ipv4_prefixes)]


def _as_network(block: Address | Network) -> IPv4Network:
    if isinstance(block, IPv4Address):
        return IPv4Network(block)
    assert isinstance(block, IPv4Network)
    return block


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
