"""Pods come to a node and go, and ipamd follows: what the node holds second by second, and what it asks of EC2.

This is where warm targets show their price: fewer addresses kept warm are more EC2 calls, and pods that wait.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.datastore import Datastore, Order, as_attached, newest_first
from nodenet.capacity.ipamd.passes import PASS_SECONDS, Ipamd
from nodenet.capacity.shape import Holding, NodeShape

SETTLING_SECONDS: Final = 300.0
"""After the last change: an ENI must be a minute old to go, an address cools for half of one, and one ENI goes in a
pass; the largest types have fifteen."""


@dataclass(frozen=True, slots=True)
class Change:
    """At `second` since its start the node is to run `pods` with an address; `cordoned` from then on, or not."""

    second: float
    pods: int
    cordoned: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """After what happened in this second. `addresses`: taken from subnets, the ENIs' own included; `calls`: EC2 API
    calls since the start."""

    second: float
    pods: int
    waiting: int
    warm: int
    enis: int
    addresses: int
    prefixes: int
    calls: int


@dataclass(frozen=True, slots=True)
class Run:
    """`samples`: one for each second in which something changed. `calls`: by EC2 API action, over the whole run; what
    ipamd asks when it starts is left out, since no target changes it. `pod_seconds`: how long pods waited for an
    address, added up."""

    samples: tuple[Sample, ...]
    calls: Mapping[str, int]
    pod_seconds: float
    holding: Holding

    @property
    def most(self) -> int:
        """Addresses taken at the height of the run."""
        return max(sample.addresses for sample in self.samples)


def simulate(
    shape: NodeShape,
    settings: CniSettings,
    changes: Sequence[Change],
    *,
    seconds: float | None = None,
    order: Order = as_attached,
    leaving: Order = newest_first,
    room: int | None = None,
) -> Run:
    """A run from the node's start, over `seconds` (None: until things have settled after the last change).

    `order` decides which ENI and block ipamd comes to first, `leaving` which pod goes first: with the defaults pods
    sit as close as can be; ipamd itself has no order (`Shuffled`), and pods of a roll-out go oldest first. `room`:
    addresses that the node's subnet still has for it. Pods take an address as soon as one is free; how long the
    kubelet waits between its tries comes on top. ValueError where changes are not in order, or ask for more pods than
    the kubelet allows.
    """
    changes = _checked(changes, shape)
    end = seconds if seconds is not None else (changes[-1].second if changes else 0.0) + SETTLING_SECONDS
    store = Datastore(shape, settings.ip_cooldown_period, order, leaving)
    daemon = Ipamd(shape, settings, store, room)
    daemon.start()
    samples = [_sample(0.0, daemon)]
    waited, since, next_pass, coming = 0.0, 0.0, PASS_SECONDS, list(changes)
    while (now := min(coming[0].second if coming else next_pass, next_pass)) <= end:
        waited += store.waiting * (now - since)
        since = now
        if coming and coming[0].second == now:
            change = coming.pop(0)
            daemon.cordoned = change.cordoned
            _ask(store, change.pods, now)
        else:
            daemon.run(now)
            next_pass += PASS_SECONDS
        while store.waiting and store.assign(now):
            store.waiting -= 1
        _add(samples, _sample(now, daemon))
    waited += store.waiting * (end - since)
    return Run(tuple(samples), dict(sorted(daemon.calls.items())), waited, store.holding())


def _checked(changes: Sequence[Change], shape: NodeShape) -> Sequence[Change]:
    seconds = [change.second for change in changes]
    if seconds != sorted(set(seconds)) or min(seconds, default=0.0) < 0:
        raise ValueError("changes must come one after the other, each in a second of its own")
    most = max((change.pods for change in changes), default=0)
    if most > shape.max_pods:
        raise ValueError(f"{most} pods; the kubelet of this node takes {shape.max_pods}")
    return changes


def _ask(store: Datastore, pods: int, now: float) -> None:
    """Pods that go: those without an address first, since nothing holds them."""
    change = pods - store.assigned - store.waiting
    if change >= 0:
        store.waiting += change
        return
    unserved = min(store.waiting, -change)
    store.waiting -= unserved
    for _ in range(-change - unserved):
        store.release(now)


def _sample(now: float, daemon: Ipamd) -> Sample:
    store = daemon.store
    return Sample(
        second=now,
        pods=store.assigned,
        waiting=store.waiting,
        warm=store.available,
        enis=len(store.enis),
        addresses=store.total + len(store.enis),
        prefixes=store.prefixes,
        calls=daemon.calls.total(),
    )


def _add(samples: list[Sample], now: Sample) -> None:
    last = samples[-1]
    if last.second == now.second:
        samples[-1] = now
    elif (last.pods, last.waiting, last.addresses, last.calls) != (now.pods, now.waiting, now.addresses, now.calls):
        samples.append(now)
