"""The kubelet's maximum of pods, beside the addresses that a node has.

ipamd stops at as many addresses as the kubelet allows pods (isDatastorePoolTooLow), so the figure says how far a node
grows. EKS recommends at most 110 pods, or 250 above 30 vCPUs ("Amazon EKS recommended maximum Pods", EKS User Guide).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nodenet.capacity.advice.case import Case, Found
from nodenet.capacity.advice.wording import counted, effect, listed, told
from nodenet.capacity.fleet import NodeGroup
from nodenet.capacity.plan import Advice, NodeUse

type Key = tuple[str, str]
"""A group's name and instance type."""


def max_pods(case: Case) -> Iterator[Found]:
    """Lower where there are fewer addresses than the kubelet takes pods, and where that ends a shortage; higher where
    addresses lie idle that no pod may use."""
    uses: defaultdict[Key, list[NodeUse]] = defaultdict(list)
    for use in case.placement.nodes:
        uses[use.group, use.instance_type].append(use)
    yield from _beyond_the_addresses(case, uses)
    yield from _idle(case, uses)
    if case.missing:
        yield from _no_more_than_there_are(case, uses)


def _beyond_the_addresses(case: Case, uses: Mapping[Key, list[NodeUse]]) -> Iterator[Found]:
    """Some nodes of a group may have fewer addresses than others, where subnets are shut out: the most that any has."""
    places = {key: max(map(case.places, some)) for key, some in uses.items()}
    too_high = {key: most for key, most in places.items() if most < min(use.max_pods.kubelet for use in uses[key])}
    after = _with(case, too_high)
    if too_high and not after.worse_than(case):
        saved = after.fewer_than(case)
        why = "The kubelet takes more pods than the node has addresses for, and they would wait without one"
        sentence = told(f"Set maxPods to {_written(too_high)}", why, *([effect(saved)] if saved else []))
        yield Found(Advice("max pods", sentence, saved), after, saved)


def _idle(case: Case, uses: Mapping[Key, list[NodeUse]]) -> Iterator[Found]:
    """Groups whose nodes are all full of pods, with addresses to spare: the same pods on fewer nodes."""
    wanted = {key: most for key, some in uses.items() if (most := _higher(case, some))}

    def denser(group: NodeGroup) -> NodeGroup:
        figure = wanted.get(_key(group))
        if figure is None:
            return group
        pods = figure - group.host_network_pods
        return replace(group, max_pods=figure, pods=((pods, -(-group.pods_in_all // pods)),))

    after = Case.of(replace(case.fleet, groups=tuple(map(denser, case.fleet.groups)))) if wanted else case
    saved = after.fewer_than(case)
    if saved <= 0 or after.worse_than(case):
        return
    gone = sum(group.nodes for group in case.fleet.groups) - sum(group.nodes for group in after.fleet.groups)
    sentence = told(
        f"{effect(saved)}: maxPods {_written(wanted)}",
        f"The same pods then run on {counted(gone, 'node')} less, if CPU and memory allow",
        "Nodes have addresses that their kubelet takes no pods for",
    )
    yield Found(Advice("max pods", sentence, saved), after, saved)


def _higher(case: Case, uses: list[NodeUse]) -> int | None:
    group, kubelet = case.group_of(uses[0]), uses[0].max_pods.kubelet
    full = all(use.pods + group.host_network_pods >= kubelet for use in uses)
    recommended = uses[0].max_pods.eks
    if not full or not any(use.idle for use in uses) or recommended is None or group.branch_pods:
        return None
    most = min(recommended, *map(case.places, uses))
    return most if most > max(kubelet, group.host_network_pods) else None


def _no_more_than_there_are(case: Case, uses: Mapping[Key, list[NodeUse]]) -> Iterator[Found]:
    running = {
        key: max(use.pods for use in some) + case.group_of(some[0]).host_network_pods for key, some in uses.items()
    }
    lower = {key: most for key, most in running.items() if most < min(map(case.room, uses[key]))}
    after = _with(case, lower)
    relief, saved = case.missing - after.missing, after.fewer_than(case)
    if relief > 0 and not after.worse_than(case):
        sentence = told(
            f"{effect(saved)}: maxPods of {_written(lower)}, which is what the nodes run",
            "The VPC CNI keeps nothing ready beyond it, and the nodes take no more pods",
        )
        yield Found(Advice("max pods", sentence, saved), after, saved)


def _with(case: Case, maximums: Mapping[Key, int]) -> Case:
    if not maximums:
        return case
    groups = (replace(group, max_pods=maximums.get(_key(group), group.max_pods)) for group in case.fleet.groups)
    return Case.of(replace(case.fleet, groups=tuple(groups)))


def _key(group: NodeGroup) -> Key:
    return group.name, group.limits.instance_type


def _written(maximums: Mapping[Key, int]) -> str:
    return listed(
        [f"{maximum} for {group} ({instance_type})" for (group, instance_type), maximum in maximums.items()], most=10
    )
