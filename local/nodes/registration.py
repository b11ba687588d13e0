"""What the kubelet of an instance registers: its own word, its user data's and its node group's put together."""

from dataclasses import dataclass, field
from typing import Any

from local.nodes import machine, max_pods
from local.nodes.membership import Member
from local.nodes.user_data import Kubelet, kubelet_of
from local.world import world

type Thing = dict[str, Any]

EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass
class Told:
    """The labels and taints of a managed node group, as EKS puts them on its nodes."""

    labels: dict[str, str] = field(default_factory=dict)
    taints: list[dict[str, str]] = field(default_factory=list)


def node_of(instance: Any, member: Member, cluster: Any) -> tuple[Thing, Told]:
    """The Node of an instance, and what of it comes from its group."""
    kubelet, told = kubelet_of(instance.user_data), of_group(instance, member.group)
    group = member.group
    node = machine.node(
        instance,
        str((group and group.version) or cluster.version),
        {**kubelet.labels, **told.labels},
        [*kubelet.taints, *told.taints],
        _max_pods(instance, group, kubelet),
        world.clock.now(),
    )
    return node, told


def of_group(instance: Any, group: Any) -> Told:
    """User guide, "Managed node groups": its labels and taints, and the labels that EKS adds."""
    if group is None:
        return Told()
    labels = {
        **(group.labels or {}),
        "eks.amazonaws.com/nodegroup": group.nodegroup_name,
        "eks.amazonaws.com/nodegroup-image": instance.image_id or "",
        "eks.amazonaws.com/capacityType": group.capacity_type or "ON_DEMAND",
    }
    given = [{"key": t["key"], "value": t.get("value"), "effect": EFFECTS[t["effect"]]} for t in group.taints or []]
    return Told(labels, [{key: value for key, value in taint.items() if value} for taint in given])


def retold(node: Thing, before: Told, now: Told) -> None:
    """Puts what the group says `now` in the place of what it said `before`."""
    labels = {k: v for k, v in (node["metadata"].get("labels") or {}).items() if k not in before.labels}
    node["metadata"]["labels"] = labels | now.labels
    gone = {(taint["key"], taint["effect"]) for taint in (*before.taints, *now.taints)}
    others = [t for t in node["spec"].get("taints") or [] if (t["key"], t["effect"]) not in gone]
    node["spec"]["taints"] = [*others, *now.taints]


def _max_pods(instance: Any, group: Any, told: Kubelet) -> int:
    """User guide, "How maxPods is determined": what EKS says to a group without an AMI of its own prevails over user
    data; nodeadm's files prevail over both."""
    by_eks = getattr(group, "max_pods", None)
    return told.forced_max_pods or by_eks or told.max_pods or max_pods.by_nodeadm(instance.instance_type)
