"""Autoscalers, of nodes and of pods: what changes the cluster while it is migrated."""

from collections.abc import Iterator

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning

CLUSTER = note(
    "autoscaler.cluster",
    "The cluster autoscaler is scaled to zero for the time of the migration, since it removes new nodes that are idle; "
    "its number of replicas is kept and given back.",
    "Nothing; nothing is scaled meanwhile, so leave room for peaks.",
)
SEVERAL = blocker(
    "autoscaler.several",
    "There are several cluster autoscalers; one of them is known to be paused, the others not.",
    "Scale the others to zero yourself for the time of the migration, and accept this.",
)
OWNED = warning(
    "autoscaler.owned",
    "The autoscaler's Deployment is kept by a GitOps tool, which will start it again in the middle.",
    "Pause that tool for this Deployment.",
)
KARPENTER = note(
    "autoscaler.karpenter",
    "Karpenter's node pools get a disruption budget of zero for the time of the migration.",
    "Nothing; Karpenter still starts nodes for pods that wait.",
)
TAKES_PODS = warning(
    "autoscaler.karpenter-takes-pods",
    "Pods that the drain evicts may wait for a moment, and Karpenter starts nodes of its own for them, outside of the "
    "groups.",
    "Limit the pools (spec.limits) for the time, or let it be.",
)
PODS = note(
    "autoscaler.pods",
    "Autoscalers of pods change how many there should be; the drain compares with what is wanted at that moment.",
    "Nothing.",
)
INSIDE = warning(
    "autoscaler.inside",
    "Karpenter itself runs on nodes that are drained: while it moves it starts nothing.",
    "Give it two replicas and a budget.",
)


def findings(case: Case) -> Iterator[Finding]:
    autoscalers = [each for each in case.seen.scalers if each.kind == "cluster-autoscaler"]
    running = [each for each in autoscalers if each.replicas]
    names = [f"{each.namespace}/{each.name}" for each in running]
    if len(running) > 1:
        yield SEVERAL(f"{len(running)} cluster autoscalers run: {some(names)}", *names)
    elif running:
        yield CLUSTER(f"{names[0]} has {count(running[0].replicas, 'replica')}", *names)
    for each in running:
        if each.owner not in ("", "Helm"):
            yield OWNED(f"{each.namespace}/{each.name} is kept by {each.owner}", f"{each.namespace}/{each.name}")
    if pools := [each.name for each in case.seen.node_pools]:
        yield KARPENTER(f"{count(len(pools), 'node pool')}: {some(pools)}", *pools)
        yield TAKES_PODS(f"{count(len(pools), 'node pool')} may take pods that the drain evicts: {some(pools)}", *pools)
    here = {(pod.owner.namespace, pod.owner.name) for pod in case.pods if pod.owner and pod.owner.kind == "Deployment"}
    inside = [each for each in case.seen.scalers if each.kind == "karpenter" and (each.namespace, each.name) in here]
    if inside and inside[0].replicas < 2:
        yield INSIDE(
            f"{inside[0].namespace}/{inside[0].name} has {count(inside[0].replicas, 'replica')}", inside[0].name
        )
    if case.seen.scaled:
        yield PODS(f"{count(len(case.seen.scaled), 'autoscaler')} of pods: {some(case.seen.scaled)}", *case.seen.scaled)
