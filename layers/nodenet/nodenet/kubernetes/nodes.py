"""Nodes, and what a migration changes of them: schedulability, labels, taints."""

import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from lightkube import ApiError
from lightkube.types import PatchType
from lightkube.utils.quantity import parse_quantity

from nodenet.errors import Throttled
from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.errors import unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.migration.cluster import Node, Taint

_TRIES: Final = 6
_INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"

type _Taints = list[dict[str, Any]]


class Nodes:
    """What changes a node says whether there was one: False where it is gone. Done twice is done once."""

    def __init__(self, connection: Connection) -> None:
        rehearse([kinds.Node])
        self._connection = connection

    @needs("list", on="nodes")
    def nodes(self, labels: str = "") -> list[Node]:
        """Those that the selector matches, as in kubectl (`a=b,c in (d,e)`); all of them where it is empty."""
        return listed(self._connection, kinds.Node, _node, labels=labels)

    @needs("get", on="nodes")
    def node(self, name: str) -> Node | None:
        found = self._read(name)
        return _node(found) if found else None

    @needs("patch", on="nodes")
    def cordon(self, name: str) -> bool:
        """Kubernetes adds the taint node.kubernetes.io/unschedulable itself."""
        return self._merge(name, {"spec": {"unschedulable": True}})

    @needs("patch", on="nodes")
    def uncordon(self, name: str) -> bool:
        return self._merge(name, {"spec": {"unschedulable": False}})

    @needs("patch", on="nodes")
    def label(self, name: str, labels: Mapping[str, str | None]) -> bool:
        """None takes a label away."""
        return self._merge(name, {"metadata": {"labels": dict(labels)}})

    @needs("get", "patch", on="nodes")
    def taint(self, name: str, taint: Taint) -> bool:
        """Puts it on, in place of one of the same key and effect, by which Kubernetes tells taints apart (core/v1,
        MatchTaint)."""
        wanted = {"key": taint.key, "effect": taint.effect} | ({"value": taint.value} if taint.value else {})

        def put(taints: _Taints) -> _Taints:
            if any(_like(each, wanted) and each.get("value", "") == taint.value for each in taints):
                return taints
            return [*(each for each in taints if not _like(each, wanted)), wanted]

        return self._change(name, put)

    @needs("get", "patch", on="nodes")
    def untaint(self, name: str, key: str) -> bool:
        """Takes every taint of this key away."""
        return self._change(name, lambda taints: [each for each in taints if each.get("key") != key])

    def _change(self, name: str, change: Callable[[_Taints], _Taints]) -> bool:
        """A node's taints are written as one list (core/v1, NodeSpec: listType=atomic), so they are written only over
        those that were read: a patch that names the resourceVersion is refused with a conflict (409) where somebody
        was quicker, and they are read again."""
        for attempt in range(_TRIES):
            node = self._read(name)
            if not node:
                return False
            before = node.spec.taints or []
            after = change(before)
            if after == before:
                return True
            try:
                read = {"resourceVersion": node.metadata.version}
                return self._merge(name, {"metadata": read, "spec": {"taints": after}})
            except _Conflict:
                time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 - jitter is no secret
        raise Throttled(f"node {name} was changed by others each time its taints were to be written")

    def _read(self, name: str) -> kinds.Node | None:
        return unless_gone(lambda: self._connection.client.get(kinds.Node, name))

    def _merge(self, name: str, patch: Mapping[str, Any]) -> bool:
        """By JSON merge patch (RFC 7386): lists are replaced, null takes away."""

        def send() -> bool:
            try:
                self._connection.client.patch(kinds.Node, name, dict(patch), patch_type=PatchType.MERGE)
            except ApiError as error:
                if error.response.status_code == 409:
                    raise _Conflict from error
                raise
            return True

        return unless_gone(send) or False


class _Conflict(Exception):
    """Somebody was quicker."""


def _like(taint: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (taint.get("key"), taint.get("effect")) == (other["key"], other["effect"])


def _node(item: kinds.Node) -> Node:
    about, labels = item.metadata, item.metadata.labels or {}
    zone, instance = _place(item.spec.provider_id)
    return Node(
        name=about.name,
        uid=about.uid,
        instance_id=instance,
        zone=zone,
        labels=labels,
        annotations=about.annotations or {},
        taints=tuple(
            Taint(each.get("key", ""), each.get("effect", ""), each.get("value", "")) for each in item.spec.taints or ()
        ),
        unschedulable=item.spec.unschedulable,
        ready=kinds.holds(item.status.conditions, "Ready"),
        max_pods=int(parse_quantity((item.status.capacity or {}).get("pods", "0")) or 0),
        address=next((each.address for each in item.status.addresses or () if each.type == "InternalIP"), ""),
        instance_type=labels.get(_INSTANCE_TYPE, ""),
        created=datetime.fromisoformat(about.created).timestamp() if about.created else 0.0,
    )


def _place(provider_id: str) -> tuple[str, str]:
    """Zone and instance of `aws:///<zone>/<instance>` (cloud-provider-aws, pkg/providers/v1/instances.go); empty both
    for other providers' ids, as Fargate's and hybrid nodes'."""
    parts = provider_id.removeprefix("aws:///").split("/")
    if not provider_id.startswith("aws:///") or len(parts) != 2 or not parts[1].startswith("i-"):
        return "", ""
    return parts[0], parts[1]
