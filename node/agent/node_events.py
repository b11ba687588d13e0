"""What is said of this node's networks where operators look: Kubernetes events on the Node (`kubectl describe node`).

Seldom: an event when something is missing for longer than a start takes, another when something else is, and one when
all is there. Kubernetes API reference, "Event v1 core".
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from .kubernetes import Kubernetes, Refused, Unreachable

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 30.0
_QUIET_SECONDS = 60.0
_REPEAT_SECONDS = 600.0
# In bytes. events.k8s.io/v1, Event: "Maximal length of the note is 1kB".
_LONGEST = 1024


class NodeEvents:
    """Events on the node called `node`; an API server that does not take them stops nothing."""

    def __init__(self, api: Kubernetes, node: str) -> None:
        self._api = api
        self._node = node
        self._since: float | None = None
        self._said: tuple[float, str] = (float("-inf"), "")

    def not_ready(self, node: dict[str, Any], missing: Sequence[str]) -> None:
        """Says what is missing once that has lasted, and again when it is something else, or still so much later."""
        now, text = time.monotonic(), "; ".join(missing)
        self._since = now if self._since is None else self._since
        moment, before = self._said
        due = now - moment >= (_REPEAT_SECONDS if text == before else _QUIET_SECONDS)
        if now - self._since >= _GRACE_SECONDS and due:
            self._said = (now, text)
            self._say(node, "Warning", "NetworkNotReady", text)

    def ready(self, node: dict[str, Any]) -> None:
        """Pods may come."""
        self._since = None
        self._say(node, "Normal", "NetworkReady", "networks, CNI files, plugins and Multus are in place")

    def _say(self, node: dict[str, Any], kind: str, reason: str, message: str) -> None:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        about = {"apiVersion": "v1", "kind": "Node", "name": self._node, "uid": node["metadata"].get("uid") or ""}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            # Events about things without a namespace belong into this one.
            "metadata": {"generateName": f"{self._node}.", "namespace": "default"},
            "involvedObject": about,
            "type": kind,
            "reason": reason,
            "message": message.encode()[:_LONGEST].decode(errors="ignore"),
            "source": {"component": "nodenet-agent", "host": self._node},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._api.create("/api/v1/namespaces/default/events", event)
        except (Refused, Unreachable) as error:
            _log.warning("event %s: %s", reason, error)
