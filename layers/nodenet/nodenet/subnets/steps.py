"""What the preparation of subnets would do, leaves as it is, and refuses: each with its reason, for people to read."""

from dataclasses import dataclass, field

from nodenet.subnets.seen import Kind


@dataclass(frozen=True, slots=True)
class Reserve:
    """A subnet CIDR reservation that is missing."""

    subnet: str
    network: str
    cidr: str
    kind: Kind
    reason: str

    @property
    def what(self) -> str:
        return self.cidr


@dataclass(frozen=True, slots=True)
class AddRoute:
    """A route that is missing. `replaces` is the target that is gone of one which leads nowhere now."""

    subnet: str
    network: str
    table: str
    destination: str
    target: str
    replaces: str
    reason: str

    @property
    def what(self) -> str:
        return f"{self.destination} in {self.table}"


@dataclass(frozen=True, slots=True)
class EnableDns64:
    """DNS64 is off in the subnet. It needs its table's route: without it names would lead into nothing."""

    subnet: str
    network: str
    table: str
    reason: str

    @property
    def what(self) -> str:
        return "DNS64"


type Step = Reserve | AddRoute | EnableDns64


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is there already, by the id of what it is."""

    subnet: str
    network: str
    what: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an address, or a prefix, that nodenet was to have."""

    address: str
    interface: str
    description: str
    owner: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is done in the subnet. `holders` have the addresses, where that is the reason."""

    subnet: str
    network: str
    what: str
    reason: str
    holders: tuple[Holder, ...] = field(default=())


type Finding = Step | Kept | Refused


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are safe. A subnet that stands in `refused` has none."""

    steps: tuple[Step, ...] = ()
    kept: tuple[Kept, ...] = ()
    refused: tuple[Refused, ...] = ()
