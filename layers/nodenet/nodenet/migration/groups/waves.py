"""Old nodes end and new ones come in their place, where node subnets have no room for both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nodenet.errors import HeldError, Waiting
from nodenet.migration.groups.ports import NodeGroups, ScalingGroups
from nodenet.migration.groups.records import MANAGED, NewGroup, fact, facts, new_group
from nodenet.migration.groups.wish import Shape
from nodenet.migration.run import Notes, Run

_GOING = ("Terminating", "Terminated")


@dataclass(frozen=True, slots=True)
class Waves:
    groups: NodeGroups
    scaling: ScalingGroups

    def size(self, run: Run, old: str) -> int:
        """Desired nodes of the new group that takes the place of `old`."""
        group = new_group(run, old)
        shown = self._shown(run, group)
        return int(shown["scalingConfig"]["desiredSize"] if group.kind == MANAGED else shown["DesiredCapacity"])

    def grow(self, run: Run, old: str, to: int) -> int:
        """Has the new group come to `to` nodes, never fewer than it has and never more than it shall have in the end;
        gives how many. In which zone they come is Auto Scaling's choice: the one with the fewest. Waiting while EKS is
        at it. HeldError for a replacement, which is its owner's to grow."""
        group = new_group(run, old)
        now = self.size(run, old)
        wanted = min(max(to, now), max(group.wanted, now))
        if wanted == now:
            return now
        if not group.made:
            raise HeldError(f"{group.name} has {now} nodes, and needs {wanted}: its owner has to grow it, then resume")
        self._resize(run, group, {"desired": wanted})
        return wanted

    def shrink_old(self, run: Run, notes: Notes, instances: Collection[str]) -> int:
        """Ends these instances of the old groups, whose desired capacity shrinks with them; gives how many are there
        still. Instances that are on their way, or gone, are left alone.

        A chosen instance leaves a managed group as it leaves any other, by TerminateInstanceInAutoScalingGroup, which
        is how the cluster autoscaler does it (kubernetes/autoscaler, cloudprovider/aws); a smaller desiredSize would
        have Auto Scaling choose. It is refused at the group's minimum, which is lowered first, and kept in `notes`.
        """
        left = 0
        for group in facts(run)["groups"]:
            found = self.scaling.groups(group["autoScalingGroups"])
            chosen = [
                (name, each)
                for name, some in found.items()
                for each in some["Instances"]
                if each["InstanceId"] in instances
            ]
            staying = [(name, each) for name, each in chosen if not each["LifecycleState"].startswith(_GOING)]
            left += len(chosen)
            if staying:
                self._lower(run, notes, group["name"], found)
            for name, each in staying:
                self.scaling.terminate(name, each["InstanceId"], decrement=True)
        return left

    def _lower(self, run: Run, notes: Notes, old: str, found: Mapping[str, Shape]) -> None:
        """The group's minimum, to nothing."""
        if all(each["MinSize"] == 0 for each in found.values()):
            return
        minimums = {name: each["MinSize"] for name, each in found.items()}
        notes.note(minimums={**notes.get("minimums", {}), old: sum(minimums.values())})
        if fact(run, old)["kind"] != MANAGED:
            self.scaling.change(old, {"MinSize": 0})
            return
        shown = self.groups.group(run.request.cluster, old)
        if shown and shown["status"] != "UPDATING":
            self.groups.update(run.request.cluster, old, {"scalingConfig": {"minSize": 0}})
        raise Waiting(f"EKS lowers the minimum of {old}")

    def _resize(self, run: Run, group: NewGroup, change: Mapping[str, int]) -> None:
        if group.kind != MANAGED:
            self.scaling.change(group.name, {"DesiredCapacity": change["desired"]})
            return
        if self._shown(run, group)["status"] == "UPDATING":
            raise Waiting(f"EKS changes {group.name}")
        self.groups.update(run.request.cluster, group.name, {"scalingConfig": {"desiredSize": change["desired"]}})

    def _shown(self, run: Run, group: NewGroup) -> Shape:
        if group.kind == MANAGED:
            found = self.groups.group(run.request.cluster, group.name)
        else:
            found = self.scaling.groups([group.name]).get(group.name)
        if found is None:
            raise HeldError(f"the new group {group.name} is gone: roll back")
        return found
