"""Following a Kubernetes collection: what is there, then each change, whatever becomes of the connection.

Kubernetes documentation, "Kubernetes API Concepts", "Efficient detection of changes": a list tells the version from
which to watch; bookmarks move it on; 410 Gone says that the server no longer has it, and to list again.
"""

from __future__ import annotations

import http.client
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .kubernetes import Kubernetes, Refused, Unreachable

_log = logging.getLogger(__name__)
_PAGE = "500"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
# As client-go's reflector: a watch ends after a time between this and twice this, so that not all nodes ask at once.
_WATCH_SECONDS = 300
_SHORT_SECONDS = 1.0


@dataclass(frozen=True)
class Listed:
    """All objects that there are now: what was known before and is not among them is gone."""

    objects: list[dict[str, Any]]


@dataclass(frozen=True)
class Changed:
    """One object as it is now, or with `gone` as it was last."""

    object: dict[str, Any]
    gone: bool


def follow(
    api: Kubernetes, path: str, query: Mapping[str, str], wait: Callable[[float], bool]
) -> Iterator[Listed | Changed]:
    """The collection at `path` as `Listed`, then each change to it, without end.

    After a broken connection it goes on where it was, or with a new list where that is not possible; errors are logged
    and survived. `wait` sleeps so many seconds between attempts; True from it ends all.
    """
    version, pause = "", _FIRST_PAUSE
    while True:
        began, asked_for = time.monotonic(), 0.0
        try:
            if not version:
                objects, version = _list(api, path, query)
                yield Listed(objects)
            for kind, thing in _watch(api, path, query, version):
                version, pause = thing["metadata"]["resourceVersion"], _FIRST_PAUSE
                if kind != "BOOKMARK":
                    yield Changed(thing, gone=kind == "DELETED")
            # A server or a balancer that ends each watch at once is not to be asked in a loop.
            if time.monotonic() - began > _SHORT_SECONDS and not wait(0):
                continue
        except Refused as refused:
            _log.warning("following %s: %s", path, refused)
            asked_for = refused.retry_after
            if refused.status == http.client.GONE:
                version = ""
        except Unreachable as error:
            _log.warning("following %s: %s", path, error)
        if wait(max(random.uniform(0, pause), asked_for)):  # noqa: S311 - jitter is no secret
            return
        pause = min(pause * 2, _LONGEST_PAUSE)


def _list(api: Kubernetes, path: str, query: Mapping[str, str]) -> tuple[list[dict[str, Any]], str]:
    objects: list[dict[str, Any]] = []
    page: dict[str, str] = {}
    while True:
        answer = api.get(path, {**query, "limit": _PAGE, **page})
        objects += answer.get("items") or []
        about = answer["metadata"]
        if not about.get("continue"):
            return objects, about["resourceVersion"]
        page = {"continue": about["continue"]}


def _watch(api: Kubernetes, path: str, query: Mapping[str, str], version: str) -> Iterator[tuple[str, dict[str, Any]]]:
    seconds = random.randint(_WATCH_SECONDS, 2 * _WATCH_SECONDS)  # noqa: S311 - jitter is no secret
    asked = {"watch": "1", "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds), "resourceVersion": version}
    for event in api.lines(path, {**query, **asked}, seconds):
        if event["type"] == "ERROR":
            status = event["object"]
            raise Refused(int(status.get("code") or http.client.INTERNAL_SERVER_ERROR), status)
        yield event["type"], event["object"]
