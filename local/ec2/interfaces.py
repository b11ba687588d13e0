"""The life of interfaces: created, described, attached, changed, detached, deleted, each as late as the world says."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.ec2.exceptions import EC2ClientError, LastEniDetachError
from moto.ec2.models import elastic_network_interfaces as moto

from local.ec2 import errors, groups
from local.ec2.assignment import Wanted, grant
from local.ec2.attachments import check_attach
from local.ec2.network_interfaces import Attachment, NetworkInterface
from local.world import world


def after(seconds: float, action: Callable[[], None]) -> None:
    """Now where there is no delay, else later under the region's lock."""
    if seconds > 0:
        world.later(seconds, action)
    else:
        action()


def check_ids(eni_ids: Sequence[str]) -> None:
    for eni_id in eni_ids:
        if not eni_id.startswith("eni-"):
            raise errors.malformed("InvalidNetworkInterfaceId.Malformed", eni_id, "eni-")


class NetworkInterfaceBackend(moto.NetworkInterfaceBackend):
    """Replaces the part of moto's EC2 backend that keeps interfaces."""

    enis: dict[str, NetworkInterface]

    def open_interface(
        self,
        subnet: Any,
        wanted: Wanted,
        group_ids: Sequence[str] = (),
        description: str = "",
        unknown_group: str = "InvalidGroup.NotFound",
    ) -> NetworkInterface:
        """A new, unattached interface in `subnet`.

        Errors: those of its groups and of its addresses; NetworkInterfaceLimitExceeded.
        """
        if len(self.enis) >= world.quotas.network_interfaces:
            raise errors.refused(
                "NetworkInterfaceLimitExceeded", "You have reached the limit of network interfaces for the Region"
            )
        members = groups.found(self, group_ids, subnet.vpc_id, unknown_group)
        eni = NetworkInterface(self, subnet, members, description)
        block = subnet.block(4)
        if wanted.primary is not None:
            block.check(wanted.primary)
            if block.is_taken(wanted.primary):
                raise errors.address_in_use(wanted.primary)
            block.take([wanted.primary])
            eni.ipv4 = [wanted.primary]

        def in_use(clashes: list[Any]) -> EC2ClientError:
            return errors.address_in_use(clashes[0])

        ipv4 = grant(block, wanted.ipv4, in_use, primary=wanted.primary is None)
        eni.ipv4 = [*eni.ipv4, *ipv4.addresses]
        eni.ipv4_prefixes = ipv4.prefixes
        if not wanted.ipv6.empty:
            ipv6 = grant(subnet.block(6), wanted.ipv6, in_use)
            eni.ipv6, eni.ipv6_prefixes = ipv6.addresses, ipv6.prefixes
        self.enis[eni.id] = eni
        return eni

    def create_network_interface(
        self,
        subnet: Any,
        private_ip_address: Any = None,
        private_ip_addresses: Any = None,
        group_ids: Sequence[str] | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> NetworkInterface:
        """The door of moto's NAT gateways, endpoints and mount targets, whose made-up addresses are not used."""
        home = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        eni = self.open_interface(home, Wanted.of({}), group_ids or (), description or "")
        eni.requester_managed = True
        eni.add_tags(tags or {})
        return eni

    def get_network_interface(self, eni_id: str) -> NetworkInterface:
        check_ids([eni_id])
        eni = self.enis.get(eni_id)
        if eni is None or eni.hidden:
            raise errors.unknown_interface([eni_id])
        return eni

    def get_all_network_interfaces(
        self, eni_ids: Sequence[str] | None = None, filters: Any = None
    ) -> list[NetworkInterface]:
        """The interfaces that a Describe call knows, in the order of their creation; NotFound for unknown ids."""
        known = {eni.id: eni for eni in self.enis.values() if not eni.hidden or eni.deleting}
        if not eni_ids:
            return list(known.values())
        check_ids(eni_ids)
        if unknown := [eni_id for eni_id in eni_ids if eni_id not in known]:
            raise errors.unknown_interface(unknown)
        return [eni for eni in known.values() if eni.id in set(eni_ids)]

    def describe_network_interfaces(self, filters: Any = None) -> list[NetworkInterface]:
        """moto asks this whether an interface exists."""
        return [self.get_network_interface((filters or {})["network-interface-id"])]

    def delete_network_interface(self, eni_id: str) -> None:
        """InvalidParameterValue while it is attached: what DeleteNetworkInterface answers then in practice."""
        eni = self.get_network_interface(eni_id)
        if eni.attachment is not None:
            raise errors.invalid_value(f"Network interface '{eni_id}' is currently in use.")
        eni.deleting = True
        after(world.delays.delete, lambda: self.forget_interface(eni))

    def forget_interface(self, eni: NetworkInterface) -> None:
        """Its Elastic IP addresses stay with the account."""
        for elastic in list(eni.elastic.values()):
            elastic.disassociate()
        self.enis.pop(eni.id, None)
        self.tags.pop(eni.id, None)

    def attach_network_interface(
        self,
        eni_id: str,
        instance_id: str,
        device_index: int,
        network_card_index: int = 0,
        ena_queue_count: int | None = None,
    ) -> Attachment:
        eni = self.get_network_interface(eni_id)
        instance = self.get_instance(instance_id)
        check_attach(eni, instance, int(device_index), int(network_card_index), ena_queue_count)
        attachment = Attachment(
            instance,
            int(device_index),
            int(network_card_index),
            status="attaching",
            ena_queue_count=ena_queue_count,
        )
        eni.attach(attachment)

        def attached() -> None:
            if attachment.status == "attaching":
                attachment.status = "attached"

        after(world.delays.attach, attached)
        return attachment

    def detach_network_interface(self, attachment_id: str, force: bool = False) -> None:
        """OperationNotPermitted for the primary interface; a second call changes nothing; `force` waits for nothing."""
        eni = self.attached_as(attachment_id)
        attachment = eni.attachment
        if attachment is None or (attachment.device_index == 0 and attachment.network_card_index == 0):
            raise LastEniDetachError
        if attachment.instance is None:
            raise errors.refused("OperationNotPermitted", f"You are not allowed to manage {attachment_id}.")
        if attachment.status == "detaching" and not force:
            return
        attachment.status = "detaching"

        def detached() -> None:
            if eni.attachment is attachment:
                eni.detach()

        after(0 if force else world.delays.detach, detached)

    def attached_as(self, attachment_id: str) -> NetworkInterface:
        if not attachment_id.startswith("eni-attach-"):
            raise errors.malformed("InvalidNetworkInterfaceAttachmentId.Malformed", attachment_id, "eni-attach-")
        for eni in self.enis.values():
            if eni.attachment_id == attachment_id:
                return eni
        raise errors.unknown_attachment(attachment_id)
