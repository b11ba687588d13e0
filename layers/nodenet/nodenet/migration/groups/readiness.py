"""Whether the nodes of new groups are there, as they were planned."""

from collections.abc import Sequence
from dataclasses import dataclass

from nodenet.errors import HeldError, Waiting
from nodenet.migration.cluster import Node
from nodenet.migration.groups.ports import Ec2, Nodes, ScalingGroups
from nodenet.migration.groups.records import NewGroup, fact
from nodenet.migration.run import Run


@dataclass(frozen=True, slots=True)
class Seen:
    """A new group's nodes. `starting`: instances that Auto Scaling still holds, at a lifecycle hook for instance."""

    nodes: Sequence[Node]
    starting: Sequence[str]


@dataclass(frozen=True, slots=True)
class Readiness:
    nodes: Nodes
    scaling: ScalingGroups
    ec2: Ec2

    def see(self, group: NewGroup) -> Seen:
        found = self.scaling.groups(group.autoScalingGroups) if group.autoScalingGroups else {}
        states = {each["InstanceId"]: each["LifecycleState"] for some in found.values() for each in some["Instances"]}
        nodes = [node for node in self.nodes.nodes() if node.instance_id in states]
        return Seen(
            sorted(nodes, key=lambda node: node.name), [each for each, state in states.items() if state != "InService"]
        )

    def check(self, run: Run, group: NewGroup, seen: Seen) -> str:
        """Says what is there. Waiting until that are as many Ready nodes as the group begins with, in service, in every
        zone of the old group; HeldError where they take another number of pods than planned, or lack networks."""
        ready = [node for node in seen.nodes if node.ready]
        _check_capacity(group, seen.nodes)
        if len(ready) < group.desired or seen.starting:
            said = f"{group.name}: {len(ready)} of {group.desired} nodes are Ready"
            held = f", {len(seen.starting)} instances are not in service yet" if seen.starting else ""
            raise Waiting(f"{said}{held}{self._trouble(group)}")
        missing = sorted(set(fact(run, group.old)["zones"]) - {node.zone for node in ready})
        if missing and len(ready) >= len(fact(run, group.old)["zones"]):
            raise Waiting(f"{group.name} has no node in {', '.join(missing)} yet{self._trouble(group)}")
        self._check_networks(run, group, ready)
        places = f", {group.maxPods} pods each" if group.maxPods else ""
        return f"{group.name}: {len(ready)} nodes{places}"

    def _trouble(self, group: NewGroup) -> str:
        found = (self.scaling.trouble(name) for name in group.autoScalingGroups)
        said = "; ".join(each for each in found if each)
        return f" (Auto Scaling: {said})" if said else ""

    def _check_networks(self, run: Run, group: NewGroup, ready: Sequence[Node]) -> None:
        """Instances in service have been let go by nodenet's launch hook, if it was for them."""
        wanted = frozenset(fact(run, group.old).get("networks") or ())
        if not wanted or not ready:
            return
        there = self.ec2.networks(run.request.cluster, [node.instance_id for node in ready])
        lacking = [node.name for node in ready if not wanted <= there.get(node.instance_id, frozenset())]
        if lacking:
            raise HeldError(
                f"{group.name}: {', '.join(lacking[:3])}{' and more' if len(lacking) > 3 else ''} came without the "
                f"networks {', '.join(sorted(wanted))} of {group.old}: nodenet's configuration does not choose the new "
                "group. Have it do so, by tags or by this name, terminate those instances, and resume"
            )


def _check_capacity(group: NewGroup, nodes: Sequence[Node]) -> None:
    """A replacement may take fewer, by its owner's will; more would be pods without an address."""
    if not group.maxPods:
        return
    wrong = [
        node
        for node in nodes
        if node.max_pods and (node.max_pods != group.maxPods if group.made else node.max_pods > group.maxPods)
    ]
    if wrong:
        raise HeldError(
            f"{group.name}: {wrong[0].name} takes {wrong[0].max_pods} pods where {group.maxPods} are planned, and so "
            f"{'does' if len(wrong) == 1 else 'do'} {len(wrong)} of its nodes: see what tells its kubelet, and roll "
            "back, or name a replacement"
        )
