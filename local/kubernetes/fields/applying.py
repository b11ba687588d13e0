"""Server-side apply: what a manager applies becomes his, what he no longer applies goes, and what others set is a
conflict.

Source: "Server-Side Apply" in the Kubernetes documentation; structured-merge-diff, merge/update.go.
"""

from collections.abc import Mapping
from typing import Any

from local.kubernetes.fields import comparing, merging
from local.kubernetes.fields.paths import Fields, Path, with_named_ancestors
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.things import Thing

type Owned[Who] = dict[Who, Fields]

_NOT_OWNED: frozenset[Path] = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    }
)
"""Fields that nobody owns (apimachinery, pkg/util/managedfields/internal/stripmeta.go)."""


class Conflicts(Exception):
    """`found`: the fields that others own and have set to something else."""

    def __init__(self, found: Mapping[Any, Fields]) -> None:
        super().__init__()
        self.found = found


def apply[Who](
    live: Thing, applied: Thing, schema: Schema, owned: Owned[Who], manager: Who, ignored: Path, *, force: bool
) -> tuple[Thing, Owned[Who]]:
    """The object, and who then owns what; Conflicts unless forced.

    `ignored`: a part that this endpoint does not write.
    """
    speaks_of = _ownable(comparing.field_set(applied, schema), ignored)
    last = owned.get(manager, frozenset())
    now = {**owned, manager: speaks_of}
    result = merging.merged(live, applied, schema)
    someones = with_named_ancestors(frozenset().union(*now.values()))
    gone = with_named_ancestors(last) - someones
    if gone:
        result = merging.without(result, frozenset(gone), schema)
    return result, _settled(live, result, schema, now, manager, ignored, force=force)[0]


def update[Who](
    old: Thing, new: Thing, schema: Schema, owned: Owned[Who], manager: Who, ignored: Path
) -> tuple[Owned[Who], bool]:
    """Who owns what after a write of any other kind, and whether that write changed a field that can be owned."""
    now, comparison = _settled(old, new, schema, owned, manager, ignored, force=True)
    changed = _ownable(frozenset(comparison.added | comparison.modified), ignored)
    mine = (now.get(manager, frozenset()) - comparison.removed) | changed
    now = {**now, manager: mine} if mine else {who: fields for who, fields in now.items() if who != manager}
    return now, bool(changed)


def _settled[Who](
    old: Thing, new: Thing, schema: Schema, owned: Owned[Who], manager: Who, ignored: Path, *, force: bool
) -> tuple[Owned[Who], comparing.Comparison]:
    comparison = comparing.compare(old, new, schema)
    set_anew = _ownable(frozenset(comparison.added | comparison.modified), ignored)
    others = {who: fields & set_anew for who, fields in owned.items() if who != manager}
    conflicts = {who: fields for who, fields in others.items() if fields}
    if conflicts and not force:
        raise Conflicts(conflicts)
    left = {
        who: fields if who == manager else fields - others[who] - comparison.removed for who, fields in owned.items()
    }
    return {who: fields for who, fields in left.items() if fields}, comparison


def _ownable(fields: Fields, ignored: Path) -> Fields:
    return frozenset(
        path for path in fields if path and path not in _NOT_OWNED and not (ignored and path[: len(ignored)] == ignored)
    )
