"""What a run knows of its new groups: the part `groups` of step new_group's notes, by the old group's name."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from nodenet.errors import HeldError
from nodenet.migration.run import Notes, Run

STEP: Final = "new_group"
MANAGED: Final = "managed"
SELF_MANAGED: Final = "self-managed"


@dataclass(frozen=True, slots=True)
class NewGroup:
    """`made`: by this run, which may change and delete it. `autoScalingGroups`, `launchTemplates`: names and ids, as
    far as they are made. `desired`: nodes that it has first; `wanted`: in the end, which is more in waves only.
    `maxPods` 0 where it is not planned. `grown`: its size was set once, and is others' affair since."""

    old: str
    name: str
    kind: str
    made: bool
    desired: int = 0
    wanted: int = 0
    maxPods: int = 0  # noqa: N815 - as the record has it
    autoScalingGroups: tuple[str, ...] = ()  # noqa: N815
    launchTemplates: tuple[str, ...] = ()  # noqa: N815
    grown: bool = False
    left: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {key: tuple(each) if isinstance(each, list) else each for key, each in kept.items()}
        return cls(**values)


def new_groups(run: Run) -> list[NewGroup]:
    """Those that the run has made or means to make, and the replacements that it was given."""
    return [NewGroup.of(each) for each in run.notes(STEP).get("groups", {}).values()]


def new_group(run: Run, old: str) -> NewGroup:
    """HeldError where the run has none for the old group of this name."""
    for each in new_groups(run):
        if each.old == old:
            return each
    raise HeldError(f"run {run.id} has no new group for {old}")


def enter(notes: Notes, group: NewGroup) -> None:
    """Notes what is known of a group now, before it is acted upon."""
    known = {**notes.get("groups", {}), group.old: asdict(group)}
    if known != notes.get("groups"):
        notes.note(groups=known)


def facts(run: Run) -> Mapping[str, Any]:
    """What the preflight found."""
    found: Mapping[str, Any] = run.part("preflight").get("facts", {})
    if not found:
        raise HeldError(f"run {run.id} has no preflight in its record")
    return found


def fact(run: Run, old: str) -> Mapping[str, Any]:
    """What the preflight found of one old group."""
    for each in facts(run)["groups"]:
        if each["name"] == old:
            found: Mapping[str, Any] = each
            return found
    raise HeldError(f"the preflight has not seen node group {old}")
