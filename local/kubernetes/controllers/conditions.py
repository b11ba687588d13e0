"""Conditions in a status: one of each type, with the time of its last change ("API Conventions", Typical status
properties)."""

from collections.abc import Sequence
from typing import Any

from local.kubernetes.controllers import times
from local.kubernetes.things import Thing


def condition(thing: Thing, type_: str) -> Thing | None:
    """An object's condition of this type."""
    for each in (thing.get("status") or {}).get("conditions") or ():
        if each["type"] == type_:
            return dict(each)
    return None


def is_true(thing: Thing, type_: str) -> bool:
    found = condition(thing, type_)
    return found is not None and found["status"] == "True"


def with_condition(conditions: Sequence[Thing] | None, type_: str, status: str, **more: Any) -> list[Thing]:
    """The conditions with this one in its place; its time of change stays where its status does."""
    before = next((each for each in conditions or () if each["type"] == type_), None)
    since = before["lastTransitionTime"] if before and before["status"] == status else None
    made = {"type": type_, "status": status, "lastTransitionTime": since or times.stamp()}
    made |= {name: value for name, value in more.items() if value is not None}
    if before is None:
        return [*(conditions or ()), made]
    return [made if each["type"] == type_ else each for each in conditions or ()]
