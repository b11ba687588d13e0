"""What may be attached where: device indexes, network cards, and the limits of the instance type.

Sources: API reference, AttachNetworkInterface; EC2 User Guide, "Maximum IP addresses per network interface" and
"Network cards"; the numbers are DescribeInstanceTypes' NetworkInfo, which moto ships.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from local.ec2 import errors
from local.ec2.network_interfaces import Attachment, NetworkInterface

# EC2 User Guide, "Attach a network interface": hot to a running instance, warm to a stopped one. AWS documents no error
# for others; IncorrectState in these words is what AttachVolume answers there (ansible-collections/amazon.aws #497) and
# what Eucalyptus, which follows EC2's API, answers to AttachNetworkInterface.
ATTACHABLE_STATES = ("running", "stopped")


@dataclass(frozen=True)
class Queues:
    """ENA queues of one network card: what an interface gets unasked, the most of one, and of all together."""

    default: int
    per_interface: int
    total: int


@dataclass(frozen=True)
class Limits:
    """What one instance type holds; `cards` has the most interfaces of each network card.

    `queues` are the network cards whose interfaces may be given a number of ENA queues.
    """

    instance_type: str
    interfaces: int
    cards: Mapping[int, int]
    ipv4_per_interface: int
    ipv6_per_interface: int
    nitro: bool
    queues: Mapping[int, Queues]

    def check_addresses(self, eni: NetworkInterface, more_ipv4: int = 0, more_ipv6: int = 0) -> None:
        """Refuses, with PrivateIpAddressLimitExceeded, an interface with more addresses than the type lets it have."""
        if eni.slots(4) + more_ipv4 > self.ipv4_per_interface:
            raise errors.refused(
                "PrivateIpAddressLimitExceeded", f"{eni.id}: Number of private addresses will exceed limit."
            )
        if eni.slots(6) + more_ipv6 > self.ipv6_per_interface:
            raise errors.refused(
                "PrivateIpAddressLimitExceeded", f"{eni.id}: Number of IPv6 addresses will exceed limit."
            )

    def check_prefixes(self, wanted: bool) -> None:
        """Prefixes are for Nitro instances (EC2 User Guide, "Prefix delegation", considerations)."""
        if wanted and not self.nitro:
            raise errors.refused(
                "UnsupportedOperation", f"Prefixes are not supported on instance type {self.instance_type}"
            )


@functools.cache
def limits_of(instance_type: str) -> Limits:
    """The limits of a type; InvalidParameterValue for one that EC2 has not."""
    described = INSTANCE_TYPES.get(instance_type)
    if described is None:
        raise errors.invalid_value(f"Invalid value '{instance_type}' for InstanceType.")
    network = described["NetworkInfo"]
    return Limits(
        instance_type,
        network["MaximumNetworkInterfaces"],
        {card["NetworkCardIndex"]: card["MaximumNetworkInterfaces"] for card in network["NetworkCards"]},
        network["Ipv4AddressesPerInterface"],
        network["Ipv6AddressesPerInterface"],
        described.get("Hypervisor") == "nitro" or bool(described.get("BareMetal")),
        {
            card["NetworkCardIndex"]: Queues(
                card["DefaultEnaQueueCountPerInterface"],
                card["MaximumEnaQueueCountPerInterface"],
                card["MaximumEnaQueueCount"],
            )
            for card in network["NetworkCards"]
            if network.get("FlexibleEnaQueuesSupport") == "supported"
        },
    )


def check_attach(eni: NetworkInterface, instance: Any, device_index: int, card: int, queues: int | None = None) -> None:
    """Refuses what AttachNetworkInterface refuses.

    InvalidNetworkInterface.InUse, InvalidParameterCombination (another zone), IncorrectState (neither running nor
    stopped), and all that `check_place` and `check_queues` refuse.
    """
    if eni.attachment is not None:
        raise errors.interface_in_use(eni.id)
    if eni.availability_zone != instance.availability_zone:
        raise errors.invalid_combination(
            "You may not attach a network interface to an instance if they are not in the same availability zone"
        )
    if instance.state not in ATTACHABLE_STATES:
        raise errors.refused("IncorrectState", f"Instance '{instance.id}' is not 'running' or 'stopped'.")
    taken = [(other.network_card_index, other.device_index) for other in instance.attachments]
    check_place(limits_of(instance.instance_type), instance.id, taken, (card, device_index))
    check_queues(limits_of(instance.instance_type), instance.attachments, card, queues)
    check_fit(eni, limits_of(instance.instance_type))


def check_place(limits: Limits, instance_id: str, taken: list[tuple[int, int]], place: tuple[int, int]) -> None:
    """Refuses a place, (network card, device index), that the instance has not or that is taken.

    InvalidParameterValue (no such card, index taken: it is unique on its card), AttachmentLimitExceeded.
    """
    card, device_index = place
    if card not in limits.cards:
        raise errors.invalid_value(
            f"Network card index {card} is invalid: {limits.instance_type} has {len(limits.cards)} network card(s)"
        )
    if device_index < 0:
        raise errors.invalid_value(f"Device index {device_index} is invalid")
    if place in taken:
        raise errors.invalid_value(
            f"Instance '{instance_id}' already has an interface attached at device index '{device_index}'."
        )
    on_card = sum(other == card for other, _ in taken) + 1
    if on_card > limits.cards[card] or len(taken) + 1 > limits.interfaces:
        raise errors.refused(
            "AttachmentLimitExceeded",
            f"Interface count {len(taken) + 1} exceeds the limit for {limits.instance_type}",
        )


def check_queues(limits: Limits, attachments: Iterable[Attachment], card: int, count: int | None) -> None:
    """Refuses a number of ENA queues that the type has not, beside those of the `attachments` that it is to join.

    EC2 User Guide, "ENA queues": some types can share out their queues, up to a maximum for each interface and for
    all. AWS documents no code for it: UnsupportedOperation where the type cannot, else InvalidParameterValue.
    """
    if count is None:
        return
    if card not in limits.queues:
        raise errors.refused(
            "UnsupportedOperation", f"Instance type {limits.instance_type} does not support a number of ENA queues"
        )
    queues = limits.queues[card]
    used = sum(one.ena_queue_count or queues.default for one in attachments if one.network_card_index == card)
    if not 1 <= count <= queues.per_interface or used + count > queues.total:
        raise errors.invalid_value(
            f"ENA queue count {count} is invalid: {limits.instance_type} has {queues.per_interface} for an interface "
            f"and {queues.total} in all, of which {used} are in use"
        )


def check_fit(eni: NetworkInterface, limits: Limits) -> None:
    limits.check_prefixes(bool(eni.ipv4_prefixes or eni.ipv6_prefixes))
    limits.check_addresses(eni)
