"""What a node holds for each number of pods, once ipamd has settled."""

from dataclasses import replace
from functools import lru_cache

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.datastore import Datastore
from nodenet.capacity.ipamd.passes import Ipamd
from nodenet.capacity.shape import Holding, NodeShape


@lru_cache(maxsize=4096)
def holdings(shape: NodeShape, settings: CniSettings) -> tuple[Holding, ...]:
    """The holding for 0, 1, … `shape.max_pods` pods: they come one by one, ipamd grows until its targets are met or
    nothing more is to be had, and pods fill ENIs one after the other. Pods beyond the addresses wait.

    Growth needs no clock, so none runs: how long it takes and what is given back later is simulation's to say.
    """
    store = Datastore(shape, settings.ip_cooldown_period)
    daemon = Ipamd(shape, settings, store)
    found: list[Holding] = []
    while len(found) <= shape.max_pods and not store.waiting:
        if found and not store.assign(0.0):
            store.waiting += 1
        while daemon.grow(0.0):
            while store.waiting and store.assign(0.0):
                store.waiting -= 1
        found.append(store.holding())
    # ipamd knows nothing of pods that wait: the first is as all that come after it.
    waiting = range(2, shape.max_pods - len(found) + 3)
    return (*found, *(replace(found[-1], waiting=number) for number in waiting))
