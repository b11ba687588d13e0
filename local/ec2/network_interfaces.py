"""The elastic network interface (ENI): its addresses, its groups, its attachment."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.ec2.models import elastic_network_interfaces as moto
from moto.ec2.utils import random_eni_attach_id, random_eni_id

from local.ec2.addresses import Address, Network
from local.world import world

REQUESTER = "AIDAIT2UOQQY3AUEMOTO"
_serials = itertools.count()


def now() -> datetime:
    return datetime.fromtimestamp(world.clock.now(), UTC).replace(microsecond=0)


@dataclass
class Attachment:
    """An interface on an instance, which is None where it is AWS's own.

    `status` is attaching, attached or detaching (API reference, EC2 data types).
    """

    instance: Any
    device_index: int
    network_card_index: int = 0
    delete_on_termination: bool = False
    status: str = "attached"
    ena_queue_count: int | None = None
    attachment_id: str = field(default_factory=random_eni_attach_id)
    attach_time: datetime = field(default_factory=now)


class NetworkInterface(moto.NetworkInterface):
    """An ENI as its Describe call knows it. moto's constructor, which checks nothing, is not run.

    `elastic` are the Elastic IP addresses of its private ones, `public_ip` one that EC2 chose at the launch.
    The properties below are the names by which moto's other models (Elastic IPs, NAT gateways, instances) read it.
    """

    attachment: Attachment | None = None

    def __init__(self, ec2_backend: Any, subnet: Any, groups: list[Any], description: str = "") -> None:
        self.ec2_backend = ec2_backend
        self.id = random_eni_id()
        self.serial = next(_serials)
        self.subnet = subnet
        self.description = description
        self.source_dest_check = True
        self.interface_type = "interface"
        self.mac_address = ":".join(["02", *re.findall("..", self.id[-10:])])
        self.requester_managed = False
        self.requester_id = REQUESTER
        self.public_ip: str | None = None
        self.elastic: dict[Address, Any] = {}
        self.public_ip_auto_assign = False
        self.ipv4: list[Address] = []
        self.ipv6: list[Address] = []
        self.ipv4_prefixes: list[Network] = []
        self.ipv6_prefixes: list[Network] = []
        self.visible_from = 0.0
        self.deleting = False
        self._group_set = groups

    @property
    def hidden(self) -> bool:
        """Whether other calls do not know the interface yet, as EC2 is eventually consistent, or no more."""
        return self.deleting or world.clock.now() < self.visible_from

    @property
    def status(self) -> str:
        if self.attachment is None:
            return "available"
        return {"attached": "in-use"}.get(self.attachment.status, self.attachment.status)

    def attach(self, attachment: Attachment) -> None:
        self.attachment = attachment
        attachment.instance.interfaces[self.id] = self

    def detach(self) -> None:
        if self.instance is not None:
            self.instance.interfaces.pop(self.id, None)
        self.attachment = None

    @property
    def public_address(self) -> str | None:
        """The public address of the primary private one."""
        elastic = self.elastic.get(self.ipv4[0])
        return elastic.public_ip if elastic else self.public_ip

    def blocks(self) -> list[Address | Network]:
        """Every address and prefix that the interface takes from its subnet."""
        return [*self.ipv4, *self.ipv6, *self.ipv4_prefixes, *self.ipv6_prefixes]

    def slots(self, version: int) -> int:
        """How many of its type's addresses per interface it uses: a prefix takes one, as an address does."""
        if version == 4:
            return len(self.ipv4) + len(self.ipv4_prefixes)
        return len(self.ipv6) + len(self.ipv6_prefixes)

    @property
    def group_set(self) -> list[Any]:
        return self._group_set

    @property
    def instance(self) -> Any:
        return self.attachment.instance if self.attachment else None

    @property
    def attachment_id(self) -> str | None:
        return self.attachment.attachment_id if self.attachment else None

    @property
    def attach_time(self) -> datetime | None:
        return self.attachment.attach_time if self.attachment else None

    @property
    def device_index(self) -> int | None:
        return self.attachment.device_index if self.attachment else None

    @property
    def delete_on_termination(self) -> bool:
        return self.attachment is not None and self.attachment.delete_on_termination

    @property
    def private_ip_address(self) -> str:
        return str(self.ipv4[0])

    @property
    def private_ip_addresses(self) -> list[dict[str, Any]]:
        return [{"PrivateIpAddress": str(address), "Primary": index == 0} for index, address in enumerate(self.ipv4)]

    @property
    def ipv6_addresses(self) -> list[str]:
        return [str(address) for address in self.ipv6]

    @property
    def private_dns_name(self) -> str | None:
        """Only in a VPC with DNS host names (VPC User Guide, "DNS attributes for your VPC")."""
        vpc = self.ec2_backend.get_vpc(self.vpc_id)
        if str(vpc.enable_dns_hostnames).lower() != "true":
            return None
        return internal_name(self.private_ip_address, self.ec2_backend.region_name)

    def get_tags(self) -> list[dict[str, str]]:
        return own_tags(self)


def public_name(address: str, region: str) -> str:
    """The public DNS name of an address. Source: VPC User Guide, "DNS hostnames"."""
    domain = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{domain}.amazonaws.com"


def internal_name(address: str, region: str) -> str:
    """The private DNS name of an address. Source: VPC User Guide, "DNS hostnames"."""
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def own_tags(resource: Any) -> list[dict[str, str]]:
    """The tags of one resource; moto's way looks through those of all."""
    tags = resource.ec2_backend.tags.get(resource.id) or {}
    return [{"key": key, "value": value} for key, value in tags.items()]
