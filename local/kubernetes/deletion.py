"""What a DELETE makes of an object: gone at once, or marked while its finalizers or its grace last.

Source: apiserver, pkg/registry/rest/delete.go (BeforeDelete) and pkg/registry/generic/registry/store.go (Delete);
kubernetes, pkg/registry/core/pod/strategy.go (CheckGracefulDelete).
"""

from dataclasses import dataclass

from local.kubernetes.paths import Place, Resource
from local.kubernetes.statuses import Cause, Refused, invalid
from local.kubernetes.things import Thing, copied, found, moment, timestamp

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
"""The finalizers that stand for the propagation policies Orphan and Foreground."""

_POLICIES = ("Orphan", "Background", "Foreground")


@dataclass(frozen=True)
class Deletion:
    """What is wished: `grace` in seconds, preconditions, propagation policy; None where nothing is said."""

    grace: int | None = None
    uid: str | None = None
    propagation: str | None = None
    version: str | None = None


def check(place: Place, thing: Thing, wish: Deletion) -> None:
    """Refused: 409 where a precondition does not hold, 422 for a policy that is none."""
    about = thing["metadata"]
    if wish.propagation not in (None, "", *_POLICIES):
        supported = ", ".join(f'"{each}"' for each in ("Foreground", "Background", "Orphan", "nil"))
        message = f'Unsupported value: "{wish.propagation}": supported values: {supported}'
        raise invalid(
            "DeleteOptions", "meta.k8s.io", "", [Cause("FieldValueNotSupported", message, "propagationPolicy")]
        )
    for name, wished, is_, fate in (
        ("UID", wish.uid, about["uid"], "deleted and then recreated"),
        ("ResourceVersion", wish.version, about["resourceVersion"], "modified"),
    ):
        if wished and wished != is_:
            raise _precondition(
                place.resource,
                place.name,
                f"the {name} in the precondition ({wished}) does not match the {name} in record ({is_}). "
                f"The object might have been {fate}",
            )


def marked(resource: Resource, thing: Thing, wish: Deletion, now: float) -> Thing | None:
    """The object as it stays; None if it goes at once. `now`: seconds since the epoch."""
    new = copied(thing)
    about = new["metadata"]
    graceful, pending, period = _grace(resource, about, thing, wish, now)
    if pending:
        return new
    finalizers = _finalizers(about, wish)
    _set(about, "finalizers", finalizers)
    if not graceful:
        if not finalizers and not found(new, "spec", "finalizers"):
            return None
        if "deletionTimestamp" not in about:
            _count(about)
        if "deletionTimestamp" not in about or moment(about["deletionTimestamp"]) > now:
            about["deletionTimestamp"] = timestamp(now)
        about["deletionGracePeriodSeconds"] = 0
        return new
    return new if finalizers or period > 0 else None


def complete(thing: Thing) -> bool:
    """Whether a marked object has nothing left that keeps it: no finalizer, and no grace that a kubelet ends."""
    about = thing["metadata"]
    return (
        "deletionTimestamp" in about
        and not about.get("finalizers")
        and not about.get("deletionGracePeriodSeconds")
        and not (thing.get("kind") == "Namespace" and found(thing, "spec", "finalizers"))
    )


def _grace(resource: Resource, about: Thing, thing: Thing, wish: Deletion, now: float) -> tuple[bool, bool, int]:
    """Whether deletion is graceful (and now marked so), whether it is under way already, and the seconds."""
    if resource.kind != "Pod" or resource.group:
        return False, False, 0
    wished = None if wish.grace is None else (1 if wish.grace < 0 else wish.grace)
    if "deletionTimestamp" in about:
        running = about.get("deletionGracePeriodSeconds") or 0
        if not running:
            return False, False, 0
        if wished is None or wished >= running:
            return False, True, running
        end = moment(about["deletionTimestamp"]) - running + wished
        if end < now:
            end, wished = now, min(wished, 1)
        about |= {"deletionTimestamp": timestamp(end), "deletionGracePeriodSeconds": wished}
        return True, False, wished
    period = (found(thing, "spec", "terminationGracePeriodSeconds") or 0) if wished is None else wished
    if not found(thing, "spec", "nodeName") or found(thing, "status", "phase") in ("Succeeded", "Failed"):
        period = 0
    period = 1 if period < 0 else period
    about |= {"deletionTimestamp": timestamp(now + period), "deletionGracePeriodSeconds": period}
    _count(about)
    return True, False, period


def _finalizers(about: Thing, wish: Deletion) -> list[str]:
    kept = list(about.get("finalizers") or ())
    if not wish.propagation:
        return kept
    kept = [each for each in kept if each not in (ORPHAN, FOREGROUND)]
    added = {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}
    return kept + added.get(wish.propagation, [])


def _set(about: Thing, key: str, values: list[str]) -> None:
    if values:
        about[key] = values
    else:
        about.pop(key, None)


def _count(about: Thing) -> None:
    # Controllers are to act otherwise on what is being deleted: that counts as another wish.
    if about.get("generation"):
        about["generation"] += 1


def _precondition(resource: Resource, name: str, why: str) -> Refused:
    # Here the real server names the kind where it names the resource elsewhere.
    full = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {"name": name, "kind": resource.kind} | ({"group": resource.group} if resource.group else {})
    return Refused(409, "Conflict", f'Operation cannot be fulfilled on {full} "{name}": {why}', **details)
