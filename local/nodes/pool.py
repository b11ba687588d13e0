"""The addresses that the VPC CNI holds on one node, and which pod has which.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/datastore/data_store.go. Go walks its map of interfaces in any order;
here the oldest gives first.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

YOUNG = 60.0
"""For so many seconds an interface is kept, though nobody needs it (minENILifeTime)."""


@dataclass
class Block:
    """An address (/32) or a prefix (/28) of an interface. `pods` by address; `freed`: when an address was last used."""

    network: IPv4Network
    pods: dict[IPv4Address, str] = field(default_factory=dict)
    freed: dict[IPv4Address, float] = field(default_factory=dict)

    @property
    def is_prefix(self) -> bool:
        return self.network.prefixlen < 32


@dataclass
class Interface:
    """An ENI that the CNI manages. `excluded`: its subnet is tagged so that no more pods get addresses there."""

    id: str
    primary: bool
    excluded: bool
    since: float
    blocks: dict[IPv4Network, Block] = field(default_factory=dict)

    @property
    def has_pods(self) -> bool:
        return any(block.pods for block in self.blocks.values())


@dataclass(frozen=True)
class Stats:
    """Addresses in all and with pods, of the kind in use (single addresses or prefixes); prefixes wholly free."""

    total: int
    assigned: int
    prefixes: int
    free_prefixes: int

    @property
    def available(self) -> int:
        return self.total - self.assigned


class Pool:
    """`prefixes` says which kind pods get. `cooldown`: for so many seconds a pod's address goes to no other pod.

    Safe to use from several threads.
    """

    def __init__(self, prefixes: bool, cooldown: float, now: Callable[[], float]) -> None:
        self.prefixes = prefixes
        self._cooldown = cooldown
        self._now = now
        self._lock = threading.RLock()
        self._interfaces: dict[str, Interface] = {}

    def add(self, eni_id: str, primary: bool, excluded: bool, networks: Iterable[IPv4Network]) -> None:
        """Takes in an interface, or what it has more than before."""
        with self._lock:
            interface = self._interfaces.setdefault(eni_id, Interface(eni_id, primary, excluded, self._now()))
            for network in networks:
                interface.blocks.setdefault(network, Block(network))

    def forget(self, eni_id: str) -> None:
        with self._lock:
            self._interfaces.pop(eni_id, None)

    def drop(self, eni_id: str, networks: Iterable[IPv4Network]) -> list[IPv4Network]:
        """Lets go of those without a pod, and answers which these are."""
        with self._lock:
            blocks = self._interfaces[eni_id].blocks
            free = [network for network in networks if network in blocks and not blocks[network].pods]
            for network in free:
                del blocks[network]
            return free

    def interfaces(self) -> list[Interface]:
        with self._lock:
            return list(self._interfaces.values())

    def assign(self, pod: str) -> IPv4Address | None:
        """An address for a pod, the same for the same pod; None where none is free (AssignPodIPv4Address)."""
        with self._lock:
            if held := self.address_of(pod):
                return held
            for block in self._usable():
                for address in block.network:
                    if address not in block.pods and not self._cooling(block, address):
                        block.pods[address] = pod
                        return address
            return None

    def restore(self, pod: str, address: IPv4Address) -> None:
        """A pod that had its address before a restart keeps it, as the file of allocations says (ReadBackingStore)."""
        with self._lock:
            for block in self._blocks():
                if address in block.network:
                    block.pods[address] = pod

    def release(self, pod: str) -> None:
        with self._lock:
            for block in self._blocks():
                for address in [each for each, holder in block.pods.items() if holder == pod]:
                    del block.pods[address]
                    block.freed[address] = self._now()

    def address_of(self, pod: str) -> IPv4Address | None:
        with self._lock:
            return next((a for block in self._blocks() for a, holder in block.pods.items() if holder == pod), None)

    def pods(self) -> dict[str, IPv4Address]:
        with self._lock:
            return {holder: address for block in self._blocks() for address, holder in block.pods.items()}

    def stats(self) -> Stats:
        """GetIPStats and GetFreePrefixes."""
        with self._lock:
            usable = list(self._usable())
            prefixes = [block for block in self._blocks() if block.is_prefix]
            return Stats(
                total=sum(block.network.num_addresses for block in usable),
                assigned=sum(len(block.pods) for block in usable),
                prefixes=len(prefixes),
                free_prefixes=sum(not block.pods for block in prefixes),
            )

    def freeable(self, eni_id: str, prefixes: bool) -> list[IPv4Network]:
        """The interface's addresses, or prefixes, without a pod."""
        with self._lock:
            blocks = self._interfaces[eni_id].blocks.values()
            return [block.network for block in blocks if block.is_prefix == prefixes and not block.pods]

    def cooling(self, interface: Interface) -> bool:
        with self._lock:
            return any(self._cooling(block, each) for block in interface.blocks.values() for each in block.freed)

    def _cooling(self, block: Block, address: IPv4Address) -> bool:
        return address in block.freed and self._now() - block.freed[address] <= self._cooldown

    def _usable(self) -> Iterator[Block]:
        for interface in self._interfaces.values():
            if not interface.excluded:
                yield from (block for block in interface.blocks.values() if block.is_prefix == self.prefixes)

    def _blocks(self) -> Iterator[Block]:
        for interface in self._interfaces.values():
            yield from interface.blocks.values()
