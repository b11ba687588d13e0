"""Events about objects, counted where they come again (client-go, tools/record)."""

import hashlib
from collections import OrderedDict

from local.kubernetes.controllers import times
from local.kubernetes.controllers.writes import Writes
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

_MOST = 2000
"""Of the oldest beyond this many is let go, as a server lets go of those older than an hour (--event-ttl)."""


class Events:
    """`record` makes an Event, or counts it once more."""

    def __init__(self, writes: Writes) -> None:
        self._writes = writes
        self._made: OrderedDict[str, Thing] = OrderedDict()

    def record(self, about: Thing, type_: str, reason: str, message: str, component: str, host: str = "") -> None:
        """An Event of type Normal or Warning about an object, by a component (of a host)."""
        told = hashlib.sha256(f"{about['metadata']['uid']}{reason}{message}{component}".encode()).hexdigest()[:16]
        if (before := self._made.get(told)) and (again := self._writes.change(before, _again)):
            self._made[told] = again
            return
        namespace = about["metadata"].get("namespace") or "default"
        source = {"component": component} | ({"host": host} if host else {})
        now = times.stamp()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{about['metadata']['name']}.{told}", "namespace": namespace},
            "involvedObject": _reference(about),
            "type": type_,
            "reason": reason,
            "message": message,
            "source": source,
            "reportingComponent": component,
            "reportingInstance": host,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._made[told] = self._writes.create(event)
        except Refused:
            return  # the namespace is going; an event is told once and not missed
        if len(self._made) > _MOST:
            self._writes.delete(self._made.popitem(last=False)[1])


def _again(event: Thing) -> None:
    event["count"] += 1
    event["lastTimestamp"] = times.stamp()


def _reference(about: Thing) -> Thing:
    metadata = about["metadata"]
    reference = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": metadata["name"]}
    reference |= {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    return reference | ({"namespace": metadata["namespace"]} if metadata.get("namespace") else {})
