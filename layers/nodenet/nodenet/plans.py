"""Address plans: how pods on a network get their addresses, one plan for each family."""

from collections.abc import Mapping
from dataclasses import dataclass

from nodenet.ranges import AddressRange


@dataclass(frozen=True, slots=True)
class Singles:
    """EC2 chooses `count` secondary addresses for each interface."""

    count: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Each interface gets `size` addresses (a power of two) of its zone's declared ranges: contiguous and aligned."""

    size: int
    ranges_by_zone: Mapping[str, tuple[AddressRange, ...]]


@dataclass(frozen=True, slots=True)
class Prefixes:
    """EC2 chooses `count` prefixes (/28, /80) for each interface.

    `otherwise` is what to do where it has no contiguous block left; None is to fail. `reserve` are the blocks that the
    subnets keep for prefixes.
    """

    count: int
    otherwise: Singles | Slice | None = None
    reserve: tuple[AddressRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Floating:
    """Addresses that belong to pods and move with them; a claim outside `ranges` is refused."""

    ranges: tuple[AddressRange, ...]


type Plan = Prefixes | Slice | Floating


@dataclass(frozen=True, slots=True)
class AddressPlans:
    """A family without a plan gets no addresses besides the interface's own."""

    ipv4: Plan | None = None
    ipv6: Plan | None = None

    @property
    def each(self) -> tuple[Plan, ...]:
        return tuple(plan for plan in (self.ipv4, self.ipv6) if plan)

    @property
    def slices(self) -> tuple[Slice, ...]:
        """Every plan that hands out slices, at once or where prefixes run out."""
        plans = (plan.otherwise if isinstance(plan, Prefixes) else plan for plan in self.each)
        return tuple(plan for plan in plans if isinstance(plan, Slice))


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """Elastic IPs for floating IPv4 addresses: allocated ones that carry all of `tags`, or new ones from `pool`, which
    is the id of a public IPv4 pool, or `amazon`."""

    tags: Mapping[str, str]
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Ipv6Egress:
    """How an IPv6 subnet reaches what lies outside: by the VPC's egress-only internet gateway (its id, or empty for
    the VPC's only one), and IPv4 through DNS64 and this NAT gateway (None: not asked for; empty: the VPC's own in the
    subnet's zone)."""

    egress_only_gateway: str | None
    nat_gateway: str | None
