"""What a batch's pods belong to, and whether it is as available as before."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nodenet.migration.cluster import Owner, Pod, Workload


def key(owner: Owner) -> str:
    return f"{owner.kind}/{owner.namespace}/{owner.name}"


def affected(pods: Iterable[Pod], workloads: Iterable[Workload]) -> dict[str, dict[str, int]]:
    """The owners of these pods that are counted, with what they have before anything is evicted."""
    owners = {key(pod.owner) for pod in pods if pod.owner}
    return {
        key(each.owner): {"desired": each.desired, "available": each.available}
        for each in workloads
        if key(each.owner) in owners
    }


def short(before: Mapping[str, Mapping[str, int]], workloads: Iterable[Workload]) -> list[str]:
    """Those that have fewer available than min(desired now, available before), a few words each. How many are desired
    may fall: autoscalers of pods and people go on. An owner that is gone misses nothing."""
    found = []
    for each in workloads:
        was = before.get(key(each.owner))
        if was is not None and each.available < (wanted := min(each.desired, was["available"])):
            owner = each.owner
            found.append(f"{owner.kind} {owner.namespace}/{owner.name} has {each.available} of {wanted} available")
    return found


def healthy(targets: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """How many targets of each target group are healthy."""
    return {arn: sum(state == "healthy" for state in states.values()) for arn, states in targets.items()}


def short_targets(before: Mapping[str, int], targets: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Target groups with fewer healthy targets than min(registered now, healthy before)."""
    found = []
    for arn, now in healthy(targets).items():
        wanted = min(len(targets[arn]), before.get(arn, 0))
        if now < wanted:
            found.append(f"target group {arn.rpartition('targetgroup/')[2]} has {now} of {wanted} healthy")
    return found


def bound_to(
    pods: Sequence[Pod], bindings: Iterable[Any], selectors: Mapping[tuple[str, str], Mapping[str, str]]
) -> list[str]:
    """The target groups, by ARN, that have some of these pods behind them."""
    arns = set()
    for binding in bindings:
        wanted = selectors.get((binding.namespace, binding.service), {})
        if wanted and any(pod.namespace == binding.namespace and wanted.items() <= pod.labels.items() for pod in pods):
            arns.add(binding.arn)
    return sorted(arns)
