"""The register of slices: who holds which, and which are free. Values and pure decisions; DynamoDB keeps it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from nodenet.interfaces.steps import SliceWanted
from nodenet.ranges import AddressRange, RangeSet

STRANGER: Final = "somebody else"
"""The holder of a slice in which EC2 says that addresses are in use, by none of nodenet's interfaces."""

KEPT: Final = "kept"
"""Begins the holder of a slice whose interface has outlived its node."""


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

    @property
    def instance_id(self) -> str:
        """The node that it was handed out to; empty for strangers and kept interfaces."""
        first = self.holder.partition("/")[0]
        return first if first not in (STRANGER, KEPT) else ""


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


def in_the_way(entries: Iterable[Held], want: SliceWanted, now: float) -> list[Held]:
    """What others hold, or held a little while ago, of the ranges that are asked for."""
    ranges = RangeSet(want.ranges)
    return [
        entry
        for entry in entries
        if not entry.is_free(now) and entry.holder != want.holder and ranges.meets(entry.range)
    ]


def own(entries: Iterable[Held], want: SliceWanted, now: float) -> AddressRange | None:
    """The slice that the holder has from before, if it is still one of what it asks for."""
    for entry in entries:
        aligned = entry.range.size == want.size and int(entry.range.first) % want.size == 0
        inside = any(entry.range in within for within in want.ranges)
        if entry.holder == want.holder and aligned and inside and not entry.is_free(now):
            return entry.range
    return None


def free(others: Iterable[Held], want: SliceWanted) -> Iterator[AddressRange]:
    """The slices that nobody holds, in the order to try them: each holder begins at another place, so that many at once
    seldom want the same one."""
    taken = RangeSet(entry.range for entry in others)
    counts = [within.slice_count(want.size) for within in want.ranges]
    total = sum(counts)
    start = int.from_bytes(hashlib.sha256(want.holder.encode()).digest()[:8])
    for number in range(total):
        each = _numbered(want.ranges, counts, want.size, (start + number) % total)
        if not taken.meets(each):
            yield each


def _numbered(ranges: Sequence[AddressRange], counts: Sequence[int], size: int, number: int) -> AddressRange:
    for within, count in zip(ranges, counts, strict=True):
        if number < count:
            return within.slice(size, number)
        number -= count
    raise IndexError(number)
