"""Comparing the register with EC2: slices that no interface has come free, those that one has are entered.

Nothing else frees a slice: whatever became of a launch or a termination, and of the events that told of it, EC2 shows
in the end who has the addresses.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.errors import ConfigurationError
from nodenet.interfaces.addresses import ranges_of
from nodenet.interfaces.identity import INSTANCE_TAG, NETWORK_TAG, holder
from nodenet.networks import Interface
from nodenet.plans import Plan, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange, merged
from nodenet.slices.register import Held, Register

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
    """One pass. Where the configuration has no slices and the register is empty it costs EC2 no call."""
    try:
        configuration = configurations.load()
    except ConfigurationError as error:
        return Swept(mistakes=error.mistakes)
    now = time.time()
    wanted = [(network, plan) for network in _networks(configuration) for plan in _slices(network)]
    entries = register.everything()
    if not wanted and not entries:
        return Swept()
    interfaces = ec2.interfaces_of_cluster()
    freed = [
        f"{entry.range} of {entry.network}, held by {entry.holder}"
        for entry in unheld(entries, interfaces, now)
        if register.let_go(entry, now + QUARANTINE_SECONDS)
    ]
    missing = [entry for network, plan in wanted for entry in unentered(network, plan, entries, interfaces, now)]
    entered = [f"{entry.range} of {entry.network}, held by {entry.holder}" for entry in missing if register.hold(entry)]
    current = [*entries, *missing]
    fills = [fill for network, plan in wanted for fill in _fills(network, plan, current, now)]
    return Swept((), tuple(freed), tuple(entered), tuple(fills))


def unheld(entries: Iterable[Held], interfaces: Sequence[Interface], now: float) -> list[Held]:
    """Entries that say that a slice is held while no interface in its subnet has an address of it."""
    return [
        entry
        for entry in entries
        if entry.free_after is None
        and entry.taken_at < now - GRACE_SECONDS
        and not any(_has(interface, entry) for interface in interfaces)
    ]


def unentered(
    network: ResolvedNetwork, plan: Slice, entries: Sequence[Held], interfaces: Sequence[Interface], now: float
) -> list[Held]:
    """Slices that interfaces have and the register does not know, or thinks free: of a stack that was here before."""
    known = [entry for entry in entries if entry.free_after is None]
    missing: list[Held] = []
    for zone, ranges in plan.ranges_by_zone.items():
        subnet_id = network.subnet_by_zone[zone]
        for interface in interfaces:
            if interface.subnet_id != subnet_id or interface.tags.get(NETWORK_TAG) != network.name:
                continue
            for found in _slices_on(interface, ranges, plan.size):
                if not any(entry.subnet_id == subnet_id and entry.range.overlaps(found) for entry in known):
                    who = holder(interface.tags.get(INSTANCE_TAG, ""), network.name, interface.id)
                    missing.append(Held(subnet_id, found, network.name, who, now))
    return missing


def _has(interface: Interface, entry: Held) -> bool:
    return interface.subnet_id == entry.subnet_id and any(entry.range.overlaps(each) for each in ranges_of(interface))


def _slices_on(interface: Interface, ranges: Sequence[AddressRange], size: int) -> list[AddressRange]:
    whole = merged(ranges_of(interface))
    return [each for within in ranges for each in within.slices(size) if any(each in one for one in whole)]


def _networks(configuration: ResolvedConfiguration) -> list[ResolvedNetwork]:
    return list({network.name: network for group in configuration.groups for network in group.networks}.values())


def _slices(network: ResolvedNetwork) -> list[Slice]:
    plans: list[Plan | Singles | None] = [
        plan.otherwise if isinstance(plan, Prefixes) else plan for plan in network.addresses.each
    ]
    return [plan for plan in plans if isinstance(plan, Slice)]


def _fills(network: ResolvedNetwork, plan: Slice, entries: Sequence[Held], now: float) -> list[Fill]:
    fills: list[Fill] = []
    for zone, ranges in plan.ranges_by_zone.items():
        busy = [
            each.range for each in entries if each.subnet_id == network.subnet_by_zone[zone] and not each.is_free(now)
        ]
        slices = [each for within in ranges for each in within.slices(plan.size)]
        used = sum(any(each.overlaps(other) for other in busy) for each in slices)
        fills.append(Fill(network.name, zone, len(slices), used))
    return fills
