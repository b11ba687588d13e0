"""What is to be done about a claim or a release of one address."""

from dataclasses import dataclass

from nodenet.claims.register import Key, Record
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.networks import Interface


@dataclass(frozen=True, slots=True)
class Take:
    """The address goes to `target`, from `holder` if EC2 shows it on one. `record` is what is written in the end.

    `origin` is the interface that it goes back to if it cannot: of one that was on its way when a delivery was cut off
    the holder is none. `instead` is what the batch's releases of the address come to if EC2 refuses this.
    """

    network: ResolvedNetwork
    target: Interface
    holder: Interface | None
    record: Record
    before: Record
    origin: str = ""
    instead: "Free | None" = None

    @property
    def key(self) -> Key:
        return self.record.key

    @property
    def moves(self) -> bool:
        return self.holder is not None and self.holder.id != self.target.id

    @property
    def there(self) -> bool:
        return self.holder is not None and self.holder.id == self.target.id


@dataclass(frozen=True, slots=True)
class Free:
    """The address is taken off `holder`; None where it is known to be on no interface of the pod's."""

    network: ResolvedNetwork
    holder: Interface | None
    record: Record
    before: Record

    @property
    def key(self) -> Key:
        return self.record.key


@dataclass(frozen=True, slots=True)
class Known:
    """It is so already: a duplicate."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stale:
    """Something later is known of the address."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Others' doing may change it within minutes; after that `reason` is why it is refused."""

    reason: str
    holder: Record | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """It will never be."""

    reason: str
    holder: Record | None = None


type Step = Take | Free
type Verdict = Step | Known | Stale | Wait | Refuse
