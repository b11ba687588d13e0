"""Makes the groups that take the pods, and takes them away again."""

from dataclasses import asdict, dataclass

from nodenet.errors import Waiting
from nodenet.migration.cluster import UNVERIFIED
from nodenet.migration.groups import planning
from nodenet.migration.groups.making import Maker, ManagedMaker, SelfManagedMaker
from nodenet.migration.groups.naming import is_of, new_name
from nodenet.migration.groups.pods_left import left_on, shown
from nodenet.migration.groups.ports import Ec2, LaunchTemplates, NodeGroups, OpenedNodes, Pods, ScalingGroups, VpcCni
from nodenet.migration.groups.readiness import Readiness, Seen
from nodenet.migration.groups.records import MANAGED, NewGroup, fact, facts, new_groups
from nodenet.migration.groups.removal import Removal
from nodenet.migration.groups.replacing import Replacement
from nodenet.migration.groups.wish import TAINT
from nodenet.migration.quiet.cordon import DRAIN
from nodenet.migration.request import GroupWish
from nodenet.migration.run import Notes, Run
from nodenet.migration.vpc.seen import RUN_TAG


@dataclass(frozen=True, slots=True)
class NewGroups:
    """A Step. New groups are clones of the old ones, or replacements that the request names, which are never changed
    but for the taint of their nodes. What a run made it knows by its name and by the tag nodenet:run."""

    groups: NodeGroups
    scaling: ScalingGroups
    templates: LaunchTemplates
    ec2: Ec2
    nodes: OpenedNodes
    pods: Pods
    cni: VpcCni
    name: str = "new_group"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.nodes

    def forward(self, run: Run, notes: Notes) -> str:
        if "groups" not in notes.values:
            notes.keep(groups={each.old: asdict(each) for each in self._planned(run)})
        said, waits = [], []
        for each in new_groups(run):
            try:
                said.append(self._advance(run, notes, each))
            except Waiting as waiting:
                waits.append(str(waiting))
        if waits:
            raise Waiting("; ".join(waits))
        return "; ".join(said)

    def back(self, run: Run, notes: Notes) -> str:
        ours = [each for each in new_groups(run) if each.made]
        self._check_empty(run, ours)
        waits, left = [], []
        for each in ours:
            try:
                left += self._remove(run, each)
            except Waiting as waiting:
                waits.append(str(waiting))
        if waits:
            raise Waiting("; ".join(waits))
        for template in self.templates.tagged(RUN_TAG, run.id) if ours else ():
            self.templates.delete(template)
        opened = self._leave_replacements(run)
        said = [f"{', '.join(each.name for each in ours if each.name not in left)} deleted"] if ours else []
        said += [f"nodes of {', '.join(opened)} open again"] if opened else []
        said += [f"left as they are, since they are not of this run: {', '.join(left)}"] if left else []
        return "; ".join(said) or "no group was made"

    def _planned(self, run: Run) -> list[NewGroup]:
        wanted = {each.name: self._wanted(run, each) for each in run.request.groups}
        first = dict(wanted)
        if facts(run).get("waves"):
            first = planning.first_sizes(wanted, {old: self._free(run, old) for old in wanted})
        return [
            NewGroup(
                old=each.name,
                name=each.replacement or new_name(each.name, run.id),
                kind=fact(run, each.name)["kind"],
                made=not each.replacement,
                desired=first[each.name],
                wanted=wanted[each.name],
                maxPods=planning.planned_max_pods(run, each.name),
            )
            for each in run.request.groups
        ]

    def _wanted(self, run: Run, wish: GroupWish) -> int:
        """As planned, or as many as there are; within the bounds of the old group."""
        wanted = int(facts(run).get("newSizes", {}).get(wish.name, fact(run, wish.name)["nodes"]))
        if wish.replacement:
            return wanted
        if fact(run, wish.name)["kind"] == MANAGED:
            old = self.groups.group(run.request.cluster, wish.name)
            return max(wanted, old["scalingConfig"]["minSize"] if old else 0)
        found = self.scaling.groups([wish.name])
        return max(wanted, found[wish.name]["MinSize"] if wish.name in found else 0)

    def _free(self, run: Run, old: str) -> dict[str, tuple[str, int]]:
        return dict(self.ec2.free(planning.node_subnets(run, old) or fact(run, old)["subnets"]))

    def _advance(self, run: Run, notes: Notes, group: NewGroup) -> str:
        made = self._maker(group).make(run, notes, group)
        readiness = Readiness(self.nodes, self.scaling, self.ec2)
        seen = readiness.see(made)
        self._taint(seen)
        said = readiness.check(run, made, seen)
        return f"{said}; without its {', '.join(made.left)}" if made.left else said

    def _maker(self, group: NewGroup) -> Maker:
        if not group.made:
            return Replacement(self.groups, self.scaling)
        if group.kind == MANAGED:
            return ManagedMaker(self.groups, self.scaling, self.templates, self.cni)
        return SelfManagedMaker(self.scaling, self.templates)

    def _taint(self, seen: Seen) -> None:
        """Nodes of a replacement have nobody else to do it, and EKS does it some seconds after a node has joined."""
        for node in seen.nodes:
            if all(each.key != UNVERIFIED for each in node.taints):
                self.nodes.taint(node.name, TAINT)

    def _check_empty(self, run: Run, groups: list[NewGroup]) -> None:
        readiness = Readiness(self.nodes, self.scaling, self.ec2)
        names = {node.name for each in groups for node in readiness.see(each).nodes}
        if left := left_on(self.pods, names):
            raise Waiting(f"{len(left)} pods are on new nodes still: {shown(left)}")

    def _remove(self, run: Run, group: NewGroup) -> list[str]:
        """Names of what is there by then and not this run's. Waiting until ours is gone."""
        removal = Removal(self.groups, self.scaling)
        if group.kind == MANAGED:
            if found := self.groups.group(run.request.cluster, group.name):
                if not is_of(run, found.get("tags")):
                    return [group.name]
                removal.managed(run.request.cluster, found)
        elif found := self.scaling.groups([group.name]).get(group.name):
            if not is_of(run, found.get("Tags")):
                return [group.name]
            removal.self_managed(found)
        return []

    def _leave_replacements(self, run: Run) -> list[str]:
        """Their nodes lose the taint, and are open again where the way back has cordoned them."""
        theirs = [each for each in new_groups(run) if not each.made]
        cordoned = set(run.notes(DRAIN).get("cordonedNew", ()))
        for group in theirs:
            for node in Readiness(self.nodes, self.scaling, self.ec2).see(group).nodes:
                if any(each.key == UNVERIFIED for each in node.taints):
                    self.nodes.untaint(node.name, UNVERIFIED)
                if node.unschedulable and node.name in cordoned:
                    self.nodes.uncordon(node.name)
        return [each.name for each in theirs]
