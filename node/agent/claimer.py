"""The daemon's claims: follows this node's pods and tells the bus what they hold."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .claims import Ledger, Telling
from .following import Changed, Listed, follow
from .imds import ImdsUnavailable
from .kubernetes import Kubernetes
from .pods import pod_of
from .put_events import MOST_ENTRIES, Event, NotSent
from .ranges import Range

_log = logging.getLogger(__name__)
# Pods that start together are told together: the claimer merges their addresses into one call per interface.
_GATHER_SECONDS = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_LOOK_ANYWAY_SECONDS = 5.0
# A claim waits at most five minutes for another pod's release before it is refused (docs/guides/floating-addresses.md).
_LOOK_SECONDS = 360.0


class Sender(Protocol):
    """Where events go."""

    def put(self, events: Sequence[Event]) -> list[NotSent | None]:
        """Sends at most MOST_ENTRIES; for each None where it was taken."""


class Claimer:
    """Two loops to be run in threads of their own, `watch` and `tell`, until `stop` is set.

    `registered` says what EC2 shows on this node, by network (ImdsUnavailable): what was claimed and is not there after
    some minutes is claimed again.
    """

    def __init__(
        self,
        ledger: Ledger,
        floating: Mapping[str, tuple[Range, ...]],
        registered: Callable[[], Mapping[str, frozenset[str]]],
        stop: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._registered = registered
        self._next_look = time.monotonic() + _LOOK_SECONDS
        self._floating = floating
        self._stop = stop
        self._news = threading.Condition()

    def watch(self, api: Kubernetes, node_name: str) -> None:
        """Follows the pods that are bound to this node."""
        for seen in follow(api, "/api/v1/pods", {"fieldSelector": f"spec.nodeName={node_name}"}, self._stop.wait):
            with self._news:
                if isinstance(seen, Listed):
                    self._ledger.listed(pod for each in seen.objects if (pod := pod_of(each)))
                else:
                    self._changed(seen)
                self._news.notify()

    def _changed(self, seen: Changed) -> None:
        pod = None if seen.gone else pod_of(seen.object)
        if pod:
            self._ledger.changed(pod)
        else:
            self._ledger.gone(seen.object["metadata"]["uid"])

    def tell(self, connect: Callable[[], tuple[Sender, str, str]]) -> None:
        """Sends what is due. `connect` makes the bus, and says the cluster's name and this instance's id; it is called
        when first needed, for a node without a floating address needs neither, and again after ImdsUnavailable."""
        pause, connected = _FIRST_PAUSE, None
        while not self._stop.is_set():
            with self._news:
                self._news.wait_for(lambda: self._stop.is_set() or self._due(), timeout=_LOOK_ANYWAY_SECONDS)
            if self._stop.wait(_GATHER_SECONDS):
                return
            try:
                self._look()
                with self._news:
                    due = self._due()
                if not due:
                    continue
                connected = connected or connect()
                sent = self._send(due, *connected)
            except ImdsUnavailable as error:
                _log.warning("claims wait: %s", error)
                sent = False
            if sent:
                pause = _FIRST_PAUSE
            else:
                self._stop.wait(random.uniform(pause / 2, pause))  # noqa: S311 - jitter is no secret
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _look(self) -> None:
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            shown = self._registered()
            with self._news:
                self._ledger.looked(shown)

    def _due(self) -> list[Telling]:
        return self._ledger.due(self._floating)[:MOST_ENTRIES]

    def _send(self, due: Sequence[Telling], bus: Sender, cluster: str, node: str) -> bool:
        with self._news:
            self._ledger.telling(due)
        answers = bus.put([each.event(cluster, node) for each in due])
        with self._news:
            for each, missed in zip(due, answers):
                if missed:
                    self._ledger.failed(each)
                    _log.warning("not told, tried again: %s: %s", _words(each), missed.reason)
                else:
                    self._ledger.told(each)
                    _log.info("told: %s", _words(each))
        return not any(answers)


def _words(each: Telling) -> str:
    about = each.holding
    return f"{each.kind}: {', '.join(about.addresses)} of {about.pod} on {about.network}, generation {about.generation}"
