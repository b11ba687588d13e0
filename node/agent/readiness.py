"""When a node may take pods: its networks, CNI files, plugin binaries and Multus are there; then the taint goes.

A pod that is scheduled before hangs for ever in ContainerCreating, or starts without its networks. The kubelet cannot
take the taint off: the NodeRestriction admission plugin forbids it to change its own node's taints (Kubernetes
documentation, "Using Admission Controllers"), so the daemon does, with a service account of its own.

The taint is never put on again. On a node in service it would keep pods away from what still works, it would heal
nothing, and two daemons or an operator taking it off by hand would be fought; what is wrong later is told by `check`,
the DaemonSet's liveness.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .configuration import Network
from .kubernetes import Kubernetes, Refused, Unreachable
from .node_events import NodeEvents
from .places import Places

TAINT = "nodenet/network-not-ready"
PLUGINS = Path("/opt/cni/bin")

_log = logging.getLogger(__name__)
_ATTEMPTS = 5
_LOOK_AGAIN_SECONDS = 1.0
# A Node that was deleted and registered anew by its kubelet has the taint again.
_LATER_SECONDS = 300.0

# As its thin entrypoint and its daemon write it (multus-cni, cmd/thin_entrypoint and pkg/server/config).
_MULTUS = ("00-multus.conf", "00-multus.conflist")


def faults(networks: Iterable[Network], places: Places, plugins: Path) -> list[str]:
    """What pods on these networks still lack besides the links: empty when a pod may come. Reads files only."""
    return [*_multus(places.runtime_cni), *_lacking_plugins(networks, places, plugins)]


def keep_untainted(api: Kubernetes, node: str, missing: Callable[[], list[str]], wait: Callable[[float], bool]) -> None:
    """Takes the taint off the node as soon as `missing` names nothing; until then says on the node what is missing.

    Goes on until `wait`, which sleeps so many seconds, returns True. Errors of the API server are logged and survived.
    """
    events, pause = NodeEvents(api, node), _LOOK_AGAIN_SECONDS
    while True:
        try:
            found = api.get(f"/api/v1/nodes/{node}")
            if any(_taints(found)):
                while lacks := missing():
                    _log.info("not ready: %s", "; ".join(lacks))
                    events.not_ready(found, lacks)
                    if wait(_LOOK_AGAIN_SECONDS):
                        return
                if untaint(api, node):
                    _log.info("ready: taint %s is off", TAINT)
                    events.ready(found)
            pause = random.uniform(0.5, 1) * _LATER_SECONDS  # noqa: S311 - jitter is no secret
        except (Refused, Unreachable) as error:
            _log.warning("taint of node %s: %s", node, error)
            pause = random.uniform(0.5, 1) * min(pause * 2, 30.0)  # noqa: S311 - jitter is no secret
        if wait(pause):
            return


def untaint(api: Kubernetes, node: str) -> bool:
    """Takes the taint off the node, with any effect, and leaves all others as they are; False if it is not there.

    The patch names each taint by place and by content, and the API server applies all of it or nothing: who changes
    the taints meanwhile makes it fail (422), and it is tried on the new ones. Refused, Unreachable.
    """
    for attempt in range(_ATTEMPTS):
        places = list(_taints(api.get(f"/api/v1/nodes/{node}")))
        if not places:
            return False
        operations = [
            operation
            for number, taint in reversed(places)
            for operation in (
                {"op": "test", "path": f"/spec/taints/{number}", "value": taint},
                {"op": "remove", "path": f"/spec/taints/{number}"},
            )
        ]
        try:
            api.patch(f"/api/v1/nodes/{node}", operations)
        except Refused as refused:
            overtaken = refused.status in (http.client.UNPROCESSABLE_ENTITY, http.client.CONFLICT)
            if not overtaken or attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return True


def _taints(node: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, taint in enumerate(node["spec"].get("taints") or ()):
        if taint["key"] == TAINT:
            yield number, taint


def _multus(folder: Path) -> Iterator[str]:
    if not any(_object(folder / name) for name in _MULTUS):
        yield f"Multus is not in place: neither {' nor '.join(_MULTUS)} in {folder}"


def _lacking_plugins(networks: Iterable[Network], places: Places, folder: Path) -> Iterator[str]:
    """The files are asked, not the plans: they say what Multus will call."""
    users: dict[str, list[str]] = {}
    for network in networks:
        file = places.cni_file(network.name)
        content = _object(file)
        if not content:
            yield f"network {network.name}: no CNI file {file}"
            continue
        for plugin in _types(content):
            users.setdefault(plugin, []).append(network.name)
    for plugin, used in users.items():
        if not os.access(folder / plugin, os.X_OK):
            yield f"network {', '.join(used)}: plugin {plugin} is not in {folder}"


def _types(configuration: dict[str, Any]) -> list[str]:
    """Of a list of plugins, and of their IPAM (CNI specification, "Configuration format")."""
    parts = configuration.get("plugins") or [configuration]
    found = [name for part in parts for name in (part.get("type"), (part.get("ipam") or {}).get("type")) if name]
    return list(dict.fromkeys(found))


def _object(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
