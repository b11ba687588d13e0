"""Whether a node has room for its networks: places on its network cards, and slots for addresses on an interface."""

from collections.abc import Sequence

from nodenet.fitting import misfit
from nodenet.interfaces.steps import Fail, Hold
from nodenet.interfaces.wanted import Wanted
from nodenet.limits import InstanceLimits
from nodenet.networks import Instance


def no_place(wanted: Sequence[Wanted], instance: Instance, limits: InstanceLimits) -> Fail | Hold | None:
    """Whether the networks fit: on an empty instance of this type at all, and beside what is attached now."""
    maximum = {card.index: card.maximum_interfaces for card in limits.cards}
    for card in sorted({want.network.network_card for want in wanted}):
        names = ", ".join(want.network.name for want in wanted if want.network.network_card == card)
        if card not in maximum:
            return Fail(f"{instance.type} has no network card {card}, which {names} asks for")
        here = [want for want in wanted if want.network.network_card == card]
        primary = 1 if card == limits.default_card else 0
        asked = primary + sum(want.network.interfaces for want in here)
        if asked > maximum[card]:
            return Fail(
                f"{instance.type} takes {maximum[card]} interfaces on network card {card}; "
                f"{names} and the primary one make {asked}"
            )
        free = len(free_indexes(instance, card, maximum[card]))
        if (missing := sum(len(want.missing) for want in here)) > free:
            return Hold(
                f"network card {card} of {instance.id} has {free} free places for {missing} interfaces of {names}: "
                "others have taken the rest; keep max-pods low enough that the VPC CNI leaves them free"
            )
    return None


def no_room(wanted: Sequence[Wanted], limits: InstanceLimits) -> Hold | None:
    """Whether an interface of this type has slots for the addresses; no other node of the type would have more."""
    short = [
        f"{want.network.name}: {why}"
        for want in wanted
        if want.missing and (why := misfit(want.network.addresses, limits))
    ]
    return Hold("; ".join(short)) if short else None


def free_indexes(instance: Instance, card: int, maximum: int) -> list[int]:
    """Free device indexes of a card, highest first: the VPC CNI takes the lowest (amazon-vpc-cni-k8s, awsutils)."""
    used = {each.attachment.index for each in instance.interfaces if each.attachment and each.attachment.card == card}
    return [index for index in range(maximum - 1, -1, -1) if index not in used and (card, index) != (0, 0)]
