"""Which target groups of load balancers have a batch's pods, and whether they are as healthy as before. Pure."""

from collections.abc import Iterable, Mapping

from nodenet.migration.cluster import Pod
from nodenet.migration.objects import TargetGroupBinding

type Selectors = Mapping[tuple[str, str], Mapping[str, str]]
type Targets = Mapping[str, Mapping[str, str]]
"""States of targets by their ids, `address:port` or `instance:port`, by target group."""


def behind(pods: Iterable[Pod], bindings: Iterable[TargetGroupBinding], selectors: Selectors) -> dict[str, list[Pod]]:
    """Of these pods those that each target group, by ARN, has behind it; target groups that have none are left out."""
    every = list(pods)
    found: dict[str, list[Pod]] = {}
    for binding in bindings:
        labels = selectors.get((binding.namespace, binding.service), {})
        mine = [
            pod
            for pod in every
            if labels and pod.namespace == binding.namespace and labels.items() <= pod.labels.items()
        ]
        if mine:
            found.setdefault(binding.arn, []).extend(mine)
    return found


def ready_behind(
    pods: Iterable[Pod], bindings: Iterable[TargetGroupBinding], selectors: Selectors
) -> dict[str, set[str]]:
    """The addresses of ready pods that each target group of type ip, by ARN, is to have as targets. Empty sets too:
    where there is no ready pod, no target is missing."""
    by_address = [each for each in bindings if each.target_type == "ip"]
    ready = [pod for pod in pods if pod.ready and pod.address and not (pod.terminating or pod.finished)]
    found = behind(ready, by_address, selectors)
    return {each.arn: {pod.address for pod in found.get(each.arn, ())} for each in by_address}


def healthy(targets: Targets) -> dict[str, int]:
    """How many targets of each target group are healthy."""
    return {arn: sum(state == "healthy" for state in states.values()) for arn, states in targets.items()}


def short_targets(before: Mapping[str, int], targets: Targets, ready: Mapping[str, set[str]]) -> list[str]:
    """Target groups with fewer healthy targets than they had before, a few words each.

    Fewer are enough where fewer pods are ready now, as counted in `ready`, since how many are desired may fall; and of
    targets that are instances as many as are registered now, since drained nodes are taken out.
    """
    found = []
    for arn, now in healthy(targets).items():
        most = len(ready[arn]) if arn in ready else len(targets[arn])
        wanted = min(most, before.get(arn, 0))
        if now < wanted:
            found.append(f"target group {short_name(arn)} has {now} of {wanted} healthy")
    return found


def short_name(arn: str) -> str:
    return arn.rpartition("targetgroup/")[2]
