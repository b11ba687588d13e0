"""Addresses and places: what the new nodes and their pods need, and whether it is there."""

from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.needs import Needs
from nodenet.migration.preflight.sizes import Sizes, slots

TYPE = blocker(
    "capacity.type",
    "Neither nodenet nor EC2 knows the group's instance types: nothing can be said of what its nodes hold.",
    "See that the region offers the type.",
    acceptable=False,
)
SLOTS = blocker(
    "capacity.eni-slots",
    "With custom networking the primary interface carries no pods, and nodenet's networks and a trunk take the others: "
    "none is left for pods.",
    "Take a larger instance type (by a replacement), or fewer networks.",
    acceptable=False,
)
CROWDED = blocker(
    "capacity.daemons",
    "The daemons of a node alone fill the places for pods that a new node has: no other pod can run there.",
    "Have the VPC CNI assign prefixes (`prefixes`), or take a larger instance type.",
    acceptable=False,
)
SIZE = note(
    "capacity.size",
    "A new node takes another number of pods than an old one, and so there may be more nodes, or fewer: as many as the "
    "pods, their requests and the zones ask for.",
    "Nothing, or `prefixes`, with which a node takes more pods.",
)
NETWORKS = blocker(
    "capacity.network-subnets",
    "The subnets of nodenet's extra networks have too few addresses for the new nodes beside the old ones: these would "
    "never be in service.",
    "Take larger subnets for the networks, or have it go by waves and accept this.",
)
NO_PLAN = blocker(
    "capacity.no-plan",
    "The planner cannot tell what addresses the cluster needs.",
    "Mend what it says.",
)
PODS = blocker(
    "capacity.pod-subnets",
    "The subnets for pods have too few addresses, or too few free /28 blocks for prefixes, for the nodes that will use "
    "them.",
    "Take larger subnets; `nodenet plan` proposes sizes.",
    acceptable=False,
)
NODES = blocker(
    "capacity.node-subnets",
    "Each new node takes an address of its node subnet, the exhausted one, and even once all old nodes are gone there "
    "are too few.",
    "Name other subnets for the nodes (nodeSubnets).",
    acceptable=False,
)
FIRST = blocker(
    "capacity.first-node",
    "In a zone no address is free for even one new node, which the canary and the first wave need.",
    "Free an address there, or name other subnets for the nodes (nodeSubnets).",
    acceptable=False,
)
WAVES = warning(
    "capacity.waves",
    "The node subnets are short for all new nodes beside the old ones: the run goes by waves, each terminating an "
    "empty batch of old nodes before the new group grows. Old nodes that are gone do not come back, so a run that goes "
    "by waves has no full way back.",
    "Name other subnets for the nodes (nodeSubnets), if the way back matters more.",
)
TIGHT = note(
    "capacity.headroom",
    "Less than a fifth of a pod subnet stays free after the migration.",
    "Take larger subnets, if the cluster is to grow.",
)
MORE_VCPUS = note(
    "capacity.surge",
    "Old and new nodes run side by side until the old group is deleted: vCPU quotas and cost count both.",
    "See that the account's vCPU quota for the instance family allows it.",
)

_HEADROOM: Final = 0.2


def findings(case: Case, sizes: Sizes, needs: Needs) -> Iterator[Finding]:
    yield from _groups(case, sizes)
    if needs.mistakes:
        served = {wish.zone for wish in case.new_home}
        if not case.custom or set(case.zones) <= served:
            yield NO_PLAN(f"{some(needs.mistakes, 2)}")
        return
    yield from _addresses(needs)
    yield from _surge(case, sizes)


def _groups(case: Case, sizes: Sizes) -> Iterator[Finding]:
    for group in case.groups:
        known = [each for each in group.instance_types if each in case.seen.limits]
        if not known:
            types = some(group.instance_types) or "none"
            yield TYPE(f"{group.name}: limits of its instance types are not known: {types}", group.name)
            continue
        unmanaged = sizes.unmanaged(group)
        without = [each for each in known if slots(case.seen.limits[each], case.then, unmanaged) < 1]
        if case.custom and without:
            said = (
                f"{group.name}: {some(without)} with {count(unmanaged, 'interface')} of networks has no slot for pods"
            )
            yield SLOTS(said, group.name, *without)
            continue
        size = sizes.by_group[group.name]
        if size.room == 0:
            with_address, on_host = size.each
            said = (
                f"{group.name}: a new node takes {size.max_pods} pods, and {with_address + on_host} stay on each node"
            )
            yield CROWDED(said, group.name)
        most = max((node.max_pods for node in group.nodes), default=0)
        yield SIZE(
            f"{group.name}: a node takes {most or 'an unknown number of'} pods before and {size.max_pods} after; "
            f"{count(size.before, 'node')} before and {size.nodes} after, for {size.why}",
            group.name,
        )


def _addresses(needs: Needs) -> Iterator[Finding]:
    pods = {*needs.short(needs.at_once, needs.pod_subnets - needs.node_subnets)}
    pods |= set(needs.short(needs.after, needs.pod_subnets))
    for each in sorted(pods, key=lambda each: each.sentence):
        yield PODS(each.sentence, each.where)
    for each in needs.short_beside:
        yield NETWORKS(each.sentence, each.where)
    after = needs.short(needs.after, needs.node_subnets - needs.pod_subnets)
    for each in after:
        yield NODES(each.sentence, each.where)
    if not after and not pods:
        if short := needs.short_at_once:
            where = sorted({each.where for each in short})
            missing = count(sum(each.missing for each in short), "address", "addresses")
            said = f"{missing} too few in {some(where)} for all new nodes at once"
            yield WAVES(f"{said}: it goes by waves, without a full way back", *where)
        if lacking := sorted(zone for zone, free in needs.first.items() if not free):
            yield FIRST(f"no address is free for a new node in {some(lacking)}", *lacking)
    for row in needs.rows:
        if row.pods and row.usable > row.after > row.usable * (1 - _HEADROOM):
            yield TIGHT(f"{row.name}: {row.after:,} of {row.usable:,} addresses are taken afterwards", row.name)


def _surge(case: Case, sizes: Sizes) -> Iterator[Finding]:
    vcpus = 0
    for name, size in sizes.by_group.items():
        per_node = max((case.seen.limits[each].vcpus or 0 for each in case.known_types(name)), default=0)
        vcpus += size.nodes * per_node
    nodes = sum(size.nodes for size in sizes.by_group.values())
    if nodes:
        yield MORE_VCPUS(f"{count(nodes, 'node')} with {vcpus:,} vCPUs run beside {count(len(case.nodes), 'old node')}")
