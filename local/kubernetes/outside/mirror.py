"""What an API server has of one kind, kept up to date by a watch ("Kubernetes API Concepts", Efficient detection of
changes)."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import httpx2

from local.kubernetes.outside.asking import Asking, path_of
from local.kubernetes.paths import Place
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

log = logging.getLogger("local.kubernetes")

type Told = Callable[[str, Resource, Thing], None]

_PAUSE = 0.5
_REMEMBERED = 10_000


class Mirror:
    """`told` is called with ADDED, MODIFIED or DELETED, in order, under a lock: it must only pass on what it gets."""

    def __init__(self, asking: Asking, resource: Resource, told: Told) -> None:
        self._asking = asking
        self._place = Place(resource)
        self._told = told
        self._things: dict[tuple[str, str], Thing] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.RLock()
        self._listed = threading.Event()
        self._closed = False
        threading.Thread(target=self._run, name=f"mirror-{resource.plural}", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether the first list is there by then."""
        return self._listed.wait(seconds)

    def find(self, key: tuple[str, str]) -> Thing | None:
        return self._things.get(key)

    def all(self, namespace: str = "") -> list[Thing]:
        with self._lock:
            return [each for key, each in self._things.items() if namespace in ("", key[0])]

    def wrote(self, thing: Thing) -> None:
        """The answer to a write: it is there before the watch tells it."""
        self._take("MODIFIED", thing)

    def close(self) -> None:
        self._closed = True

    def _run(self) -> None:
        version = ""
        while not self._closed:
            try:
                version = self._follow(version or self._list())
            except Refused as refused:
                # 404: its CustomResourceDefinition is not there yet; 410: the version is too old.
                log.debug("%s: %s", self._place.resource.plural, refused)
                version = ""
                time.sleep(_PAUSE)
            except (httpx2.HTTPError, RuntimeError) as broken:
                if not self._closed:
                    log.debug("%s: %r", self._place.resource.plural, broken)
                    time.sleep(_PAUSE)

    def _list(self) -> str:
        resource, start = self._place.resource, ""
        found: dict[tuple[str, str], Thing] = {}
        while True:
            page = self._asking.ask("GET", path_of(self._place), limit=500, **({"continue": start} if start else {}))
            for item in page["items"]:
                item |= {"kind": resource.kind, "apiVersion": resource.api_version}
                found[_key(item)] = item
            start = page["metadata"].get("continue", "")
            if not start:
                break
        for key in self._things.keys() - found.keys():
            self._take("DELETED", self._things[key])
        for item in found.values():
            self._take("MODIFIED", item)
        self._listed.set()
        return str(page["metadata"]["resourceVersion"])

    def _follow(self, version: str) -> str:
        for type_, thing in self._asking.watch(self._place, version):
            if self._closed:
                break
            version = thing["metadata"]["resourceVersion"]
            if type_ != "BOOKMARK":
                self._take(type_, thing)
        return version

    def _take(self, type_: str, thing: Thing) -> None:
        with self._lock:
            key, before = _key(thing), self._things.get(_key(thing))
            if before is not None and _version(before) >= _version(thing) and type_ != "DELETED":
                return
            if type_ == "DELETED":
                self._forget(thing["metadata"]["uid"])
                if self._things.pop(key, None) is None:
                    return
            elif thing["metadata"]["uid"] in self._gone:
                return
            else:
                type_ = "MODIFIED" if before is not None else "ADDED"
                self._things[key] = thing
            self._told(type_, self._place.resource, thing)

    def _forget(self, uid: str) -> None:
        """The answer to a write may come later than the news that the object is gone."""
        self._gone[uid] = None
        if len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)


def _key(thing: Thing) -> tuple[str, str]:
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def _version(thing: Thing) -> int:
    """Versions of one kind may be compared as numbers (KEP-5504, of Kubernetes 1.35)."""
    return int(thing["metadata"]["resourceVersion"])
