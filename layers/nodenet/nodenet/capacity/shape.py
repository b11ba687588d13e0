"""What an instance gives the VPC CNI to work with, and what it makes of it for a number of pods."""

from dataclasses import dataclass

PREFIX_ADDRESSES = 16
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
