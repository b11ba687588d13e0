"""The fleet as it stands, or with a change tried on it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from nodenet.capacity.advice.calls import calls
from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.max_pods import HOST_NETWORK_PODS, figures
from nodenet.capacity.placing.demand import on_card
from nodenet.capacity.placing.place import Placement, place
from nodenet.capacity.plan import Advice, NodeUse, Risk, SubnetUse
from nodenet.capacity.shape import shape_of
from nodenet.limits import InstanceLimits


@dataclass(frozen=True)
class Case:
    fleet: Fleet
    placement: Placement

    @classmethod
    def of(cls, fleet: Fleet) -> "Case":
        return cls(fleet, place(fleet))

    def with_settings(self, **changes: Any) -> "Case":
        """The same fleet, set otherwise."""
        return Case.of(set_to(self.fleet, **changes))

    @cached_property
    def taken(self) -> int:
        """Addresses of all subnets that the fleet and others take."""
        return sum(use.taken for use in self.placement.subnets)

    @cached_property
    def missing(self) -> int:
        """How much does not fit, of whatever unit: good to compare cases by, and not to be told."""
        return self.missing_at.total()

    @cached_property
    def missing_at(self) -> Counter[tuple[str, str]]:
        """What does not fit, by subnet or node group, and unit."""
        found: Counter[tuple[str, str]] = Counter()
        for shortage in self.placement.shortages:
            found[shortage.where, shortage.unit] += shortage.missing
        return found

    @cached_property
    def missing_of(self) -> Counter[str]:
        """What does not fit, by unit."""
        found: Counter[str] = Counter()
        for (_, unit), missing in self.missing_at.items():
            found[unit] += missing
        return found

    @cached_property
    def uses(self) -> dict[str, SubnetUse]:
        return {use.name: use for use in self.placement.subnets}

    @cached_property
    def subnets(self) -> dict[str, Subnet]:
        return {subnet.name: subnet for subnet in self.fleet.subnets}

    @cached_property
    def groups(self) -> dict[tuple[str, str], NodeGroup]:
        """By name and instance type."""
        return {(group.name, group.limits.instance_type): group for group in self.fleet.groups}

    @cached_property
    def tight(self) -> frozenset[str]:
        """Subnets in which less stays free than the headroom."""
        return frozenset(use.name for use in self.placement.subnets if self.spare(use.name) < 0)

    def fewer_than(self, other: "Case") -> int:
        """Addresses that this case saves, next to the other."""
        return other.taken - self.taken

    def worse_than(self, other: "Case") -> bool:
        """Whether more is missing anywhere than in the other, a subnet has less than its headroom left that has it
        there, or certainly lacks blocks for prefixes that does not there."""
        return bool(
            any(missing > other.missing_at[where] for where, missing in self.missing_at.items())
            or self.tight - other.tight
            or self.at(Risk.CERTAIN) - other.at(Risk.CERTAIN)
        )

    def at(self, *risks: Risk) -> frozenset[str]:
        """Subnets whose prefixes are at one of these risks."""
        return frozenset(use.name for use in self.placement.subnets if use.blocks.risk in risks)

    def spare(self, name: str) -> float:
        """Addresses of a subnet beyond its headroom; negative where they lack."""
        use = self.uses[name]
        return use.left - self.fleet.headroom * use.usable

    def group_of(self, use: NodeUse) -> NodeGroup:
        return self.groups[use.group, use.instance_type]

    def same_kind(self, use: NodeUse) -> NodeUse:
        """What became in this case of nodes of another. Where nodes that are else alike fare differently in their
        subnets, one kind of them."""
        return self._kinds[_kind(use)]

    def limits(self, use: NodeUse) -> InstanceLimits:
        return self.group_of(use).limits

    def room(self, use: NodeUse) -> int:
        """Pods that a node takes, counted as its kubelet counts them: what that allows and there are places for."""
        return min(self.places(use), use.max_pods.kubelet)

    def places(self, use: NodeUse) -> int:
        """What the VPC CNI has addresses for, beside the group's pods on the host's network and on branch ENIs."""
        group = self.group_of(use)
        branches = group.branch_pods if self.fleet.cni.pod_eni else 0
        return use.max_pods.cni - HOST_NETWORK_PODS + group.host_network_pods + branches

    def calls(self, use: NodeUse, settings: CniSettings) -> Counter[str]:
        """EC2 calls, by action, of one such node, with these settings, while its pods come and go."""
        group = self.group_of(use)
        unmanaged = self._unmanaged(group)
        kubelet = figures(group.limits, settings, unmanaged=unmanaged, kubelet=group.max_pods).kubelet
        shape = shape_of(group.limits, settings, unmanaged=unmanaged, max_pods=kubelet)
        on_branches = min(group.branch_pods, use.pods) if settings.pod_eni else 0
        return calls(shape, settings, use.pods - on_branches)

    def _unmanaged(self, group: NodeGroup) -> int:
        networks = (each for each in self.fleet.networks if each.name in group.networks)
        return on_card(group.limits, networks, group.limits.default_card)

    @cached_property
    def _kinds(self) -> dict[tuple[str, str, int], NodeUse]:
        return {_kind(use): use for use in self.placement.nodes}


def set_to(fleet: Fleet, **changes: Any) -> Fleet:
    """The fleet with fields of CniSettings changed, for the nodes of a migration as well: the environment is the
    DaemonSet's."""
    target = fleet.target and replace(fleet.target, cni=replace(fleet.target.cni, **changes))
    return replace(fleet, cni=replace(fleet.cni, **changes), target=target)


def _kind(use: NodeUse) -> tuple[str, str, int]:
    return use.group, use.instance_type, use.pods


def sample(uses: Iterable[NodeUse], parts: int) -> list[NodeUse]:
    """The nodes in the middle of so many equal parts, from the fewest addresses in use by pods to the most: of one
    part it is the typical node. Empty where there are no nodes."""
    by_pods = sorted((use for use in uses if use.nodes), key=_order)
    counts = list(accumulate(use.nodes for use in by_pods))
    middles = ((2 * part + 1) * counts[-1] / (2 * parts) for part in range(parts if counts else 0))
    return [by_pods[bisect_left(counts, middle)] for middle in middles]


def _order(use: NodeUse) -> tuple[int, str, str]:
    return use.holding.active, use.group, use.instance_type


@dataclass(frozen=True, slots=True)
class Found:
    """Advice with what comes of it, and what it is worth in addresses."""

    advice: Advice
    after: Case
    worth: int
