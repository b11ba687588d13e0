"""The cluster itself, and who may do what in it."""

from collections.abc import Iterator

from nodenet.migration.preflight.case import MANAGED, Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning

STATUS = blocker(
    "cluster.status",
    "The cluster is being made, updated or deleted: EKS takes no changes of groups and add-ons meanwhile.",
    "Wait until it is ACTIVE.",
    acceptable=False,
)
IPV6 = blocker(
    "cluster.ipv6",
    "Pods of an IPv6 cluster take no IPv4 addresses, and custom networking is for IPv4.",
    "Nothing is to be moved: /80 prefixes do not run out.",
    acceptable=False,
)
AUTO = blocker(
    "cluster.auto-mode",
    "The cluster is in EKS Auto Mode and has no VPC CNI of its own: AWS runs its nodes and their networking.",
    "Set podSubnetSelectorTerms in its NodeClass instead.",
    acceptable=False,
)
AUTO_BESIDE = warning(
    "cluster.auto-mode-beside",
    "The cluster is in EKS Auto Mode beside node groups of its own: Auto Mode's nodes stay as they are, and take pods "
    "that the drain evicts.",
    "Move Auto Mode's nodes by their NodeClass (podSubnetSelectorTerms), if these are to move too.",
)
CONFIG_MAP = warning(
    "access.config-map",
    "The cluster knows roles by the ConfigMap aws-auth alone: nodenet's functions, and roles of self-managed groups "
    "that are made, must stand there.",
    "Have the mode API_AND_CONFIG_MAP set, so that access entries work; it cannot be taken back.",
)
ROLE_LOST = blocker(
    "access.role-lost",
    "When the last managed node group of a role is deleted, EKS takes the role out of aws-auth; self-managed nodes "
    "with the same role are no longer known then and go NotReady.",
    "Give the role an access entry of type EC2_LINUX, or leave the old group (deleteOld: false).",
)
FARGATE = warning(
    "compute.fargate",
    "Pods of Fargate profiles are outside: they keep the addresses of their profile's subnets.",
    "Nothing; give the profile other subnets if these are to move too.",
)
UNREAD = note(
    "preflight.unread",
    "Something could not be read, because it is not there or not known to the cluster, so nothing is said about it.",
    "Look at it yourself.",
)


def findings(case: Case) -> Iterator[Finding]:
    cluster, plane = case.seen.running.cluster, case.seen.control_plane
    name = cluster.name
    if plane.status != "ACTIVE":
        yield STATUS(f"cluster {name} is {plane.status}", name)
    if cluster.family != "ipv4":
        yield IPV6(f"cluster {name} is an IPv6 cluster", name)
    if cluster.auto_mode:
        kind = AUTO_BESIDE if case.seen.running.daemon_set else AUTO
        yield kind(f"cluster {name} is in Auto Mode", name)
    if plane.authentication == "CONFIG_MAP":
        yield CONFIG_MAP(f"cluster {name} has the authentication mode CONFIG_MAP", name)
    if case.seen.fargate_profiles:
        profiles = case.seen.fargate_profiles
        yield FARGATE(f"{count(len(profiles), 'Fargate profile')}: {some(profiles)}", *profiles)
    yield from _roles(case)
    for each in case.seen.unread:
        yield UNREAD(each)


def _roles(case: Case) -> Iterator[Finding]:
    """Roles that lose their last managed group, and have self-managed nodes ("Delete a managed node group", EKS User
    Guide). A group that is made has the role of the old one."""
    if case.seen.control_plane.authentication == "API":
        return
    gone = {group.name for group in case.groups if group.kind == MANAGED and group.wish.delete_old}
    kept = {each.role for name, each in case.seen.managed_groups.items() if name not in gone}
    kept |= {group.managed.role for group in case.groups if group.managed and not group.wish.replacement}
    lost = {group.managed.role for group in case.groups if group.name in gone and group.managed} - kept
    managed = {name for each in case.seen.managed_groups.values() for name in each.auto_scaling_groups}
    alone = [name for name in case.seen.scaling_groups if name not in managed]
    for role in sorted(lost):
        if alone and case.seen.access_entries.get(role) != "EC2_LINUX" and role in case.seen.aws_auth:
            said = f"{role} loses its last managed node group, and there are self-managed ones: {some(alone)}"
            yield ROLE_LOST(said, role, *alone)
