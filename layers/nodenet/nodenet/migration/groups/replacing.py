"""A group that its owner made for the pods: looked at, tainted until it is proved, and never changed else."""

from dataclasses import replace

from nodenet.errors import HeldError
from nodenet.migration.groups.ports import NodeGroups, ScalingGroups
from nodenet.migration.groups.records import MANAGED, SELF_MANAGED, NewGroup, enter, facts
from nodenet.migration.run import Notes, Run


class Replacement:
    """A Maker that makes nothing."""

    def __init__(self, groups: NodeGroups, scaling: ScalingGroups) -> None:
        self._groups, self._scaling = groups, scaling

    def make(self, run: Run, notes: Notes, group: NewGroup) -> NewGroup:
        """HeldError where there is no such group, or it is one of those that move."""
        moving = {name for each in facts(run)["groups"] for name in each["autoScalingGroups"]}
        found = self._groups.group(run.request.cluster, group.name)
        if found:
            if found["status"] not in ("ACTIVE", "UPDATING"):
                raise HeldError(f"the replacement {group.name} is {found['status']}: mend it, and resume")
            resources = (found.get("resources") or {}).get("autoScalingGroups") or ()
            there = replace(group, kind=MANAGED, autoScalingGroups=tuple(each["name"] for each in resources))
        elif self._scaling.groups([group.name]):
            there = replace(group, kind=SELF_MANAGED, autoScalingGroups=(group.name,))
        else:
            raise HeldError(
                f"there is no node group and no Auto Scaling group {group.name}, which is to replace {group.old}: make "
                "it, and resume"
            )
        if shared := moving & set(there.autoScalingGroups):
            raise HeldError(f"{', '.join(sorted(shared))} cannot replace {group.old}: it moves itself in this run")
        enter(notes, there)
        return there
