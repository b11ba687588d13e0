"""What an instance gives the VPC CNI to work with, and what it makes of it for a number of pods."""

from dataclasses import dataclass
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.limits import InstanceLimits

PREFIX_ADDRESSES: Final = 16
"""Of a /28 (datastore.GetPrefixDelegationDefaults)."""


@dataclass(frozen=True, slots=True)
class NodeShape:
    """The bounds within which ipamd works on one network card of one node.

    `enis`: how many it may have, the primary one and a trunk left in, others' taken off. `per_eni`: slots beside an
    ENI's own address, each for an address, or for a prefix where `prefixes`. `pods_on_primary`: False with custom
    networking, and where the primary ENI's subnet is excluded. `max_pods`: what the kubelet says.
    """

    enis: int
    per_eni: int
    prefixes: bool
    pods_on_primary: bool
    max_pods: int

    @property
    def addresses_per_eni(self) -> int:
        return self.per_eni * PREFIX_ADDRESSES if self.prefixes else self.per_eni


@dataclass(frozen=True, slots=True)
class EniHolding:
    """What one of ipamd's ENIs holds beside its own address: slots in use, addresses in them, those that pods have."""

    slots: int
    addresses: int
    active: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What one node holds for its pods. The first ENI is the primary one. `waiting` pods have no address."""

    enis: tuple[EniHolding, ...]
    prefixes: bool
    waiting: int = 0

    @property
    def active(self) -> int:
        """Addresses that pods have."""
        return sum(eni.active for eni in self.enis)

    @property
    def pool(self) -> int:
        """Addresses for pods, used or not: what ipamd calls total."""
        return sum(eni.addresses for eni in self.enis)

    @property
    def warm(self) -> int:
        """Addresses that are ready and not used."""
        return self.pool - self.active

    @property
    def prefix_count(self) -> int:
        return sum(eni.slots for eni in self.enis) if self.prefixes else 0

    @property
    def taken(self) -> int:
        """Addresses that the node's ENIs take from subnets, their own included."""
        return self.pool + len(self.enis)


def shape_of(
    limits: InstanceLimits,
    settings: CniSettings,
    *,
    unmanaged: int = 0,
    max_pods: int,
    primary_excluded: bool = False,
) -> NodeShape:
    """The shape of a type's default network card. `unmanaged` ENIs on it are nodenet's or others', tagged no_manage.

    ENIs: the lesser of the type's limit and MAX_ENI, less the unmanaged (hasRoomForEni); a trunk counts as one of
    them, and holds no pods of ipamd's, so it is taken off as well. Prefixes are for Nitro and bare metal only: on
    others ipamd falls back to single addresses (isConfigValid).
    """
    trunk = 1 if settings.pod_eni and limits.branch_interfaces != 0 else 0
    enis = most_enis(limits, settings) - unmanaged - trunk
    return NodeShape(
        enis=max(enis, 1),
        per_eni=limits.ipv4_per_interface - 1,
        prefixes=settings.prefix_delegation and limits.nitro,
        pods_on_primary=not (settings.custom_networking or primary_excluded),
        max_pods=max_pods,
    )


def most_enis(limits: InstanceLimits, settings: CniSettings) -> int:
    """Interfaces on the type's default network card, everybody's: the lesser of its limit and MAX_ENI."""
    card = limits.card(limits.default_card)
    most = card.maximum_interfaces if card else limits.maximum_interfaces
    return min(most, settings.max_eni or most)
