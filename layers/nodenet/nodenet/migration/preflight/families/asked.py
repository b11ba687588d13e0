"""What the request asks for, against what there is: groups, replacements, what is accepted."""

from collections.abc import Iterator, Mapping
from typing import Final

from nodenet.migration.preflight.case import MANAGED, Case, Group
from nodenet.migration.preflight.findings import Finding, blocker, count, some, warning
from nodenet.migration.request import Mode
from nodenet.networks import belongs_to

GROUP = blocker(
    "request.group",
    "A node group of the request is neither a managed node group of the cluster nor an Auto Scaling group that is "
    "there and has this cluster's tag.",
    "Correct the name: a managed group's in EKS, a self-managed one's as its Auto Scaling group is called.",
    acceptable=False,
)
TWICE = blocker(
    "request.group-twice",
    "Two entries of the request name the same group, or a replacement is itself to be moved or replaces two.",
    "Name each group once.",
    acceptable=False,
)
REPLACEMENT = blocker(
    "request.replacement",
    "The group that is to take the pods is not there, or has no nodes' subnets in some zone of the old one, or the old "
    "group's architecture is not its own, so that images do not fit.",
    "Name a group of the same zones and architecture, or leave replacement out to have one made.",
    acceptable=False,
)
REPLACEMENT_LABELS = warning(
    "request.replacement-labels",
    "Pods insist on node labels that the old group has and the replacement has not: they will wait for ever.",
    "Give the replacement these labels.",
)
SECURITY_GROUP = blocker(
    "request.security-group",
    "A security group for pods is not there, or is of another VPC.",
    "Name groups of the cluster's VPC.",
    acceptable=False,
)
SECURITY_GROUPS = blocker(
    "request.security-groups",
    "An interface takes five security groups unless the account's quota is higher.",
    "Name fewer groups, or have the quota raised and accept this finding.",
)
IGNORED = warning(
    "request.ignored",
    "In mode node-subnets the VPC CNI stays as it is, so what the request says about it has no effect.",
    "Leave these fields out, or choose mode custom-networking.",
)
SUBNETS = blocker(
    "request.subnets",
    "The mode needs subnets that the request does not name: pod subnets for custom-networking, node subnets for "
    "node-subnets.",
    "Name a subnet, existing or to be made, for each zone of the groups.",
    acceptable=False,
)
PROBE = warning(
    "request.probe",
    "A probe of network policies names pods that are not there: it proves nothing.",
    "Correct the probe's namespace and selector.",
)
ACCEPT = warning(
    "request.accept",
    "The request accepts a finding that does not exist, or one that cannot be accepted.",
    "Correct the id; what can be accepted stands in this reference.",
)

GROUPS_OF_AN_INTERFACE: Final = "L-2AFB9258"
_ARM: Final = "arm64"


def findings(case: Case) -> Iterator[Finding]:
    yield from _groups(case)
    for group in case.groups:
        yield from _replacement(case, group)
    yield from _security_groups(case)
    if case.request.mode is Mode.NODE_SUBNETS:
        yield from _ignored(case)
    if not case.new_home:
        wanted = "podSubnets" if case.custom else "nodeSubnets"
        yield SUBNETS(f"mode {case.request.mode} needs {wanted}, and there are none", wanted)
    for place, probe in enumerate(case.request.probes):
        if not any(pod.namespace == probe.namespace for pod in case.seen.pods):
            yield PROBE(f"probes[{place}]: namespace {probe.namespace} has no pods", f"probes[{place}]")


def _groups(case: Case) -> Iterator[Finding]:
    cluster, seen, found = case.seen.running.cluster.name, set(), {group.name for group in case.groups}
    replacements = [each.replacement for each in case.request.groups if each.replacement]
    for place, wish in enumerate(case.request.groups):
        path = f"groups[{place}]"
        if wish.name in seen:
            yield TWICE(f"{path}.name: {wish.name} stands there twice", wish.name)
        seen.add(wish.name)
        if wish.name not in found or _foreign(case, wish.name):
            yield GROUP(f"{path}.name: cluster {cluster} has no node group {wish.name}", wish.name)
        if wish.replacement and (wish.replacement in found or replacements.count(wish.replacement) > 1):
            said = "moves itself" if wish.replacement in found else "replaces two groups"
            yield TWICE(f"{path}.replacement: {wish.replacement} {said}", wish.replacement)


def _foreign(case: Case, name: str) -> bool:
    """Whether an Auto Scaling group of that name is somebody else's: without this cluster's tags, and without a node of
    it."""
    cluster = case.seen.running.cluster.name
    group = next(each for each in case.groups if each.name == name)
    tags = {key: value for each in group.scaling for key, value in each.tags.items()}
    mine = f"kubernetes.io/cluster/{cluster}" in tags or belongs_to(cluster, tags)
    return group.kind != MANAGED and not mine and not group.nodes


def _replacement(case: Case, group: Group) -> Iterator[Finding]:
    name = group.wish.replacement
    if not name:
        return
    path = f"groups[{[each.name for each in case.request.groups].index(group.name)}].replacement"
    managed, scaling = case.seen.managed_groups.get(name), case.seen.scaling_groups.get(name)
    if managed is None and scaling is None:
        yield REPLACEMENT(f"{path}: the cluster has no node group {name}", name)
        return
    subnets = managed.subnets if managed else scaling.subnets if scaling else ()
    known = case.seen.running.cloud.subnets
    zones = {known[each].zone for each in subnets if each in known}
    if lacking := [zone for zone in group.zones if zone not in zones]:
        yield REPLACEMENT(f"{path}: {name} has no subnet in {some(lacking)}, where {group.name} has nodes", name)
    types = managed.instance_types if managed else scaling.instance_types if scaling else ()
    theirs = {each for one in types if one in case.seen.limits for each in case.seen.limits[one].architectures}
    ours = {
        each for one in group.instance_types if one in case.seen.limits for each in case.seen.limits[one].architectures
    }
    if theirs and ours and (_ARM in theirs) != (_ARM in ours):
        yield REPLACEMENT(f"{path}: {name} is {some(sorted(theirs))}, and {group.name} {some(sorted(ours))}", name)
    if managed:
        yield from _labels(case, group, name, managed.labels)


def _labels(case: Case, group: Group, name: str, labels: Mapping[str, str]) -> Iterator[Finding]:
    """Labels of the old managed group that pods insist on, against those of the replacement."""
    mine = group.managed.labels if group.managed else {}
    missing = {
        key
        for pod in case.pods
        for key, values in pod.wants.items()
        if mine.get(key) in values and labels.get(key) not in values
    }
    if missing:
        yield REPLACEMENT_LABELS(f"{name} lacks {some(sorted(missing))}, on which pods of {group.name} insist", name)


def _security_groups(case: Case) -> Iterator[Finding]:
    wanted, vpc = case.request.security_groups, case.seen.running.cluster.vpc_id
    for place, each in enumerate(wanted):
        found = case.seen.security_groups.get(each)
        if found is None or found.vpc_id != vpc:
            yield SECURITY_GROUP(f"securityGroups[{place}]: {vpc} has no security group {each}", each)
    most = int(case.seen.quotas.get(GROUPS_OF_AN_INTERFACE, 5))
    if len(wanted) > most:
        said = f"securityGroups: {len(wanted)} are named, and an interface takes {most}"
        yield SECURITY_GROUPS(said, "securityGroups")


def _ignored(case: Case) -> Iterator[Finding]:
    asked = case.request
    named = {
        "podSubnets": asked.pod_subnets,
        "securityGroups": asked.security_groups,
        "prefixes": asked.prefixes,
        "externalSnat": asked.external_snat is not None,
        "warm": any(each is not None for each in (asked.warm.eni, asked.warm.prefix, asked.warm.ip)),
    }
    if fields := [name for name, said in named.items() if said]:
        yield IGNORED(
            f"{count(len(fields), 'field')} without effect in mode node-subnets: {', '.join(fields)}", *fields
        )
