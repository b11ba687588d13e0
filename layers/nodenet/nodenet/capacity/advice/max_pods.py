"""The kubelet's maximum of pods, beside the addresses that a node has.

ipamd stops at as many addresses as the kubelet allows pods (isDatastorePoolTooLow), so the figure says how far a node
grows. EKS recommends at most 110 pods, or 250 above 30 vCPUs ("Amazon EKS recommended maximum Pods", EKS User Guide).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from nodenet.capacity.advice.case import Case, Found
from nodenet.capacity.advice.wording import counted, fewer, listed
from nodenet.capacity.fleet import NodeGroup
from nodenet.capacity.plan import Advice, NodeUse

type Kubelets = dict[tuple[str, str], int]
"""A maximum of pods by group and instance type."""


def max_pods(case: Case) -> Iterator[Found]:
    """Lower where there are fewer addresses than the kubelet takes pods, and where that ends a shortage; higher where
    addresses lie idle that no pod may use."""
    yield from _beyond_the_addresses(case)
    yield from _idle(case)
    if case.missing:
        yield from _no_more_than_there_are(case)


def _beyond_the_addresses(case: Case) -> Iterator[Found]:
    too_high = _chosen(case, lambda use: use.max_pods.cni if use.max_pods.bound_by == "addresses" else None)
    if too_high:
        sentence = (
            f"The kubelet takes more pods than the node has addresses for, and they would wait without one: "
            f"set maxPods to {_written(too_high)}"
        )
        yield Found(Advice("max pods", sentence), 0, 0)


def _idle(case: Case) -> Iterator[Found]:
    """Nodes full of pods with addresses to spare: the same pods on fewer nodes."""

    def higher(use: NodeUse) -> int | None:
        figures, full = use.max_pods, use.pods + case.group_of(use).host_network_pods >= use.max_pods.kubelet
        most = min(figures.cni, figures.eks) if figures.eks is not None else figures.kubelet
        return most if use.idle and full and most > figures.kubelet else None

    def denser(group: NodeGroup) -> NodeGroup:
        figure = wanted.get(_key(group))
        if figure is None:
            return group
        pods = figure - group.host_network_pods
        return replace(group, max_pods=figure, pods=((pods, -(-group.pods_in_all // pods)),))

    if not (wanted := _chosen(case, higher)):
        return
    after = Case.of(replace(case.fleet, groups=tuple(denser(group) for group in case.fleet.groups)))
    relief, saved = case.missing - after.missing, after.fewer_than(case)
    if saved <= 0 or after.worse_than(case):
        return
    gone = sum(group.nodes for group in case.fleet.groups) - sum(group.nodes for group in after.fleet.groups)
    sentence = (
        f"Nodes have addresses that their kubelet takes no pods for: with maxPods {_written(wanted)} the same pods "
        f"run on {counted(gone, 'node')} less, if CPU and memory allow, {fewer(saved)}"
    )
    yield Found(Advice("max pods", sentence, saved), relief, saved)


def _no_more_than_there_are(case: Case) -> Iterator[Found]:
    most: Kubelets = {
        key: max(pods for pods, _ in group.pods) + group.host_network_pods for key, group in case.groups.items()
    }
    lower = _chosen(
        case,
        lambda use: (
            figure
            if (figure := most[use.group, use.instance_type]) < min(use.max_pods.kubelet, use.max_pods.cni)
            else None
        ),
    )
    if not lower:
        return
    after = _with(case, lower)
    relief, saved = case.missing - after.missing, after.fewer_than(case)
    if relief > 0 and not after.worse_than(case):
        sentence = (
            f"maxPods of {_written(lower)}, which is what the nodes run, and no more pods for them: ipamd keeps "
            f"nothing ready beyond it, {fewer(saved)}"
        )
        yield Found(Advice("max pods", sentence, saved), relief, saved)


def _chosen(case: Case, figure: Callable[[NodeUse], int | None]) -> Kubelets:
    found = {(use.group, use.instance_type): figure(use) for use in case.placement.nodes}
    return {key: maximum for key, maximum in found.items() if maximum is not None}


def _with(case: Case, maximums: Kubelets) -> Case:
    groups = (replace(group, max_pods=maximums.get(_key(group), group.max_pods)) for group in case.fleet.groups)
    return Case.of(replace(case.fleet, groups=tuple(groups)))


def _key(group: NodeGroup) -> tuple[str, str]:
    return group.name, group.limits.instance_type


def _written(maximums: Kubelets) -> str:
    return listed([f"{maximum} for {group} ({instance_type})" for (group, instance_type), maximum in maximums.items()])
