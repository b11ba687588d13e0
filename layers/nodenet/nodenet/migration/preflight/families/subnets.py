"""The subnets that are asked for: whether they are there, where they should be, and served by routes and rules."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.blocks import block, blocks, covered
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning

UNKNOWN = blocker(
    "subnet.unknown",
    "A subnet of the request is not in the cluster's VPC.",
    "Correct the id: nodes' interfaces are in the VPC of the cluster.",
    acceptable=False,
)
ZONE = blocker(
    "subnet.zone",
    "A subnet is in another zone than the request says: interfaces of a node are in the node's zone.",
    "Correct the zone, or name a subnet of that zone.",
    acceptable=False,
)
BLOCK = blocker(
    "subnet.block",
    "A subnet that is to be made has no IPv4 block of /16 to /28 in one of the VPC's blocks, of today or to come.",
    "Choose a block inside one of `cidrs` or of the VPC's.",
    acceptable=False,
)
OVERLAP = blocker(
    "subnet.overlap",
    "A subnet that is to be made overlaps one that there is, or another of the request.",
    "Choose blocks that are free and apart; the very same block in the same zone is adopted.",
    acceptable=False,
)
TWICE = blocker(
    "subnet.twice",
    "A zone has several pod subnets without labels, or two with the same: an ENIConfig names one subnet.",
    "Give each a label of its own, and each group its eniConfig; or name one subnet for each zone.",
    acceptable=False,
)
MISSING = blocker(
    "subnet.missing",
    "Groups that move have nodes, or may get some, in a zone without a subnet for pods: those never become Ready.",
    "Name a pod subnet for each zone of the groups (node subnets in mode node-subnets).",
    acceptable=False,
)
UNUSED = note(
    "subnet.unused",
    "A subnet is asked for in a zone where no group that moves has nodes.",
    "Nothing, if nodes are to come there; else leave it out.",
)
LABELS = blocker(
    "subnet.labels",
    "Where a zone has several pod subnets, nodes choose by the label k8s.amazonaws.com/eniConfig: a group of several "
    "zones cannot be labelled, and one without `eniConfig` falls to the ENIConfig `default`.",
    "Name an eniConfig for each group, and move groups of one zone each.",
    acceptable=False,
)
TAGGED = warning(
    "subnet.cni-tag",
    "A pod subnet has the tag kubernetes.io/role/cni: subnet discovery, which is on unless switched off, takes it for "
    "nodes that do not use custom networking too.",
    "Take the tag off.",
)
NETWORK = blocker(
    "subnet.network",
    "A subnet for pods is one that an extra network of nodenet uses: on the node nobody could tell the network's "
    "interface from the VPC CNI's by subnet, and reserved prefixes would go to the wrong one.",
    "Take another subnet.",
)
EGRESS = warning(
    "subnet.egress",
    "A pod subnet has no route to beyond the VPC, or one to an internet gateway, by which pods without public "
    "addresses do not get out, while pods leave with their own addresses (AWS_VPC_K8S_CNI_EXTERNALSNAT).",
    "Give its route table a default route to a NAT gateway or a transit gateway.",
)
ROUTES = warning(
    "subnet.routes",
    "A zone's node subnets have several route tables, or only the VPC's main one: made subnets get the first, or that.",
    "See that the table is right for pods; name existing subnets with the table that you want.",
)
QUOTA = blocker(
    "subnet.quota",
    "A VPC has at most 200 subnets unless the account's quota is higher.",
    'Have the quota "Subnets per VPC" raised, or name existing subnets.',
    acceptable=False,
)

SUBNETS_QUOTA: Final = "L-407747CB"
_CNI: Final = "kubernetes.io/role/cni"


def findings(case: Case) -> Iterator[Finding]:
    yield from _wishes(case)
    yield from _zones(case)
    if case.custom:
        yield from _labels(case)
    yield from _served(case)
    made = [wish for _, wish in case.wishes if not wish.id]
    most = int(case.seen.quotas.get(SUBNETS_QUOTA, 200))
    there = len(case.seen.running.cloud.subnets)
    if made and there + len(made) > most:
        said = f"the VPC has {count(there, 'subnet')}, {len(made)} more are asked for, and {most} are the most"
        yield QUOTA(said, case.seen.running.cluster.vpc_id)


def _wishes(case: Case) -> Iterator[Finding]:
    known = case.seen.running.cloud.subnets
    room = blocks((*case.seen.running.cloud.vpc, *case.request.cidrs))
    taken = [(block(each.cidr), each.zone, each.id) for each in known.values()]
    for path, wish in case.wishes:
        if wish.id:
            if (found := known.get(wish.id)) is None:
                yield UNKNOWN(f"{path}.id: {case.seen.running.cluster.vpc_id} has no subnet {wish.id}", wish.id)
            elif found.zone != wish.zone:
                yield ZONE(f"{path}.zone: {wish.id} is in {found.zone}, not {wish.zone}", wish.id)
            continue
        wanted = block(wish.cidr)
        if wanted is None or not 16 <= wanted.prefixlen <= 28 or not covered(wanted, room):
            yield BLOCK(f"{path}.cidr: {wish.cidr} lies in none of {some([str(each) for each in room])}", wish.cidr)
            continue
        same = (wanted, wish.zone)
        clash = [name for one, zone, name in taken if one and one.overlaps(wanted) and (one, zone) != same]
        again = [name for one, zone, name in taken if (one, zone) == same and not name.startswith("subnet-")]
        if clash or again:
            yield OVERLAP(f"{path}.cidr: {wish.cidr} overlaps {some(clash or again)}", wish.cidr)
        taken.append((wanted, wish.zone, path))


def _zones(case: Case) -> Iterator[Finding]:
    served = {wish.zone for wish in case.new_home}
    for group in case.groups:
        if served and (lacking := [zone for zone in group.zones if zone not in served]):
            yield MISSING(f"{group.name} is in {some(lacking)} too, where no subnet is asked for", group.name, *lacking)
    if case.request.node_subnets and case.custom:
        homes = {wish.zone for wish in case.request.node_subnets}
        if lacking := [zone for zone in case.zones if zone not in homes]:
            yield MISSING(f"nodeSubnets: there is none in {some(lacking)}", *lacking)
    for path, wish in case.wishes:
        if case.groups and wish.zone not in case.zones:
            yield UNUSED(f"{path}: no group that moves is in {wish.zone}", wish.id or wish.cidr)


def _labels(case: Case) -> Iterator[Finding]:
    by_zone: defaultdict[str, list[str]] = defaultdict(list)
    for wish in case.request.pod_subnets:
        by_zone[wish.zone].append(wish.label)
    for zone, labels in by_zone.items():
        if len(set(labels)) < len(labels) or (len(labels) > 1 and "" in labels):
            yield TWICE(f"podSubnets: {zone} has {len(labels)}, which need a label each", zone)
    if not case.request.label_chosen:
        return
    for group in case.groups:
        known = {wish.label for wish in case.request.pod_subnets if wish.zone in group.zones}
        if len(group.zones) > 1:
            said = f"{group.name} is in {len(group.zones)} zones, and its nodes can carry one label only"
            yield LABELS(said, group.name)
        elif group.wish.eni_config not in known:
            said = f"{group.name} has eniConfig {group.wish.eni_config or 'none'}, and its zone {some(sorted(known))}"
            yield LABELS(said, group.name)


def _served(case: Case) -> Iterator[Finding]:
    """Tags, networks and routes of the subnets where pods will be."""
    cloud = case.seen.running.cloud
    networks = {
        each.subnet_id: each.tags["nodenet:network"] for each in cloud.interfaces if each.tags.get("nodenet:network")
    }
    external = _pods_leave_alone(case)
    for wish in case.new_home:
        found = cloud.subnets.get(wish.id)
        if found is None:
            continue
        if found.tags.get(_CNI, "0") != "0":
            yield TAGGED(f"{wish.id} in {wish.zone} has the tag {_CNI}={found.tags[_CNI]}", wish.id)
        if name := networks.get(wish.id):
            yield NETWORK(f"{wish.id} is the subnet of network {name}", wish.id)
        table = case.tables.get(wish.id)
        ways = [each.target for each in table.routes if each.destination == "0.0.0.0/0"] if table else []
        if external and (not ways or ways[0].startswith("igw-")):
            leads = f"to {ways[0]}" if ways else "nowhere"
            yield EGRESS(f"the default route of {wish.id} leads {leads}", wish.id, *([table.id] if table else []))
    for zone in {wish.zone for wish in case.new_home if not wish.id}:
        homes = [each for group in case.groups for each in group.subnets if each in cloud.subnets]
        there = {case.tables[each].id for each in homes if cloud.subnets[each].zone == zone and each in case.tables}
        main = {each.id for each in case.seen.route_tables if each.main}
        if len(there) > 1 or (there and there <= main):
            which = "several route tables" if len(there) > 1 else "only the VPC's main route table"
            yield ROUTES(f"node subnets in {zone} have {which}: {some(sorted(there))}", zone)


def _pods_leave_alone(case: Case) -> bool:
    asked = case.request.external_snat
    return asked if asked is not None else case.environment.get("AWS_VPC_K8S_CNI_EXTERNALSNAT", "").lower() == "true"
