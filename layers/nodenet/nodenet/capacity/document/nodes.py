"""Whether the instance types can be had, and hold what their node groups ask of them."""

import re
from collections.abc import Callable, Iterator

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document import variables
from nodenet.capacity.document.fields import INSTANCE_TYPE
from nodenet.capacity.document.seen import Seen
from nodenet.capacity.document.seen_group import SeenGroup
from nodenet.capacity.max_pods import HOST_NETWORK_PODS, figures
from nodenet.capacity.shape import most_enis
from nodenet.documents.near import Hints
from nodenet.documents.paths import Path, quoted
from nodenet.documents.reading import Mistake
from nodenet.fitting import misfit_of, places_short
from nodenet.limits import InstanceLimits, shipped_types
from nodenet.plans import Prefixes

type LimitsOf = Callable[[str], InstanceLimits | None]
"""The limits of an instance type by its name; None where nobody knows it."""


def mistakes(seen: Seen, limits_of: LimitsOf, *, as_it_runs: bool = False) -> Iterator[Mistake]:
    """Types that nobody knows, and networks, branch interfaces and pods that do not fit on them. Pods that run are
    not too many for the VPC CNI's addresses: their nodes may be older than its settings."""
    found: dict[str, InstanceLimits | None] = {}
    hints = Hints(shipped_types())
    now, coming = variables.settings(seen.cni), variables.settings(seen.cni, seen.target_cni)
    for group in seen.groups:
        if group.branch_pods and not now.pod_eni:
            yield Mistake((*group.path, "branchPods"), "needs ENABLE_POD_ENI: true in cni")
        for path, name in group.types:
            if name not in found:
                found[name] = limits_of(name)
            limits = found[name]
            if limits is None:
                if re.fullmatch(INSTANCE_TYPE, name):  # else the model tells
                    yield Mistake(path, _unknown(name, hints))
                continue
            yield from _networks(seen, group, limits, path)
            yield from _branches(seen, group, limits, now)
            yield from _pods(seen, group, limits, now, "", as_it_runs=as_it_runs)
            if seen.migrates and group.surge != 0 and coming != now:
                yield from _pods(seen, group, limits, coming, "with migration.cni, ", as_it_runs=as_it_runs)


def notes(seen: Seen, limits_of: LimitsOf) -> Iterator[Mistake]:
    """What a type does otherwise than its settings seem to say."""
    prefixes = any(
        variables.settings(*layers).prefix_delegation for layers in ((seen.cni,), (seen.cni, seen.target_cni))
    )
    for group in seen.groups:
        for path, name in group.types:
            limits = limits_of(name)
            if limits and prefixes and not limits.nitro:
                # isConfigValid, pkg/ipamd/ipamd.go
                yield Mistake(path, f"{name} is not built on Nitro: the VPC CNI gives it single addresses")
            if limits and group.branch_pods and limits.branch_interfaces is None:
                yield Mistake(path, f"nobody publishes how many branch interfaces {name} takes: not checked")


def _unknown(name: str, hints: Hints) -> str:
    newer = "EC2 is asked for types newer than nodenet's own table, where credentials and a region are at hand"
    return f"unknown instance type {quoted(name)}; {' '.join(filter(None, (hints.of(name), newer)))}"


def _wanted(seen: Seen, group: SeenGroup, limits: InstanceLimits) -> list[tuple[str, int, int]]:
    """Each of the group's networks with its network card and its number of interfaces."""
    networks = [seen.network[name] for _, name in group.networks if name in seen.network]
    return [
        (network.name or "", limits.default_card if network.card is None else network.card, network.interfaces or 1)
        for network in networks
    ]


def _unmanaged(seen: Seen, group: SeenGroup, limits: InstanceLimits) -> int:
    """Interfaces of networks where the VPC CNI's are."""
    return sum(count for _, card, count in _wanted(seen, group, limits) if card == limits.default_card)


def _networks(seen: Seen, group: SeenGroup, limits: InstanceLimits, path: Path) -> Iterator[Mistake]:
    for _, name in group.networks:
        plan = seen.network[name].plan if name in seen.network else None
        if isinstance(plan, Prefixes) and not limits.nitro:
            yield Mistake(path, f"{name}: {limits.instance_type} is not built on Nitro and takes no prefixes")
        elif plan and (reason := misfit_of(plan, "ipv4", limits)):
            yield Mistake(path, f"{name}: {reason}")
    for reason in places_short(_wanted(seen, group, limits), limits):
        yield Mistake(path, reason)


def _branches(seen: Seen, group: SeenGroup, limits: InstanceLimits, settings: CniSettings) -> Iterator[Mistake]:
    branches = limits.branch_interfaces
    if not group.branch_pods:
        return
    path: Path = (*group.path, "branchPods")
    if branches is not None and group.branch_pods > branches:
        takes = f"takes {branches} branch interfaces" if branches else "takes no trunk, and so no branch interfaces"
        yield Mistake(path, f"{group.branch_pods}; {limits.instance_type} {takes}")
    most = most_enis(limits, settings)
    if branches != 0 and most - _unmanaged(seen, group, limits) < 2:
        # tryEnableSecurityGroupsForPods, pkg/ipamd/ipamd.go
        said = "beside the primary interface and the networks' there is none left for the trunk"
        yield Mistake(path, f"{limits.instance_type} has {most} interfaces as the VPC CNI is set: {said}")


def _pods(
    seen: Seen, group: SeenGroup, limits: InstanceLimits, settings: CniSettings, when: str, *, as_it_runs: bool
) -> Iterator[Mistake]:
    if group.most is None or group.host_network_pods is None or group.branch_pods is None:
        return
    most = figures(
        limits,
        settings,
        unmanaged=_unmanaged(seen, group, limits),
        kubelet=group.max_pods,
        primary_excluded=_excluded(seen, group, settings),
    )
    path: Path = (*group.path, "pods")
    on_host = group.host_network_pods
    if group.most + on_host > most.kubelet:
        whose = "maxPods says" if group.max_pods is not None else f"EKS tells the kubelet of {limits.instance_type}"
        if group.max_pods is None and most.eks is None:
            whose = f"the kubelet of {limits.instance_type}, whose vCPUs are not known, is taken to say"
        beside = f", of which {on_host} are on the host's network" if on_host else ""
        yield Mistake(path, f"{when}{group.most} are too many: {whose} {most.kubelet}{beside}")
    addresses = most.cni - HOST_NETWORK_PODS
    if group.most - group.branch_pods > addresses and not as_it_runs:
        whose = f"the VPC CNI has {addresses} addresses for pods on {limits.instance_type}"
        rest = f" ({group.most - group.branch_pods} without those on branch interfaces)" if group.branch_pods else ""
        yield Mistake(path, f"{when}{group.most}{rest} are too many: {whose} as it is set")


def _excluded(seen: Seen, group: SeenGroup, settings: CniSettings) -> bool:
    """Whether some nodes of the group have no pods on their primary ENI, because their subnet is tagged 0.

    amazon-vpc-cni-k8s: pkg/ipamd/ipamd.go, setupENI; pkg/awsutils/awsutils.go, IsSubnetExcluded.
    """
    homes = (seen.subnet[name] for _, name in group.subnets if name in seen.subnet)
    return settings.subnet_discovery and any(home.cni is False for home in homes)
