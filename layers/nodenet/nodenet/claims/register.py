"""The register of floating addresses: who has which, in which life of the pod."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """`moving` is what was begun and not told yet: finished by the next delivery where the first was cut off.

    `released` outlives the pod for some days, so that what comes late is known to be late.
    """

    MOVING = "moving"
    REGISTERED = "registered"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    network: str
    address: str


@dataclass(frozen=True, slots=True)
class Record:
    """An address of a pod. `interface` is where it belongs; `source` whence it moves there.

    `asked` (seconds since the epoch) is when it was claimed: it tells the lives of one generation apart.
    `version` counts the writes: each is made on condition that it follows the one that was read. Until `lease`
    (seconds since the epoch) nobody but the invocation that wrote the record, for the message `owner`, may act on the
    address.
    """

    key: Key
    state: State
    pod: str
    generation: int
    node: str
    interface: str
    source: str = ""
    uid: str = ""
    asked: float = 0.0
    public: str = ""
    lease: float = 0.0
    owner: str = ""
    version: int = 0

    def __str__(self) -> str:
        return f"{self.pod} (generation {self.generation}) on {self.node}"


def unheld(key: Key) -> Record:
    """What stands for an address of which nothing is known."""
    return Record(key, State.RELEASED, pod="", generation=-1, node="", interface="")


class Register(Protocol):
    def read(self, keys: Iterable[Key]) -> Mapping[Key, Record]:
        """The records that there are, as they are now."""

    def write(self, record: Record) -> bool:
        """Writes the record if the one there has the version before; False if somebody else was first."""
