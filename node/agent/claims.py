"""What the claimer must be told of the addresses that this node's pods hold: claims of new ones, releases of old ones.

It is a difference, not a log: what pods hold now against what the bus has taken. So a restart, a lost watch or a bus
that is away for a while need no repair of their own. Claims and releases are idempotent by the receiver's rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from .pods import Holding, Key, Pod, holdings
from .put_events import Event
from .ranges import Range

CLAIMED = "Pod Addresses Claimed"
RELEASED = "Pod Addresses Released"
MOST_ADDRESSES = 50
"""Of one event: the claimer takes no more (docs/reference/events.md). What is left over is due after it."""


@dataclass(frozen=True)
class Telling:
    """One event that is due: the claim or the release of the holding's addresses."""

    kind: str
    holding: Holding

    def event(self, cluster: str, node: str) -> Event:
        """The event for the bus; `node` is the instance's id."""
        about = self.holding
        detail = {
            "cluster": cluster,
            "node": node,
            "network": about.network,
            "addresses": list(about.addresses),
            "pod": about.pod,
            "generation": about.generation,
            "uid": about.uid,
        }
        return Event(self.kind, detail)


class Memory(Protocol):
    """What outlives the daemon and the node's next boot, as the addresses do: EC2 keeps them on an instance that
    reboots or is stopped and started, and its pods may have gone meanwhile."""

    def read(self) -> tuple[list[Holding], dict[Key, int]]:
        """What was last written; nothing at first."""

    def write(self, registered: Iterable[Holding], lives: Mapping[Key, int]) -> None:
        """What may be registered for pods of this node, and the generations that have grown while a pod lived."""


class Ledger:
    """The pods of this node against what the bus was told.

    What may be registered is written down before a claim of it is sent, so that pods that go while the daemon is away
    are released when it is back.
    """

    def __init__(self, memory: Memory) -> None:
        registered, self._lives = memory.read()
        self._memory = memory
        self._registered = {each.key: each for each in registered}
        self._confirmed: dict[Key, Holding] = {}
        self._failures: dict[Key, int] = {}
        self._pods: dict[str, Pod] | None = None

    def listed(self, pods: Iterable[Pod]) -> None:
        """These are all the living pods."""
        former = self._pods or {}
        self._pods = {pod.uid: _remembering(pod, former.get(pod.uid)) for pod in pods}

    def changed(self, pod: Pod) -> None:
        """This pod lives, and this is its state; after `listed`."""
        assert self._pods is not None
        self._pods[pod.uid] = _remembering(pod, self._pods.get(pod.uid))

    def gone(self, uid: str) -> None:
        """The pod with this uid is gone, or has finished; after `listed`."""
        assert self._pods is not None
        self._pods.pop(uid, None)

    def due(self, floating: Mapping[str, tuple[Range, ...]]) -> list[Telling]:
        """What is to be told, releases first since their addresses may be what is claimed next; what failed most comes
        last, so that it keeps nothing else waiting. Nothing until the pods are known."""
        if self._pods is None:
            return []
        held = {each.key: self._alive(each) for pod in self._pods.values() for each in holdings(pod, floating)}
        silent = {pod.uid for pod in self._pods.values() if pod.statuses is None}
        releases = [
            Telling(RELEASED, left)
            for key, known in self._registered.items()
            if known.uid not in silent and (left := _without(known, held.get(key)))
        ]
        claims = [
            Telling(CLAIMED, new) for key, now in held.items() if (new := _without(now, self._confirmed.get(key)))
        ]
        bounded = (
            replace(each, holding=replace(each.holding, addresses=each.holding.addresses[:MOST_ADDRESSES]))
            for each in (*releases, *claims)
        )
        return sorted(bounded, key=lambda each: self._failures.get(each.holding.key, 0))

    def telling(self, due: Iterable[Telling]) -> None:
        """These are about to be sent; whether they arrive may never be known."""
        for each in due:
            about = each.holding
            if each.kind == CLAIMED:
                self._registered[about.key] = _with(about, self._registered.get(about.key))
            else:
                _take(self._confirmed, about)
                # A pod that lives on may get the address back: a claim of the generation that released it is stale.
                # One more, and not the time: the next pod of the name has its creation time by another clock.
                self._lives[about.key] = about.generation + 1
        self._write()

    def told(self, sent: Telling) -> None:
        """The bus has taken it."""
        about = sent.holding
        self._failures.pop(about.key, None)
        if sent.kind == CLAIMED:
            self._confirmed[about.key] = _with(about, self._confirmed.get(about.key))
        else:
            _take(self._registered, about)
            self._write()

    def failed(self, unsent: Telling) -> None:
        """The bus has not taken it: it stays due."""
        self._failures[unsent.holding.key] = self._failures.get(unsent.holding.key, 0) + 1

    def looked(self, registered: Mapping[str, frozenset[str]]) -> None:
        """EC2 shows these addresses on this node, by network: what was told and is not among them is due again. The
        claim may have been refused while somebody else held the address, or someone may have taken it off since."""
        for key, known in list(self._confirmed.items()):
            there = tuple(each for each in known.addresses if each in registered.get(known.network, ()))
            self._confirmed[key] = replace(known, addresses=there)

    def _alive(self, holding: Holding) -> Holding:
        return replace(holding, generation=self._lives.get(holding.key, holding.generation))

    def _write(self) -> None:
        if self._pods is not None:
            self._lives = {key: life for key, life in self._lives.items() if key[0] in self._pods}
        self._memory.write(self._registered.values(), self._lives)


def _remembering(pod: Pod, former: Pod | None) -> Pod:
    """A status that was taken away or spoilt by hand takes no address off the pod."""
    return replace(pod, statuses=former.statuses) if pod.statuses is None and former else pod


def _without(holding: Holding, other: Holding | None) -> Holding | None:
    left = tuple(each for each in holding.addresses if not other or each not in other.addresses)
    return replace(holding, addresses=left) if left else None


def _take(book: dict[Key, Holding], holding: Holding) -> None:
    known = book.pop(holding.key, None)
    if known and (left := _without(known, holding)):
        book[holding.key] = left


def _with(holding: Holding, other: Holding | None) -> Holding:
    more = tuple(each for each in other.addresses if each not in holding.addresses) if other else ()
    return replace(holding, addresses=(*holding.addresses, *more))
