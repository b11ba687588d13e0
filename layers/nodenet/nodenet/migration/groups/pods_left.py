"""Pods that nodes still have, but for those that stay with their node whatever becomes of it."""

from collections.abc import Collection, Sequence

from nodenet.migration.drain.node import stays
from nodenet.migration.groups.ports import Pods

_SHOWN = 3


def left_on(pods: Pods, nodes: Collection[str]) -> Sequence[str]:
    """Those that a drain would take from the nodes of these names, as `namespace/name`."""
    if not nodes:
        return ()
    return sorted(f"{pod.namespace}/{pod.name}" for pod in pods.pods() if pod.node in nodes and not stays(pod))


def shown(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
