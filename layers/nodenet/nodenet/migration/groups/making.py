"""Clones, made: launch templates, the group without nodes, what belongs on it; and only then its nodes.

So whatever a node's launch depends on (lifecycle hooks, tags that choose nodenet's networks) is there before the first
one, and a run that is cut off has noted a group's name before there is a node in it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from nodenet.errors import HeldError, Waiting
from nodenet.migration.groups import managed, naming, self_managed
from nodenet.migration.groups.furnishing import furnish, set_alike
from nodenet.migration.groups.planning import node_subnets, told_max_pods
from nodenet.migration.groups.ports import LaunchTemplates, NodeGroups, ScalingGroups, VpcCni
from nodenet.migration.groups.records import NewGroup, enter, fact
from nodenet.migration.groups.wish import Shape, Template, Wish, sizes
from nodenet.migration.run import Notes, Run

FINAL, FIRST = "1", "2"
"""Versions of a self-managed group's launch template: for good, and with the taint."""

_AT_WORK: Final = ("CREATING", "UPDATING")


class Maker(Protocol):
    def make(self, run: Run, notes: Notes, group: NewGroup) -> NewGroup:
        """The group, made and at its size, as it is to be noted; Waiting while AWS is at it."""


class ManagedMaker:
    def __init__(self, groups: NodeGroups, scaling: ScalingGroups, templates: LaunchTemplates, cni: VpcCni) -> None:
        self._groups, self._scaling, self._templates, self._cni = groups, scaling, templates, cni

    def make(self, run: Run, notes: Notes, group: NewGroup) -> NewGroup:
        new = self._groups.group(run.request.cluster, group.name)
        if new is None:
            self._create(run, notes, group)
            raise Waiting(f"EKS makes node group {group.name}")
        _check_own(run, group, new.get("tags"))
        status = new["status"]
        issues = "; ".join(
            f"{each.get('code')}: {each.get('message')}" for each in new.get("health", {}).get("issues", ())
        )
        if status in _AT_WORK:
            raise Waiting(f"{group.name} is {status}{f' ({issues})' if issues else ''}")
        if status != "ACTIVE":
            raise HeldError(
                f"EKS says that {group.name} is {status}: {issues or 'it does not say why'}. Mend that, delete the "
                "node group where it could not be made, and resume"
            )
        made = replace(group, autoScalingGroups=_names(new))
        enter(notes, made)
        if made.grown:
            return made
        self._furnish(run, made)
        return self._grow(run, notes, made, new)

    def _create(self, run: Run, notes: Notes, group: NewGroup) -> None:
        cluster = run.request.cluster
        old = self._groups.group(cluster, group.old)
        if old is None:
            raise HeldError(f"node group {group.old} is gone, so that there is nothing to clone: name a replacement")
        source = old.get("launchTemplate")
        own_image = old.get("amiType") == managed.CUSTOM
        environment = found.environment if (found := self._cni.daemon_set()) else {}
        told = told_max_pods(run, group.old, own_image=own_image, environment=environment)
        data = self._templates.data(source["id"], source["version"]) if source and told is not None else None
        clone = managed.clone(old, self._groups.version(cluster), data, wish(run, group, told))
        ids = make_templates(self._templates, run, clone.templates)
        enter(notes, replace(group, launchTemplates=tuple(ids), left=clone.left))
        request = {**clone.request, **({"launchTemplate": {"id": ids[0], "version": FINAL}} if ids else {})}
        self._groups.create(request)

    def _furnish(self, run: Run, group: NewGroup) -> None:
        before = fact(run, group.old)["autoScalingGroups"]
        found = self._scaling.groups([*before, *group.autoScalingGroups])
        for old, new in zip(before, group.autoScalingGroups, strict=False):
            if old in found and new in found:
                furnish(self._scaling, found[old], found[new])
                set_alike(self._scaling, run, found[old], found[new])

    def _grow(self, run: Run, notes: Notes, group: NewGroup, new: Shape) -> NewGroup:
        old = self._groups.group(run.request.cluster, group.old) or new
        bounds, now = old["scalingConfig"], new["scalingConfig"]
        size = sizes(bounds["minSize"], bounds["maxSize"], group.wanted, group.desired)
        wanted = {"minSize": size.minimum, "maxSize": size.maximum, "desiredSize": size.desired}
        if now != wanted:
            self._groups.update(run.request.cluster, group.name, {"scalingConfig": wanted})
            raise Waiting(f"{group.name} grows to {size.desired} nodes")
        grown = replace(group, grown=True)
        enter(notes, grown)
        return grown


class SelfManagedMaker:
    def __init__(self, scaling: ScalingGroups, templates: LaunchTemplates) -> None:
        self._scaling, self._templates = scaling, templates

    def make(self, run: Run, notes: Notes, group: NewGroup) -> NewGroup:
        found = self._scaling.groups([group.old, group.name])
        new, old = found.get(group.name), found.get(group.old)
        if new is None:
            group = self._create(run, notes, group, old)
            new = self._scaling.groups([group.name]).get(group.name)
        if new is None:
            raise Waiting(f"Auto Scaling does not show {group.name} yet")
        _check_own(run, group, new.get("Tags"))
        made = replace(group, autoScalingGroups=(group.name,))
        enter(notes, made)
        if made.grown:
            return made
        if old:
            set_alike(self._scaling, run, old, new)
        bounds = old or new
        size = sizes(bounds["MinSize"], bounds["MaxSize"], group.wanted, group.desired)
        change = {"MinSize": size.minimum, "MaxSize": size.maximum, "DesiredCapacity": size.desired}
        self._scaling.change(group.name, change)
        made = replace(made, grown=True)
        enter(notes, made)
        return made

    def _create(self, run: Run, notes: Notes, group: NewGroup, old: Shape | None) -> NewGroup:
        if old is None:
            raise HeldError(f"Auto Scaling group {group.old} is gone, so that there is nothing to clone")
        data = {source: self._templates.data(*source) for source in self_managed.sources(old)}
        told = told_max_pods(run, group.old, own_image=True, environment={})
        clone = self_managed.clone(old, self._scaling.hooks(group.old), data, wish(run, group, told))
        ids = make_templates(self._templates, run, clone.templates)
        left = (*clone.left, *self._scaling.left(group.old))
        made = replace(group, launchTemplates=tuple(ids), left=left)
        enter(notes, made)
        self._scaling.create(self_managed.with_templates(clone.request, old, ids, FIRST))
        return made


def wish(run: Run, group: NewGroup, told: int | None) -> Wish:
    asked = next(each for each in run.request.groups if each.name == group.old)
    return Wish(
        name=group.name,
        wanted=group.wanted,
        marks=naming.marks(run),
        token=naming.token(run, group.name),
        subnets=node_subnets(run, group.old),
        max_pods=told,
        eni_config=asked.eni_config,
    )


def make_templates(templates: LaunchTemplates, run: Run, wanted: Sequence[Template]) -> list[str]:
    """Their ids; what a call that was cut off made already is taken."""
    ids = []
    for each in wanted:
        found = templates.find(each.name)
        if found and not naming.is_of(run, found.get("Tags")):
            raise HeldError(f"there is a launch template {each.name}, which is not of run {run.id}: take it away")
        made = found["LaunchTemplateId"] if found else _made(templates, run, each)
        if each.tainted is not None and (found is None or found["LatestVersionNumber"] < int(FIRST)):
            templates.add(made, each.tainted, naming.token(run, f"{each.name}/{FIRST}"))
        ids.append(made)
    return ids


def _made(templates: LaunchTemplates, run: Run, wanted: Template) -> str:
    return templates.create(wanted.name, wanted.data, naming.marks(run), naming.token(run, wanted.name))


def _check_own(run: Run, group: NewGroup, tags: object) -> None:
    if not naming.is_of(run, tags):
        raise HeldError(f"there is a group {group.name}, which is not of run {run.id}: take it away")


def _names(new: Shape) -> tuple[str, ...]:
    return tuple(each["name"] for each in (new.get("resources") or {}).get("autoScalingGroups") or ())
