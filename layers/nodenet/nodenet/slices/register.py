"""The register of slices: who holds which, and which are free. Values and pure decisions; DynamoDB keeps it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from nodenet.interfaces.steps import SliceWanted
from nodenet.ranges import AddressRange

STRANGER: Final = "somebody else"
"""The holder of a slice in which EC2 says that addresses are in use, by none of nodenet's interfaces."""


@dataclass(frozen=True, slots=True)
class Held:
    """A slice in the register. `taken_at` and `free_after` are seconds since the epoch.

    `free_after` is None while it is held; afterwards it is when the quarantine ends.
    """

    subnet_id: str
    range: AddressRange
    network: str
    holder: str
    taken_at: float
    free_after: float | None = None

    def is_free(self, now: float) -> bool:
        return self.free_after is not None and self.free_after < now


class Register(Protocol):
    """Every write is conditional: of two that want the same, one succeeds."""

    def of_subnet(self, subnet_id: str) -> list[Held]:
        """All entries of a subnet, as they stand now."""

    def everything(self) -> list[Held]:
        """All entries."""

    def hold(self, entry: Held, instead_of: str = "") -> bool:
        """Enters the slice for its holder.

        False if somebody else holds it, or held it a little while ago; `instead_of` is a holder who gives way.
        """

    def let_go(self, entry: Held, free_after: float) -> bool:
        """Starts the quarantine of a slice that is still held as `entry` says; False if it is not."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a holder may take: its own slice from before, or free ones in the order to try them."""

    free: tuple[AddressRange, ...]
    held: tuple[Held, ...]
    """Entries in the way, of the ranges that were asked for."""


def offer(entries: Iterable[Held], want: SliceWanted, now: float) -> Offer:
    """The slices that `want` may have.

    Each holder begins at another place, so that many at once seldom want the same one.
    """
    busy = [entry for entry in entries if not entry.is_free(now)]
    slices = [each for within in want.ranges for each in within.slices(want.size)]
    own = [entry.range for entry in busy if entry.holder == want.holder and entry.range in slices]
    here = [entry for entry in busy if any(entry.range.overlaps(within) for within in want.ranges)]
    if own:
        return Offer(tuple(own[:1]), tuple(here))
    taken = [entry.range for entry in here]
    return Offer(_rotated([each for each in slices if not _met(each, taken)], want.holder), tuple(here))


def _met(one: AddressRange, others: Sequence[AddressRange]) -> bool:
    return any(one.overlaps(other) for other in others)


def _rotated(slices: Sequence[AddressRange], holder: str) -> tuple[AddressRange, ...]:
    if not slices:
        return ()
    start = int.from_bytes(hashlib.sha256(holder.encode()).digest()[:8]) % len(slices)
    return (*slices[start:], *slices[:start])
