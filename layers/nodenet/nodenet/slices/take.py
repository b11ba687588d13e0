"""Handing out a slice, to one holder only."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nodenet.errors import NodeError, NotYet
from nodenet.interfaces.steps import SliceWanted
from nodenet.networks import Instance
from nodenet.ranges import AddressRange
from nodenet.slices.register import STRANGER, Held, Offer, Register, offer


class Ec2(Protocol):
    def instances(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]: ...


@dataclass(frozen=True, slots=True)
class Slices:
    """Hands slices out. Every launch that runs at once, in whatever process, goes through the same register."""

    register: Register
    ec2: Ec2

    def take(self, want: SliceWanted) -> AddressRange:
        """A slice that nobody else has; the same one again for the same holder.

        NotYet where all are held, but some by nodes that are gone, or in quarantine; NodeError where the ranges are
        full.
        """
        while True:
            now = time.time()
            found = offer(self.register.of_subnet(want.subnet_id), want, now)
            for each in found.free:
                if self.register.hold(Held(want.subnet_id, each, want.network, want.holder, now)):
                    return each
            # Without a free one there is nothing to hope for; otherwise others were quicker at every one of them.
            if not found.free:
                raise self._full(want, found)

    def refuse(self, want: SliceWanted, taken: AddressRange) -> None:
        """EC2 says that addresses of the slice are in use, so it is somebody else's: it is not offered for a while."""
        entry = Held(want.subnet_id, taken, want.network, STRANGER, time.time())
        self.register.hold(entry, instead_of=want.holder)

    def _full(self, want: SliceWanted, found: Offer) -> NotYet | NodeError:
        ranges = ", ".join(map(str, want.ranges)) or "no range"
        cooling = [entry for entry in found.held if entry.free_after is not None]
        why = f"{ranges} of {want.network} in {want.subnet_id}: all slices of {want.size} are held"
        if cooling:
            return NotYet(f"{why}, {len(cooling)} of them by nodes that have gone a little while ago")
        holders = {instance_of(entry) for entry in found.held} - {STRANGER}
        living = (
            {each.id for each in self.ec2.instances(sorted(holders)).values() if not each.gone} if holders else set()
        )
        if gone := sorted(holders - living):
            return NotYet(f"{why}, by {', '.join(gone)} too, which is gone: they come free soon")
        return NodeError(f"{why}: the range is full; declare a larger one, or fewer nodes")


def instance_of(entry: Held) -> str:
    """The node that a slice was handed out to."""
    return entry.holder.partition("/")[0]
