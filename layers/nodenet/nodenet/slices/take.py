"""Handing out a slice, to one holder only."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from nodenet.errors import NodeError, NotYet
from nodenet.interfaces.addresses import ranges_of
from nodenet.interfaces.steps import SliceWanted
from nodenet.networks import Instance
from nodenet.ranges import AddressRange
from nodenet.slices.register import KEPT, STRANGER, Held, Register, free, in_the_way, own


class Ec2(Protocol):
    def instances(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]: ...


class Slices:
    """Hands slices out, for one invocation. Every launch that runs at once, in whatever process, goes through the same
    register."""

    def __init__(self, register: Register, ec2: Ec2) -> None:
        self._register = register
        self._ec2 = ec2
        self._looking = threading.Lock()
        self._seen: dict[str, Instance | None] = {}

    def take(self, want: SliceWanted) -> AddressRange:
        """A slice that nobody else has; the same one again for the same holder.

        NotYet where all are held, but some are about to come free; NodeError where the ranges are full.
        """
        while True:
            now = time.time()
            entries = self._register.of_subnet(want.subnet_id)
            others = in_the_way(entries, want, now)
            mine = own(entries, want, now)
            found = False
            for each in [mine] if mine else free(others, want):
                found = True
                if self._register.hold(Held(want.subnet_id, each, want.network, want.holder, now)):
                    return each
            # Others were quicker at every free one; without one there is nothing to hope for.
            if not found:
                raise self._full(want, others)

    def refuse(self, want: SliceWanted, taken: AddressRange) -> None:
        """EC2 says that addresses of the slice are in use, so it is somebody else's: it is not offered for a while."""
        self._register.hold(Held(want.subnet_id, taken, want.network, STRANGER, time.time()), instead_of=want.holder)

    def give_back(self, want: SliceWanted, taken: AddressRange) -> None:
        """EC2 has made no interface with the slice: nobody remembers its addresses, and the next node may have it."""
        now = time.time()
        for entry in self._register.of_subnet(want.subnet_id):
            if (entry.range, entry.holder) == (taken, want.holder):
                self._register.let_go(entry, now)

    def _full(self, want: SliceWanted, others: Sequence[Held]) -> NotYet | NodeError:
        ranges = ", ".join(map(str, want.ranges)) or "no range"
        why = f"{ranges} of {want.network} in {want.subnet_id}: all slices of {want.size} are held"
        if cooling := sum(entry.free_after is not None for entry in others):
            return NotYet(f"{why}, {cooling} of them by nodes that have gone a little while ago")
        nodes = self._nodes({entry.instance_id for entry in others} - {""})
        if idle := [entry.instance_id for entry in others if entry.instance_id and not _uses(nodes, entry)]:
            return NotYet(f"{why}, but not used by {', '.join(sorted(set(idle)))}, which is gone or not wired yet")
        strangers = sum(entry.holder == STRANGER for entry in others)
        kept = sum(entry.holder.startswith(f"{KEPT}/") for entry in others)
        who = f" ({strangers} by others than nodenet, {kept} by interfaces that were kept)" if strangers or kept else ""
        return NodeError(f"{why}{who}: the range is full; declare a larger one, or fewer nodes")

    def _nodes(self, instance_ids: set[str]) -> Mapping[str, Instance | None]:
        """The holders as EC2 shows them, each asked for once in an invocation."""
        with self._looking:
            unseen = sorted(instance_ids - self._seen.keys())
            if unseen:
                known = self._ec2.instances(unseen)
                self._seen |= {each: known.get(each) for each in unseen}
            return self._seen


def _uses(nodes: Mapping[str, Instance | None], entry: Held) -> bool:
    """Whether the node lives and has an interface with the slice."""
    node = nodes.get(entry.instance_id)
    if node is None or node.gone:
        return False
    return any(entry.range.overlaps(each) for interface in node.interfaces for each in ranges_of(interface))
