"""Where pods get their addresses: what a CNI plug-in does for the kubelets here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol

from local.kubernetes.things import Thing


class Addresses(Protocol):
    """A cluster's CNI plug-in. Calls come from the cluster's own thread, one at a time, and hold no lock."""

    changed: list[Callable[[str], None]]
    """Each is to be called, from any thread, with the name of a node that may have addresses again."""

    def give(self, node_name: str, pod: Thing) -> str | None:
        """The address of a pod that is to start on the node; None where there is none now: it waits.

        Asked again for the same pod, it is the same.
        """
        ...

    def take_back(self, pod: Thing) -> None:
        """The pod has ended; its address, if it has one still, is free. May be said more than once."""
        ...


@dataclass
class Range:
    """Addresses of one range for all nodes, never out of them: what a cluster has before a CNI plug-in is there."""

    network: IPv4Network = field(default_factory=lambda: IPv4Network("100.127.0.0/16"))
    changed: list[Callable[[str], None]] = field(default_factory=list)
    _given: dict[str, IPv4Address] = field(default_factory=dict)
    _free: list[IPv4Address] = field(default_factory=list)
    _next: int = 1

    def give(self, node_name: str, pod: Thing) -> str | None:
        uid = pod["metadata"]["uid"]
        if uid not in self._given:
            if not self._free:
                self._free.append(self.network[self._next])
                self._next += 1
            self._given[uid] = self._free.pop()
        return str(self._given[uid])

    def take_back(self, pod: Thing) -> None:
        if address := self._given.pop(pod["metadata"]["uid"], None):
            self._free.insert(0, address)
