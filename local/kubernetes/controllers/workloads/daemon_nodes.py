"""On which nodes a DaemonSet's pods are (kubernetes, pkg/controller/daemon, NodeShouldRunDaemonPod, and
daemon/util, AddOrUpdateDaemonPodTolerations, ReplaceDaemonSetPodNodeNameNodeAffinity). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.kubernetes.controllers.scheduling import node_affinity, taints
from local.kubernetes.things import Thing, copied


@dataclass(frozen=True)
class Place:
    """A node and the set's pods there; `runs`: whether it is to have one, `stays`: whether one there may remain."""

    node: Thing
    pods: Sequence[Thing]
    runs: bool
    stays: bool


def template(daemon_set: Thing) -> Thing:
    """The set's template with the tolerations that every daemon's pod has ("Taints and tolerations" there)."""
    made: Thing = copied(daemon_set["spec"]["template"])
    lasting = [("not-ready", "NoExecute"), ("unreachable", "NoExecute")]
    passing = ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"]
    if made["spec"].get("hostNetwork"):
        passing.append("network-unavailable")
    tolerations = list(made["spec"].get("tolerations") or ())
    for name, effect in [*lasting, *((each, "NoSchedule") for each in passing)]:
        one = {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect}
        if one not in tolerations:
            tolerations.append(one)
    made["spec"]["tolerations"] = tolerations
    return made


def place(of: Thing, node: Thing, pods: Sequence[Thing]) -> Place:
    """`of` is what `template` made."""
    if of["spec"].get("nodeName") not in (None, "", node["metadata"]["name"]) or not node_affinity.fits(of, node):
        return Place(node, pods, runs=False, stays=False)
    tolerations, tainted = taints.of_pod(of), taints.of_node(node)
    runs = taints.untolerated(tainted, tolerations) is None
    stays = runs or taints.untolerated(tainted, tolerations, ("NoExecute",)) is None
    return Place(node, pods, runs, stays)


def bound_to(spec: Thing, node_name: str) -> Thing:
    """A pod's spec for this node and no other: by affinity, so that the scheduler still decides."""
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    field = {"key": "metadata.name", "operator": "In", "values": [node_name]}
    affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    return spec


def node_of(pod: Thing) -> str:
    """The node that a daemon's pod is on, or is to be on."""
    if bound := pod["spec"].get("nodeName"):
        return str(bound)
    affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in (affinity or {}).get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name":
                return str(field["values"][0])
    return ""
