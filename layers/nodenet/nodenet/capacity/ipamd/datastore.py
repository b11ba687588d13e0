"""ipamd's store of one network card: its ENIs, their blocks, and which addresses pods have (pkg/ipamd/datastore).

A block is one address, or a prefix of sixteen. Times are seconds since the node started.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from nodenet.capacity.shape import PREFIX_ADDRESSES, EniHolding, Holding, NodeShape

MINIMUM_ENI_LIFE: Final = 60.0
"""Seconds before an ENI may go (minENILifeTime)."""


class Order(Protocol):
    """In which order ipamd comes by its ENIs and blocks, or pods go; given in the order in which they came."""

    def __call__[T](self, things: Sequence[T]) -> Iterable[T]: ...


def as_attached[T](things: Sequence[T]) -> Iterable[T]:
    """What came first comes first: pods fill one ENI after the other, as the VPC CNI's own documents show it."""
    return things


def newest_first[T](things: Sequence[T]) -> Iterable[T]:
    return reversed(things)


class Shuffled:
    """As ipamd does it: its ENIs and blocks are in Go maps, which it walks through from a place that chance chooses.

    A map of up to eight things is one group of eight slots, walked round from any of them; the empty ones count, so
    that the first thing is met first more often than others (internal/runtime/maps/table.go, Iter, since Go 1.24). A
    larger map's order is that of hashes: any. So a pod gets its address on an ENI that happens to come first, and after
    a scale-down few ENIs are without pods. The same seed, the same order.
    """

    _GROUP: Final = 8

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - an order, and no secret

    def __call__[T](self, things: Sequence[T]) -> Iterable[T]:
        if len(things) > self._GROUP:
            return self._random.sample(things, len(things))
        first = self._random.randrange(self._GROUP)
        return [*things[first:], *things[:first]]


@dataclass(slots=True, eq=False)
class Block:
    size: int
    active: int = 0
    cooling: list[float] = field(default_factory=list)
    """When its cooling addresses were given back."""


@dataclass(slots=True, eq=False)
class Eni:
    born: float
    primary: bool
    blocks: list[Block] = field(default_factory=list)
    active: int = 0

    @property
    def addresses(self) -> int:
        return sum(block.size for block in self.blocks)


class Datastore:
    """What a node has. Counts are kept as they change, since ipamd looks at them in every pass."""

    def __init__(
        self, shape: NodeShape, cooldown: float, order: Order = as_attached, leaving: Order = newest_first
    ) -> None:
        self.enis = [Eni(born=0.0, primary=True)]
        self.total = 0
        self.prefixes = 0
        self.waiting = 0
        self._shape, self._cooldown, self._order, self._leaving = shape, cooldown, order, leaving
        self._pods: list[tuple[Eni, Block]] = []

    @property
    def assigned(self) -> int:
        return len(self._pods)

    @property
    def available(self) -> int:
        """Addresses without a pod, cooling ones among them (AvailableAddresses)."""
        return self.total - len(self._pods)

    @property
    def free_prefixes(self) -> int:
        """Prefixes of which no pod has an address (GetFreePrefixes)."""
        return sum(not block.active for eni in self.enis for block in eni.blocks) if self._shape.prefixes else 0

    def allocatable(self) -> list[Eni]:
        """ENIs with slots left for pods (GetAllocatableENIs)."""
        usable = self.enis if self._shape.pods_on_primary else self.enis[1:]
        return [eni for eni in self._order(usable) if len(eni.blocks) < self._shape.per_eni]

    def newest_first(self) -> Iterable[Eni]:
        """The order in which blocks are given back: what was filled last empties first."""
        return self._order(self.enis[::-1])

    def attach(self, now: float) -> Eni:
        self.enis.append(Eni(born=now, primary=False))
        return self.enis[-1]

    def add(self, eni: Eni, blocks: int) -> None:
        size = PREFIX_ADDRESSES if self._shape.prefixes else 1
        eni.blocks += [Block(size) for _ in range(blocks)]
        self._count(blocks)

    def remove_free(self, eni: Eni, most: int) -> int:
        """Takes blocks off that no pod uses, cooling or not (FindFreeableCidrs); how many."""
        free = [block for block in self._order(eni.blocks) if not block.active][:most]
        eni.blocks = [block for block in eni.blocks if block not in free] if free else eni.blocks
        self._count(-len(free))
        return len(free)

    def detach(self, eni: Eni) -> None:
        self.enis.remove(eni)
        self._count(-len(eni.blocks))

    def assign(self, now: float) -> bool:
        """An address for one pod: the first that is free and has cooled down (AssignPodIPv4Address)."""
        for eni in self._order(self.enis):
            if eni.active == len(eni.blocks) * (PREFIX_ADDRESSES if self._shape.prefixes else 1):
                continue
            for block in self._order(eni.blocks):
                if block.active + len(self._cool(block, now)) < block.size:
                    block.active += 1
                    eni.active += 1
                    self._pods.append((eni, block))
                    return True
        return False

    def release(self, now: float) -> None:
        """One pod goes, and its address cools (UnassignPodIPAddress)."""
        eni, block = self._pods.pop(next(iter(self._leaving(range(len(self._pods))))))
        eni.active -= 1
        block.active -= 1
        block.cooling.append(now)

    def deletable(self, now: float, warm_ips: int, minimum_ips: int, warm_prefixes: int) -> Eni | None:
        """An ENI that may go (getDeletableENI): not the primary, not young, nothing cooling, no pods, and not needed
        for a target by what the others hold."""
        for eni in self._order(self.enis):
            if eni.primary or eni.active or now - eni.born < MINIMUM_ENI_LIFE:
                continue
            if any(self._cool(block, now) for block in eni.blocks):
                continue
            others = self.total - eni.addresses
            if warm_ips and others - self.assigned < self._whole(warm_ips):
                continue
            if minimum_ips and others < self._whole(minimum_ips):
                continue
            if self._shape.prefixes and self.free_prefixes - len(eni.blocks) < warm_prefixes:
                continue
            return eni
        return None

    def has_unused_eni(self) -> bool:
        """Whether some ENI besides the primary has no pods (CheckFreeableENIexists)."""
        return any(not eni.primary and not eni.active for eni in self.enis)

    def holding(self) -> Holding:
        enis = tuple(EniHolding(len(eni.blocks), eni.addresses, eni.active) for eni in self.enis)
        return Holding(enis, self._shape.prefixes, self.waiting)

    def _whole(self, addresses: int) -> int:
        """A target in addresses, rounded up to whole prefixes where there are prefixes."""
        return -(-addresses // PREFIX_ADDRESSES) * PREFIX_ADDRESSES if self._shape.prefixes else addresses

    def _cool(self, block: Block, now: float) -> list[float]:
        """Those of a block's addresses that still cool (inCoolingPeriod: at the very end of the period, still)."""
        if block.cooling:
            block.cooling = [since for since in block.cooling if now - since <= self._cooldown]
        return block.cooling

    def _count(self, blocks: int) -> None:
        self.total += blocks * (PREFIX_ADDRESSES if self._shape.prefixes else 1)
        self.prefixes += blocks if self._shape.prefixes else 0
