"""metadata.managedFields: who owns which fields of an object.

Source: "Server-Side Apply", Field management; apimachinery, pkg/util/managedfields/internal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.fields import applying
from local.kubernetes.fields.applying import Conflicts
from local.kubernetes.fields.paths import Fields, decoded, encoded, shown
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import Cause, Refused, bad_request
from local.kubernetes.things import Thing, timestamp
from local.world import world

_BEFORE = "before-first-apply"
"""To whom the fields belong that were there when nobody was counted yet."""


@dataclass(frozen=True)
class Manager:
    """Who writes: his name, by which kind of write, and what of the object. `schema` is that of its kind."""

    name: str
    schema: Schema
    subresource: str = ""


@dataclass(frozen=True, order=True)
class _Who:
    operation: str
    name: str
    version: str
    subresource: str


def update(resource: Resource, old: Thing, new: Thing, manager: Manager) -> None:
    """Counts a create (`old` is empty), update or patch in the new object's managedFields.

    Of an object that has none, an update counts nobody.
    """
    about = new["metadata"]
    entries = about.pop("managedFields", None) or (old.get("metadata") or {}).get("managedFields") or ()
    if entries == [{}]:  # "Clearing managedFields"
        return
    owned, times = _read(entries)
    if old and not owned:
        return
    who = _Who("Update", manager.name, resource.api_version, manager.subresource)
    before, after = _bare(old), _bare(new)
    now, changed = applying.update(before, after, manager.schema, owned, who, _ignored(resource, manager))
    if changed:
        times[who] = timestamp(world.clock.now())
    _write(about, now, times)


def apply(resource: Resource, live: Thing, applied: Thing, manager: Manager, *, force: bool) -> Thing:
    """The object after server-side apply; Refused: 409 with a cause for each conflict, 400."""
    if (applied.get("metadata") or {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    owned, times = _read(live.get("metadata", {}).get("managedFields") or ())
    before, ignored = _bare(live), _ignored(resource, manager)
    if live and not owned:
        first = _Who("Update", _BEFORE, resource.api_version, "")
        owned, _ = applying.update(_bare({}), before, manager.schema, owned, first, ())
        times[first] = timestamp(world.clock.now())
    who = _Who("Apply", manager.name, resource.api_version, manager.subresource)
    try:
        result, now = applying.apply(before, applied, manager.schema, owned, who, ignored, force=force)
    except Conflicts as conflicts:
        raise _refusal(conflicts)
    if result != before or who not in owned:
        times[who] = timestamp(world.clock.now())
    _write(result.setdefault("metadata", {}), now, times)
    return result


def same(old: Thing, new: Thing) -> bool:
    """Whether a write changed nothing, but perhaps the times of those who wrote before."""
    return old == new


def _ignored(resource: Resource, manager: Manager) -> tuple[str, ...]:
    if manager.subresource == "status":
        return ("f:spec",)
    return ("f:status",) if "status" in resource.subresources and not manager.subresource else ()


def _bare(thing: Thing) -> Thing:
    about = {key: value for key, value in (thing.get("metadata") or {}).items() if key != "managedFields"}
    return {**thing, "metadata": about}


def _read(entries: Any) -> tuple[dict[_Who, Fields], dict[_Who, str]]:
    owned: dict[_Who, Fields] = {}
    times: dict[_Who, str] = {}
    for each in entries:
        who = _Who(each["operation"], each.get("manager", ""), each["apiVersion"], each.get("subresource", ""))
        owned[who] = decoded(each.get("fieldsV1") or {})
        if "time" in each:
            times[who] = each["time"]
    return owned, times


def _write(about: Thing, owned: Mapping[_Who, Fields], times: Mapping[_Who, str]) -> None:
    entries: list[Thing] = []
    for who in sorted(owned, key=lambda each: (each.operation, times.get(each, ""), each)):
        if not owned[who]:
            continue
        entry: Thing = {"manager": who.name, "operation": who.operation, "apiVersion": who.version}
        if who in times:
            entry["time"] = times[who]
        entry |= {"fieldsType": "FieldsV1", "fieldsV1": encoded(owned[who])}
        if who.subresource:
            entry["subresource"] = who.subresource
        entries.append(entry)
    about.pop("managedFields", None)
    if entries:
        about["managedFields"] = entries


def _refusal(conflicts: Conflicts) -> Refused:
    found = {_shown(who): sorted(map(shown, fields)) for who, fields in conflicts.found.items()}
    pairs = [(who, path) for who in sorted(found) for path in found[who]]
    causes = [Cause("FieldManagerConflict", f"conflict with {who}", path).shown for who, path in pairs]
    if len(pairs) == 1:
        message = f"Apply failed with 1 conflict: conflict with {pairs[0][0]}: {pairs[0][1]}"
    else:
        lines = [
            line for who in sorted(found) for line in (f"conflicts with {who}:", *(f"- {path}" for path in found[who]))
        ]
        message = f"Apply failed with {len(pairs)} conflicts: " + "\n".join(lines)
    return Refused(409, "Conflict", message, causes=causes)


def _shown(who: Any) -> str:
    text = f'"{who.name}"' + (f' with subresource "{who.subresource}"' if who.subresource else "")
    return f"{text} using {who.version}" if who.operation == "Update" else text
