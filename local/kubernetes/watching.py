"""Watches ("Kubernetes API Concepts", Efficient detection of changes, Watch bookmarks, Streaming lists)."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

import msgspec

from local.kubernetes import listing
from local.kubernetes.history import Change
from local.kubernetes.paths import Place
from local.kubernetes.statuses import too_old
from local.kubernetes.store import Store
from local.kubernetes.things import Thing

_BOOKMARK_EVERY = 10.0
_LOOK_EVERY = 0.5
"""Real seconds: how soon a watch sees that its server closes."""
_LONGEST = 1800
_INITIAL_END = "k8s.io/initial-events-end"


def watched(store: Store, place: Place, query: Mapping[str, str], closing: threading.Event) -> Iterator[bytes]:
    """The events as lines of JSON, until the time-out (real seconds). Refused at once: 400, 410."""
    fits = listing.matches(place, query)
    given = query.get("resourceVersion", "")
    initial = query.get("sendInitialEvents") == "true" or (given in ("", "0") and "sendInitialEvents" not in query)
    now, things = store.keys(place.resource)
    version = now if initial or not given.isdigit() or given == "0" else int(given)
    oldest = store.history.oldest(place.resource)
    if version < oldest:
        raise too_old(version, oldest)
    first = [thing for _, thing in sorted(things.items()) if fits(thing)] if initial else []
    return _lines(_events(store, place, query, first, version, closing, fits))


def _lines(events: Iterator[tuple[str, Thing]]) -> Iterator[bytes]:
    for kind, thing in events:
        yield msgspec.json.encode({"type": kind, "object": thing}) + b"\n"


def _events(
    store: Store,
    place: Place,
    query: Mapping[str, str],
    first: list[Thing],
    version: int,
    closing: threading.Event,
    fits: Callable[[Thing], bool],
) -> Iterator[tuple[str, Thing]]:
    end = time.monotonic() + min(float(query.get("timeoutSeconds") or _LONGEST), _LONGEST)
    bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
    yield from (("ADDED", thing) for thing in first)
    if query.get("sendInitialEvents") == "true" and bookmarks:
        yield _bookmark(place, version, {_INITIAL_END: "true"})
    told = time.monotonic()
    while not closing.is_set() and (left := end - time.monotonic()) > 0:
        changes, version = store.history.wait(place.resource, version, min(left, _LOOK_EVERY))
        for change in changes:
            if event := _seen(change, fits):
                yield event
        if version < store.history.oldest(place.resource):
            yield "ERROR", too_old(version, store.history.oldest(place.resource)).status
            return
        if bookmarks and time.monotonic() - told > _BOOKMARK_EVERY:
            told = time.monotonic()
            yield _bookmark(place, version, {})
    if bookmarks:
        yield _bookmark(place, version, {})


def _seen(change: Change, fits: Callable[[Thing], bool]) -> tuple[str, Thing] | None:
    """As one sees it who sees only what fits: what begins to fit is added, what fits no more is deleted."""
    before = change.before is not None and fits(change.before)
    after = change.type != "DELETED" and fits(change.thing)
    if before and not after:
        if change.type == "DELETED" or change.before is None:
            return "DELETED", change.thing
        about = {**change.before["metadata"], "resourceVersion": str(change.version)}
        return "DELETED", {**change.before, "metadata": about}
    if after:
        return ("MODIFIED" if before else "ADDED"), change.thing
    return None


def _bookmark(place: Place, version: int, annotations: dict[str, str]) -> tuple[str, Thing]:
    about: Thing = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        about["annotations"] = annotations
    return "BOOKMARK", {"kind": place.resource.kind, "apiVersion": place.resource.api_version, "metadata": about}
