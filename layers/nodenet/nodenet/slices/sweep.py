"""Comparing the register with EC2: slices that no interface has come free, those that one has are entered.

Nothing else frees a slice: whatever became of a launch or a termination, and of the events that told of it, EC2 shows
in the end who has the addresses.
"""

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.errors import ConfigurationError
from nodenet.interfaces.addresses import ranges_of
from nodenet.interfaces.identity import INSTANCE_TAG, NETWORK_TAG, RETENTION_TAG, holder
from nodenet.networks import Interface
from nodenet.plans import Slice
from nodenet.ranges import AddressRange, RangeSet
from nodenet.slices.register import KEPT, Held, Register

GRACE_SECONDS: Final = 600
"""How old an entry must be before nodenet believes that no interface comes: a launch enters its slice just before it
creates the interface, at most a minute before it is cut off, and EC2 shows a new interface within seconds."""

QUARANTINE_SECONDS: Final = 300
"""How long nobody gets a slice whose interface has gone: peers forget the pods that had its addresses meanwhile."""

ALMOST_FULL: Final = 0.8


class Configurations(Protocol):
    def load(self) -> ResolvedConfiguration: ...


class Ec2(Protocol):
    def interfaces_of_cluster(self) -> list[Interface]: ...


@dataclass(frozen=True, slots=True)
class Fill:
    """How full the slices of a network are in a zone. What is in quarantine counts as used."""

    network: str
    zone: str
    total: int
    used: int

    @property
    def share(self) -> float:
        return self.used / self.total if self.total else 1.0

    @property
    def almost_full(self) -> bool:
        return self.share >= ALMOST_FULL


@dataclass(frozen=True, slots=True)
class Swept:
    """What was changed, as text for people, and how full each range is now; nothing if the document has mistakes."""

    mistakes: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = field(default=())


def sweep(configurations: Configurations, register: Register, ec2: Ec2) -> Swept:
    """One pass. Where the configuration has no slices and the register is empty it costs EC2 no call.

    What has come free is seen without the configuration; while that is wrong, nothing else is done.
    """
    now = time.time()
    entries = register.everything()
    interfaces = Shown(ec2.interfaces_of_cluster()) if entries else None
    freed = [
        f"{entry.range} of {entry.network}, held by {entry.holder}"
        for entry in (unheld(entries, interfaces, now) if interfaces else ())
        if register.let_go(entry, now + QUARANTINE_SECONDS)
    ]
    try:
        configuration = configurations.load()
    except ConfigurationError as error:
        return Swept(error.mistakes, tuple(freed))
    wanted = [(network, plan) for network in _networks(configuration) for plan in network.addresses.slices]
    if not wanted:
        return Swept((), tuple(freed))
    interfaces = interfaces or Shown(ec2.interfaces_of_cluster())
    missing = [found for network, plan in wanted for found in unentered(network, plan, entries, interfaces, now)]
    changed = [*handed_on(entries, interfaces, now), *missing]
    entered = [entry for entry, before in changed if register.hold(entry, instead_of=before)]
    held = [*entries, *entered]
    fills = [fill for network, plan in wanted for fill in _fills(network, plan, held, now)]
    told = tuple(f"{entry.range} of {entry.network}, held by {entry.holder}" for entry in entered)
    return Swept((), tuple(freed), told, tuple(fills))


class Shown:
    """Interfaces with what they hold, by subnet: looked at once, and then asked for each slice."""

    def __init__(self, interfaces: Iterable[Interface]) -> None:
        self._found: dict[str, list[tuple[AddressRange, Interface]]] = defaultdict(list)
        for interface in interfaces:
            self._found[interface.subnet_id] += [(each, interface) for each in ranges_of(interface)]
        for found in self._found.values():
            found.sort(key=_place)

    def holder(self, entry: Held) -> Interface | None:
        """An interface in the slice's subnet that has an address of it. EC2 gives no address to two."""
        found = self._found.get(entry.subnet_id, [])
        place = bisect_right(found, (entry.range.version, int(entry.range.last)), key=_place) - 1
        return found[place][1] if place >= 0 and found[place][0].overlaps(entry.range) else None

    def of_network(self, name: str, subnet_id: str) -> dict[str, tuple[Interface, list[AddressRange]]]:
        """The network's interfaces in a subnet by their ids, each with what it holds."""
        its: dict[str, tuple[Interface, list[AddressRange]]] = {}
        for each, interface in self._found.get(subnet_id, ()):
            if interface.tags.get(NETWORK_TAG) == name:
                its.setdefault(interface.id, (interface, []))[1].append(each)
        return its


def _place(found: tuple[AddressRange, Interface]) -> tuple[Literal[4, 6], int]:
    return found[0].version, int(found[0].first)


def unheld(entries: Iterable[Held], interfaces: Shown, now: float) -> list[Held]:
    """Entries that say that a slice is held while no interface in its subnet has an address of it."""
    return [entry for entry in _settled(entries, now) if interfaces.holder(entry) is None]


def handed_on(entries: Iterable[Held], interfaces: Shown, now: float) -> list[tuple[Held, str]]:
    """Entries whose interface has outlived their holder, with who has it now; each with the holder that gives way."""
    found: list[tuple[Held, str]] = []
    for entry in _settled(entries, now):
        interface = interfaces.holder(entry)
        who = _holder(interface, entry.network) if interface else entry.holder
        if who.partition("/")[0] != entry.holder.partition("/")[0]:
            found.append((replace(entry, holder=who, taken_at=now), entry.holder))
    return found


def unentered(
    network: ResolvedNetwork, plan: Slice, entries: Sequence[Held], interfaces: Shown, now: float
) -> list[tuple[Held, str]]:
    """Slices that interfaces have and the register does not know, or thinks free: of a stack that was here before."""
    missing: list[tuple[Held, str]] = []
    for zone, ranges in plan.ranges_by_zone.items():
        subnet_id = network.subnet_by_zone[zone]
        known = RangeSet(entry.range for entry in entries if entry.subnet_id == subnet_id and entry.free_after is None)
        for interface, held in interfaces.of_network(network.name, subnet_id).values():
            who = _holder(interface, network.name)
            unknown = (found for found in _slices_on(held, ranges, plan.size) if not known.meets(found))
            missing += [(Held(subnet_id, found, network.name, who, now), "") for found in unknown]
    return missing


def _settled(entries: Iterable[Held], now: float) -> Iterator[Held]:
    """Those that are held, and were not taken a little while ago."""
    return (entry for entry in entries if entry.free_after is None and entry.taken_at < now - GRACE_SECONDS)


def _holder(interface: Interface, network: str) -> str:
    outlived = interface.attachment is None and interface.tags.get(RETENTION_TAG) == "keep"
    return holder(KEPT if outlived else interface.tags.get(INSTANCE_TAG, ""), network, interface.id)


def _slices_on(held: Iterable[AddressRange], ranges: Iterable[AddressRange], size: int) -> Iterator[AddressRange]:
    whole = RangeSet(held)
    return (each for within in ranges for part in whole.parts_in(within) for each in part.slices(size))


def _networks(configuration: ResolvedConfiguration) -> list[ResolvedNetwork]:
    return list({network.name: network for group in configuration.groups for network in group.networks}.values())


def _fills(network: ResolvedNetwork, plan: Slice, entries: Sequence[Held], now: float) -> list[Fill]:
    fills: list[Fill] = []
    for zone, ranges in plan.ranges_by_zone.items():
        here = [entry for entry in entries if entry.subnet_id == network.subnet_by_zone[zone]]
        busy = RangeSet(entry.range for entry in here if not entry.is_free(now))
        slices = [each for within in ranges for each in within.slices(plan.size)]
        fills.append(Fill(network.name, zone, len(slices), sum(map(busy.meets, slices))))
    return fills
