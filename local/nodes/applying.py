"""Server-side apply by EKS, as the field manager "eks" (EKS user guide, "Determine fields you can customize for Amazon
EKS add-ons")."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.kubernetes import field_managers
from local.kubernetes.field_managers import Manager
from local.kubernetes.fields import schemas
from local.kubernetes.statuses import Refused
from local.kubernetes.things import copied
from local.nodes.objects import Objects, place_of

type Thing = dict[str, Any]

MANAGER = "eks"
_ITEM = re.compile(r"\[((?:[\w.]+=(?:\"[^\"]*\"|[^,\]]*),?)+)\]")


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else has set to something else. `what`: `DaemonSet.apps aws-node`."""

    what: str
    name: str
    path: str


def apply(objects: Objects, thing: Thing, *, force: bool, dry: bool = False) -> list[Conflict]:
    """Makes or changes an object; what conflicts is answered, and nothing done, unless by `force`."""
    about = thing["metadata"]
    place = place_of(thing["kind"], about["name"], about.get("namespace", ""))
    definition = objects.find("CustomResourceDefinition", place.resource.full) if place.resource.custom else None
    manager = Manager(MANAGER, schemas.of(place.resource, definition))

    def change(live: Thing) -> None:
        result = field_managers.apply(place.resource, live, thing, manager, force=force)
        live.clear()
        live.update(result)

    try:
        if objects.store.find(place) is None:
            made = field_managers.apply(place.resource, {}, thing, manager, force=True)
            if not dry:
                objects.create(thing["kind"], made)
        else:
            objects.store.change(place, change, dry=dry)
    except Refused as refused:
        causes = (refused.status.get("details") or {}).get("causes") or []
        if refused.code != 409 or not causes:
            raise
        group = place.resource.group
        what = f"{thing['kind']}.{group} {about['name']}" if group else f"{thing['kind']} {about['name']}"
        return [Conflict(what, about["name"], each["field"]) for each in causes]
    return []


def with_live_values(objects: Objects, thing: Thing, conflicts: Sequence[Conflict]) -> Thing:
    """The object with what the cluster has wherever that conflicts: EKS keeps it (resolveConflicts PRESERVE)."""
    about, kept = thing["metadata"], copied(thing)
    live = objects.find(thing["kind"], about["name"], about.get("namespace", ""))
    for each in conflicts:
        _take(kept, live, each.path)
    return kept


def _take(mine: Any, live: Any, path: str) -> None:
    """Puts the value at a path of `live` into `mine`; a path as conflicts name it, whose names may hold dots."""
    if isinstance(mine, dict) and isinstance(live, dict):
        names = [name for name in mine.keys() | live.keys() if _starts(path, f".{name}")]
        if not names:
            return
        name = max(names, key=len)
        rest = path[len(name) + 1 :]
        if rest and name in mine and name in live:
            _take(mine[name], live[name], rest)
        elif name in live:
            mine[name] = copied(live[name])
        else:
            mine.pop(name, None)
    elif isinstance(mine, list) and isinstance(live, list) and (match := _ITEM.match(path)):
        wanted = {key: json.loads(value) for key, value in re.findall(r"([\w.]+)=(\"[^\"]*\"|[^,\]]+)", match[1])}
        here, there = _item(mine, wanted), _item(live, wanted)
        if here is not None and there is not None:
            _take(here, there, path[match.end() :])


def _starts(path: str, step: str) -> bool:
    return path.startswith(step) and path[len(step) : len(step) + 1] in ("", ".", "[")


def _item(items: list[Any], wanted: Thing) -> Any:
    found = (each for each in items if isinstance(each, dict) and all(each.get(k) == v for k, v in wanted.items()))
    return next(found, None)
