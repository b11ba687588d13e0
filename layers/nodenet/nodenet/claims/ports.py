"""What handling claims needs of the world. Each protocol lists the calls that are made, like the IAM policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from nodenet.claims.outcome import Outcome
from nodenet.claims.register import Register
from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import HeldError, TransientError
from nodenet.networks import Interface

__all__ = ["Bus", "Configurations", "Ec2", "ElasticIp", "Queue", "Register", "Untold"]


@dataclass(frozen=True, slots=True)
class ElasticIp:
    """An allocated public address; `association` is empty while it is free."""

    allocation: str
    public: str
    association: str = ""
    interface: str = ""
    private: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Ec2(Protocol):
    """Errors: AddressRefused, AddressTaken, SlotsFull, InterfaceGone, PublicAddressRefused, and those of nodenet.errors
    that any call may end in."""

    def interfaces_in(self, subnet_ids: Sequence[str]) -> list[Interface]: ...

    def assign_ipv4(self, interface_id: str, addresses: Sequence[str], *, reassign: bool) -> None:
        """`reassign` takes an address from the interface that has it, in the same call."""

    def assign_ipv6(self, interface_id: str, addresses: Sequence[str]) -> None: ...

    def unassign(self, interface_id: str, addresses: Sequence[str]) -> None:
        """Addresses of one family. AddressRefused if one of them is not the interface's: then none is taken off."""

    def elastic_ips(self) -> list[ElasticIp]:
        """Those that carry the cluster's tag."""

    def allocate(self, pool: str, tags: Mapping[str, str]) -> ElasticIp: ...

    def associate(self, allocation: str, interface_id: str, address: str) -> None:
        """PublicAddressRefused if it is associated already."""

    def disassociate(self, association: str) -> None: ...
    def release(self, allocation: str) -> None: ...


class Queue(Protocol):
    def send(self, body: str, seconds: int) -> None:
        """Sends the message anew, to come after `seconds`."""


class Untold(TransientError):
    """The bus has taken all but these: `why`, by their places among the outcomes."""

    def __init__(self, why: Mapping[int, TransientError | HeldError]) -> None:
        self.why = why
        super().__init__("; ".join(sorted({str(error) for error in why.values()})))


class Bus(Protocol):
    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Untold if the bus refuses some of them; another error if it answers not at all."""


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration:
        """The cluster's configuration; ConfigurationError with every mistake if it is wrong or missing."""
