"""What a batch's pods belong to, and whether it is as available as before."""

from collections.abc import Iterable, Mapping

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
