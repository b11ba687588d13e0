"""The daemon's memory: a file that outlives a reboot, as the addresses on the node's interfaces do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .pods import Holding, Key

DEFAULT_PATH = Path("/var/lib/nodenet/claims.json")

_log = logging.getLogger(__name__)


class ClaimsFile:
    """Replaced as a whole at each change, so that it is never half of anything. A file that cannot be read or written
    is logged and stops no claim; but then a pod that goes while the daemon is away is never released, but by its node's
    going. What another node has written is none of this one's: an image may be made of a node's disk, and a release by
    the copy would take addresses off living pods.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._path = path
        self._node = node

    def read(self) -> tuple[list[Holding], dict[Key, int]]:
        """What may be registered for this node's pods, and the generations that have grown while a pod lived."""
        try:
            content: dict[str, Any] = json.loads(self._path.read_text())
            if content["node"] != self._node:
                _log.warning("%s is of node %s, and left aside", self._path, content["node"])
                return [], {}
            registered = [Holding(**{**each, "addresses": tuple(each["addresses"])}) for each in content["registered"]]
            return registered, {(uid, network): int(life) for uid, network, life in content["lives"]}
        except FileNotFoundError:
            return [], {}
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.error("what was registered before is not known: %s: %s", self._path, error)
            return [], {}

    def write(self, registered: Iterable[Holding], lives: Mapping[Key, int]) -> None:
        """The same."""
        content = {
            "node": self._node,
            "registered": [asdict(each) for each in registered],
            "lives": [[uid, network, life] for (uid, network), life in lives.items()],
        }
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(content))
            fresh.replace(self._path)
        except OSError as error:
            _log.error("a restart will not know what to release: %s: %s", self._path, error)
