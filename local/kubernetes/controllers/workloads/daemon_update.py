"""Which daemon's pods are replaced next ("Perform a Rolling Update on a DaemonSet"; kubernetes, pkg/controller/daemon,
update.go). Pure."""

from collections.abc import Sequence

from local.kubernetes.controllers.pods import is_available, is_going
from local.kubernetes.controllers.quantities import share
from local.kubernetes.controllers.workloads.daemon_nodes import Place
from local.kubernetes.controllers.workloads.revisions import LABEL
from local.kubernetes.things import Thing


def bounds(daemon_set: Thing, desired: int) -> tuple[int, int]:
    """maxSurge (0) and maxUnavailable (1) as numbers; per cents are rounded up."""
    given = (daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    surge = share(given.get("maxSurge", 0), desired, up=True)
    unavailable = share(given.get("maxUnavailable", 1), desired, up=True)
    return surge, unavailable if surge or unavailable else 1


def removals(daemon_set: Thing, places: Sequence[Place], mark: str, seconds: int) -> Sequence[Thing]:
    """Old pods: all that are not available, and as many of the others as maxUnavailable leaves room for; where a
    surge is wanted those whose successor is available."""
    surge, unavailable = bounds(daemon_set, sum(place.runs for place in places))
    at_once: list[Thing] = []
    candidates: list[Thing] = []
    out = 0
    for place in places:
        if not place.pods and not place.runs:
            continue
        old, new = _split(place, mark)
        if surge:
            if old and new and is_available(new, seconds):
                at_once.append(old)
            continue
        if new is None and old is not None:
            if not is_available(old, seconds):
                at_once.append(old)
                out += 1
            elif out < unavailable:
                candidates.append(old)
        elif new is None or old is not None or not is_available(new, seconds):
            out += 1
    return [*at_once, *candidates[: max(0, unavailable - out)]]


def additions(daemon_set: Thing, places: Sequence[Place], mark: str, seconds: int) -> Sequence[Place]:
    """Where a new pod is to stand beside the old: with maxSurge."""
    surge = bounds(daemon_set, sum(place.runs for place in places))[0]
    if not surge:
        return []
    at_once, candidates, surging = [], [], 0
    for place in places:
        old, new = _split(place, mark)
        if old is None or not place.runs:
            continue
        if new is not None:
            surging += not is_available(new, seconds)
        elif is_available(old, seconds):
            candidates.append(place)
        else:
            at_once.append(place)
    return [*at_once, *candidates[: max(0, surge - surging)]]


def _split(place: Place, mark: str) -> tuple[Thing | None, Thing | None]:
    """The old and the new pod of a node, of those that stay."""
    old = new = None
    for pod in place.pods:
        if is_going(pod):
            continue
        if (pod["metadata"].get("labels") or {}).get(LABEL) == mark:
            new = pod
        else:
            old = pod
    return old, new
