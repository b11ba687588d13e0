"""One control plane for many tests: after each, what it has made is taken away."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from local.kubernetes.outside.asking import Asking
from local.kubernetes.statuses import Refused

type Thing = dict[str, Any]

_NOBODYS: Final = {"componentstatuses", "events", "leases", "endpoints", "endpointslices", "apiservices", "ipaddresses"}
"""Virtual, told and forgotten, or kept by a controller for as long as what they are about is there."""

_PATIENCE: Final = 60.0


class Emptying:
    """What is there at the start stays, as it was."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._kept = {path: item for _, path, item in self._everything()}

    def empty(self) -> None:
        """TimeoutError where something does not go."""
        end = time.monotonic() + _PATIENCE
        while left := [path for path in self._take_away() if path not in self._kept]:
            if time.monotonic() > end:
                raise TimeoutError(f"still there: {', '.join(left[:5])}")
            time.sleep(0.3)
        self._restore()

    def _take_away(self) -> Iterator[str]:
        for collection, path, item in list(self._everything()):
            if path in self._kept:
                continue
            yield path
            if collection == "/api/v1/namespaces":
                self._tried(self._asking.ask, "DELETE", path)
                continue
            if item["metadata"].get("finalizers"):
                self._tried(self._without_finalizers, path)
            self._tried(self._asking.ask, "DELETE", path, {"gracePeriodSeconds": 0})

    def _restore(self) -> None:
        """The labels and annotations of namespaces, which tests change to set what is admitted to them."""
        for _, path, item in self._everything():
            before = self._kept.get(path, item)["metadata"]
            if item["kind"] == "Namespace" and before.get("labels") != item["metadata"].get("labels"):
                item["metadata"]["labels"] = before.get("labels")
                self._tried(self._asking.ask, "PUT", path, item)

    def _without_finalizers(self, path: str) -> None:
        thing = self._asking.ask("GET", path)
        thing["metadata"].pop("finalizers", None)
        self._asking.ask("PUT", path, thing)

    def _tried(self, action: Callable[..., Any], *given: Any) -> None:
        # Somebody else may have been faster; what is still there is found in the next round.
        with suppress(Refused):
            action(*given)

    def _everything(self) -> Iterator[tuple[str, str, Thing]]:
        """Every object: its collection's path, its own, itself."""
        for collection, kind, namespaced in self._collections():
            for item in self._asking.ask("GET", collection)["items"]:
                about = item["metadata"]
                start, _, plural = collection.rpartition("/")
                inside = f"namespaces/{about['namespace']}/" if namespaced else ""
                yield collection, f"{start}/{inside}{plural}/{about['name']}", {**item, "kind": kind}

    def _collections(self) -> Iterator[tuple[str, str, bool]]:
        """Path, kind and whether it is namespaced, of all that can be listed and deleted ("API Discovery")."""
        groups = self._asking.ask("GET", "/apis")["groups"]
        roots = ["/api/v1", *(f"/apis/{each['preferredVersion']['groupVersion']}" for each in groups)]
        for root in roots:
            for each in self._asking.ask("GET", root)["resources"]:
                if {"list", "delete"} <= set(each["verbs"]) and each["name"] not in _NOBODYS:
                    yield f"{root}/{each['name']}", each["kind"], each["namespaced"]
