"""What addresses a migration needs of each subnet: before it, at its height, and after it.

The planner counts: the nodes as they are; the new nodes beside all the old ones, which hold what they have until they
are terminated, since ipamd gives nothing back on cordoned nodes; and the new nodes beside those out of scope alone,
whose pods go to the new subnets too as they are started again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.placing.place import Placement, place
from nodenet.capacity.plan import Shortage
from nodenet.errors import PlanningError
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.fleets import (
    eni_configs,
    existing,
    new_groups,
    running_fleet,
    subnet_of,
    without,
)
from nodenet.migration.preflight.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Need:
    """Addresses of one subnet, of `usable` ones. `name`: its id, or its block where it is to be made. `pods`: whether
    pods will be in it, `nodes`: whether new nodes will."""

    name: str
    zone: str
    usable: int
    before: int
    meanwhile: int
    after: int
    pods: bool = False
    nodes: bool = False


class Needs:
    """`mistakes`: why the cluster, or what comes of it, cannot be planned for; then there is nothing else to be had."""

    def __init__(self, case: Case, sizes: Sizes) -> None:
        self._case, self._sizes = case, sizes
        self.mistakes: tuple[str, ...] = ()
        try:
            self._today: Fleet | None = running_fleet(case.seen.running, case.seen.limits)
        except PlanningError as error:
            self._today, self.mistakes = None, error.mistakes
        else:
            if missing := self._missing_zones():
                self._today, self.mistakes = None, missing

    @cached_property
    def before(self) -> Placement | None:
        """The cluster as it is."""
        return place(self._today) if self._today else None

    @cached_property
    def at_once(self) -> Placement | None:
        """All new nodes beside the cluster as it is, whose addresses count as used."""
        if not (self._today and self.before):
            return None
        twice = self._twice
        taken = {use.name: use.taken - twice.get(use.name, 0) for use in self.before.subnets}
        ground = [replace(each, used=taken.get(each.name, each.used), occupied=None) for each in self._subnets()]
        empty = [each if each.name in taken or each.used else replace(each, occupied=()) for each in ground]
        return self._placed(empty, (*self._new, *self._outside_pods))

    @cached_property
    def after(self) -> Placement | None:
        """The new nodes, and those out of scope."""
        return self._placed(self._subnets(), (*self._new, *self._outside)) if self._today else None

    @cached_property
    def rows(self) -> tuple[Need, ...]:
        """One for each subnet that is concerned, by zone."""
        if not (self.before and self.at_once and self.after):
            return ()
        before = {use.name: use for use in self.before.subnets}
        after = {use.name: use for use in self.after.subnets}
        pods = {each.id or each.cidr for each in self._case.new_home}
        nodes = {name for names in self._case.home_subnets.values() for name in names}
        return tuple(
            Need(
                name=use.name,
                zone=use.zone,
                usable=use.usable,
                before=before[use.name].taken if use.name in before else use.used,
                meanwhile=use.taken,
                after=after[use.name].taken,
                pods=use.name in pods,
                nodes=use.name in nodes,
            )
            for use in sorted(self.at_once.subnets, key=lambda use: (use.zone, use.name))
        )

    def short(self, placement: Placement | None, names: Iterable[str]) -> tuple[Shortage, ...]:
        """What of the placement does not fit in these subnets."""
        wanted = set(names)
        return tuple(each for each in placement.shortages if each.where in wanted) if placement else ()

    @property
    def node_subnets(self) -> frozenset[str]:
        return frozenset(name for names in self._case.home_subnets.values() for name in names)

    @property
    def pod_subnets(self) -> frozenset[str]:
        return frozenset(each.id or each.cidr for each in self._case.new_home)

    @cached_property
    def short_at_once(self) -> tuple[Shortage, ...]:
        return self.short(self.at_once, self.node_subnets)

    @cached_property
    def short_beside(self) -> tuple[Shortage, ...]:
        """In other subnets, those of extra networks, what was not short before."""
        others = {use.name for use in self.at_once.subnets} if self.at_once else set()
        others -= self.node_subnets | self.pod_subnets
        known = {each.where for each in self.short(self.before, others)}
        return self.short(self.at_once, others - known)

    @property
    def waves(self) -> bool:
        """Whether it goes by waves: asked for, or the only way for the nodes' subnets."""
        nodes_after = self.short(self.after, self.node_subnets)
        return self._case.request.waves or bool(self.short_at_once and not nodes_after)

    @cached_property
    def first(self) -> Mapping[str, int]:
        """By zone, addresses that are free for new nodes today, in their subnets."""
        found: dict[str, int] = {}
        known = {each.name: each for each in (self.before.subnets if self.before else ())}
        for each in self._subnets() if self._today else ():
            if each.name in self.node_subnets:
                use = known.get(each.name)
                free = use.left if use else each.size - 5 - each.used
                found[each.zone] = found.get(each.zone, 0) + max(0, free)
        return found

    @cached_property
    def _new(self) -> tuple[NodeGroup, ...]:
        return new_groups(self._case, self._sizes.by_group)

    @cached_property
    def _outside(self) -> tuple[NodeGroup, ...]:
        """Groups out of scope, as the planner has them."""
        names = frozenset(node.name for node in self._case.nodes)
        try:
            found = running_fleet(without(self._case.seen.running, names), self._case.seen.limits)
        except PlanningError:  # there is no other node
            return ()
        zones = {each.name: each.zone for each in found.subnets}
        served = eni_configs(self._case).keys() if self._case.custom else set(zones.values())
        return tuple(group for group in found.groups if all(zones[each] in served for each in group.subnets))

    @property
    def _outside_pods(self) -> tuple[NodeGroup, ...]:
        """Of these what comes on top at the height: with custom networking their pods go to the new subnets while the
        old pools are still held; else nothing."""
        return self._outside if self._case.custom and not self._case.now.custom_networking else ()

    @property
    def _twice(self) -> Mapping[str, int]:
        """By subnet, what nodes out of scope have already when they are counted with new pools: their own addresses,
        and those of extra networks."""
        found = self._placed(self._subnets(), self._outside_pods) if self._outside_pods else None
        return {use.name: use.nodes + use.networks for use in found.subnets} if found else {}

    def _missing_zones(self) -> tuple[str, ...]:
        """Zones of the groups without a subnet for their pods: nothing can be placed there."""
        if not self._case.custom:
            return ()
        lacking = sorted(set(self._case.zones) - eni_configs(self._case).keys())
        return tuple(f"{zone} has no pod subnet" for zone in lacking)

    def _subnets(self) -> list[Subnet]:
        """Of the cluster, and those that are asked for. What others have is what the planner does not count itself."""
        assert self._today
        found = {each.name: each for each in self._today.subnets}
        for _, wish in self._case.wishes:
            name = wish.id or wish.cidr
            if name not in found and (subnet := subnet_of(self._case, wish)):
                found[name] = subnet
        for name in self.node_subnets - found.keys():
            if subnet := existing(self._case, name):
                found[name] = subnet
        return list(found.values())

    def _placed(self, subnets: Iterable[Subnet], groups: tuple[NodeGroup, ...]) -> Placement | None:
        """None where a subnet that is asked for is not known."""
        assert self._today
        configs = eni_configs(self._case) if self._case.custom else self._today.eni_configs
        fleet = replace(
            self._today,
            subnets=tuple(subnets),
            groups=groups,
            cni=self._case.then,
            eni_configs=configs if self._case.then.custom_networking else {},
            target=None,
        )
        try:
            return place(fleet)
        except KeyError:
            return None
