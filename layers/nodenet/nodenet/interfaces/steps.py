"""The steps that make an ENI what it should be, and the decisions about a node: values, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nodenet.networks import Interface
from nodenet.ranges import AddressRange


@dataclass(frozen=True, slots=True)
class SliceWanted:
    """A slice of one of `ranges`, to be handed out once. `holder` is who has it: the same one gets the same again."""

    subnet_id: str
    network: str
    holder: str
    size: int
    ranges: tuple[AddressRange, ...]
    as_prefixes: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What CreateNetworkInterface is asked for in one family, besides the primary address: one of these, or nothing."""

    prefix_count: int = 0
    address_count: int = 0
    slice: SliceWanted | None = None

    @property
    def name(self) -> str:
        """In few words; empty where nothing is asked for. Which slice it will be is not known yet."""
        if self.prefix_count:
            return f"{self.prefix_count} prefixes"
        return f"{self.address_count} addresses" if self.address_count else ""


@dataclass(frozen=True, slots=True)
class Create:
    """CreateNetworkInterface with this client token. `otherwise` is what to create where the subnet has no contiguous
    block left."""

    token: str
    subnet_id: str
    security_groups: frozenset[str]
    description: str
    tags: Mapping[str, str]
    reason: str
    ipv4: Asked = field(default_factory=Asked)
    ipv6: Asked = field(default_factory=Asked)
    otherwise: "Create | None" = None


@dataclass(frozen=True, slots=True)
class Attach:
    """AttachNetworkInterface at `index`; `others` are free too, should somebody take it first."""

    card: int
    index: int
    others: tuple[int, ...]
    ena_queues: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class SetDeleteOnTermination:
    value: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SetSourceDestCheck:
    value: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Retag:
    tags: Mapping[str, str]
    reason: str


type Step = Create | Attach | SetDeleteOnTermination | SetSourceDestCheck | Retag


@dataclass(frozen=True, slots=True)
class InterfacePlan:
    """The steps of one ENI, in order. `interface` is the one that is there already, if any.

    `otherwise` is what to do if a kept interface was taken by another node meanwhile.
    """

    network: str
    interface: Interface | None
    steps: tuple[Step, ...]
    reason: str
    otherwise: "InterfacePlan | None" = None


@dataclass(frozen=True, slots=True)
class Wire:
    """Apply these. With no steps at all the node has its networks.

    `surplus` are unattached ENIs that were made for the node and are not wanted any more.
    """

    interfaces: tuple[InterfacePlan, ...]
    surplus: tuple[Interface, ...] = ()

    @property
    def done(self) -> bool:
        return not any(plan.steps for plan in self.interfaces)


@dataclass(frozen=True, slots=True)
class Wait:
    """EC2 is not ready for it: look again in `seconds`."""

    seconds: int
    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The instance ends or has ended: what was made for it must go."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """This node cannot have its networks; another in its place might."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Replacing the node would not help; a person must look."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The node gets no networks from nodenet, and that is as it should be."""

    reason: str


type Decision = Wire | Wait | Gone | Fail | Hold | Skip
