"""All nodes of the cluster: the switch reaches every one of them, not only the groups that move."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from nodenet.capacity.max_pods import cni_max_pods
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.seen_kubernetes import Node

COMPUTE_TYPE: Final = "eks.amazonaws.com/compute-type"

WINDOWS = blocker(
    "compute.windows",
    "Windows nodes cannot use custom networking; a group of them cannot move.",
    "Leave the group out, or use mode node-subnets for it.",
    acceptable=False,
)
WINDOWS_BESIDE = note(
    "compute.windows-beside",
    "Windows nodes out of scope stay in their subnets: the VPC resource controller gives them addresses, not the VPC "
    "CNI.",
    "Nothing.",
)
HYBRID = note(
    "compute.hybrid",
    "Hybrid nodes and nodes of Auto Mode are outside: the VPC CNI does not run there.",
    "Nothing.",
)
ZONES = blocker(
    "compute.zones",
    "Nodes that are not in scope are in zones without a pod subnet. The switch reaches them too: they keep what they "
    "have, but new nodes there never become Ready, nor get pods any addresses once a pool is empty.",
    "Name a pod subnet for these zones as well, or accept this if nothing starts there any more.",
)
MAX_PODS = warning(
    "compute.max-pods",
    "Nodes that are not in scope were told a maximum of pods that counts the primary interface. After the switch new "
    "nodes of theirs carry fewer, and pods beyond wait without an address; old ones do once they restart pods.",
    "Move these groups too, or lower their maxPods.",
)
UNGROUPED = warning(
    "compute.ungrouped",
    "Nodes are in no managed node group, Auto Scaling group or node pool: nothing replaces them.",
    "Move their pods yourself.",
)
KARPENTER = warning(
    "compute.karpenter",
    "Karpenter counts a node's pods with the primary interface unless RESERVED_ENIS=1 or its node class's "
    "kubelet.maxPods says otherwise; its nodes do not drift by the switch.",
    "Set RESERVED_ENIS=1 (more with nodenet's networks) for Karpenter, or kubelet.maxPods, and replace its nodes.",
)
POOL_ZONES = warning(
    "compute.karpenter-zones",
    "A Karpenter node pool may start nodes in zones without a pod subnet, or in any zone: those nodes never become "
    "Ready.",
    "Bind the pool to the zones of the pod subnets (topology.kubernetes.io/zone).",
)
NOT_READY = warning(
    "nodes.not-ready",
    "Old nodes are not Ready: their pods may not end when they are evicted, and what they ran is not known.",
    "Mend or terminate them before.",
)
CORDONED = note(
    "nodes.cordoned",
    "Old nodes are cordoned already, by somebody else: the way back leaves them so.",
    "Nothing, unless they should serve.",
)
NO_CAPACITY = blocker(
    "nodes.missing",
    "A group has instances that are no nodes of the cluster: whether they serve cannot be told, and they would be "
    "terminated with their group.",
    "See why they have not joined (role, user data, subnets), or take them out of the group.",
)


def findings(case: Case) -> Iterator[Finding]:
    yield from _kinds(case)
    if case.custom:
        yield from _zones(case)
        yield from _max_pods(case)
        yield from _karpenter(case)
    groups = _group_of(case)
    alone = [
        node.name for node in case.seen.nodes if node.instance_id and not groups.get(node.name) and not _kind(node)
    ]
    if alone:
        yield UNGROUPED(f"{count(len(alone), 'node')} of no group: {some(alone)}", *alone)
    if down := [node.name for node in case.nodes if not node.ready]:
        yield NOT_READY(f"{len(down)} of {count(len(case.nodes), 'old node')} are not Ready: {some(down)}", *down)
    if closed := [node.name for node in case.nodes if node.unschedulable]:
        yield CORDONED(f"{len(closed)} of {count(len(case.nodes), 'old node')} are cordoned: {some(closed)}", *closed)
    known = {node.instance_id for node in case.nodes}
    for group in case.groups:
        serving = ("InService", "Pending:Wait", "Pending")
        there = [each for one in group.scaling for each, state in one.instances.items() if state in serving]
        if lost := [each for each in there if each not in known]:
            yield NO_CAPACITY(f"{group.name}: {count(len(lost), 'instance')} are no nodes: {some(lost)}", *lost)


def _kinds(case: Case) -> Iterator[Finding]:
    for group in case.groups:
        windows = [node.name for node in group.nodes if _kind(node) == "windows"]
        if case.custom and (windows or (group.managed and group.managed.ami_type.startswith("WINDOWS"))):
            yield WINDOWS(f"{group.name} is a group of Windows nodes", group.name)
    kinds = Counter(kind for node in case.others if (kind := _kind(node)))
    if kinds["windows"]:
        yield WINDOWS_BESIDE(f"{count(kinds['windows'], 'Windows node')} out of scope")
    if strange := kinds["hybrid"] + kinds["auto"]:
        yield HYBRID(f"{count(strange, 'node')} of Auto Mode, or hybrid")


def _zones(case: Case) -> Iterator[Finding]:
    served = {wish.zone for wish in case.request.pod_subnets}
    lacking: Counter[str] = Counter(
        node.zone for node in case.others if node.instance_id and node.zone not in served and not _kind(node)
    )
    if lacking and served:
        named = ", ".join(f"{count(number, 'node')} in {zone}" for zone, number in sorted(lacking.items()))
        yield ZONES(f"zones of nodes out of scope have no pod subnet: {named}", *sorted(lacking))


def _max_pods(case: Case) -> Iterator[Finding]:
    groups = _group_of(case)
    high: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for node in case.others:
        limits = case.seen.limits.get(node.instance_type)
        if limits and node.max_pods and node.instance_id and not _kind(node):
            room = cni_max_pods(limits, case.then)
            if node.max_pods > room:
                high[groups.get(node.name) or node.name].append((node.max_pods, room))
    for name, figures in sorted(high.items()):
        most, room = max(figures)
        said = f"{name}: {count(len(figures), 'node')} told {most} pods, and the VPC CNI has addresses for {room}"
        yield MAX_PODS(said, name)


def _karpenter(case: Case) -> Iterator[Finding]:
    pools = case.seen.node_pools
    if not pools:
        return
    reserved = any(
        each.environment.get("RESERVED_ENIS", "0") not in ("", "0")
        or any("reserved-enis" in arg for arg in each.arguments)
        for each in case.seen.scalers
        if each.kind == "karpenter"
    )
    if (loose := [each.name for each in pools if each.max_pods is None]) and not reserved:
        yield KARPENTER(f"{count(len(loose), 'node pool')} without either: {some(loose)}", *loose)
    served = {wish.zone for wish in case.request.pod_subnets}
    zones = {each.zone for each in case.seen.running.cloud.subnets.values()}
    if astray := [each.name for each in pools if not set(each.zones or zones) <= served]:
        yield POOL_ZONES(f"{some(astray)} may start nodes outside {some(sorted(served))}", *astray)


def _kind(node: Node) -> str:
    """What it is where the VPC CNI does not run on it; empty else."""
    if node.labels.get("kubernetes.io/os") == "windows":
        return "windows"
    kind = node.labels.get(COMPUTE_TYPE, "")
    return kind if kind in ("fargate", "hybrid", "auto") else ""


def _group_of(case: Case) -> dict[str, str]:
    """By node, its managed group, node pool or Auto Scaling group."""
    scaling = {instance: each.name for each in case.seen.scaling_groups.values() for instance in each.instances}
    return {
        node.name: node.labels.get("eks.amazonaws.com/nodegroup")
        or node.labels.get("karpenter.sh/nodepool")
        or scaling.get(node.instance_id, "")
        for node in case.seen.nodes
    }
