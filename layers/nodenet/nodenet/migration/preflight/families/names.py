"""What names the old ranges: policies, security groups, network ACLs, routes. What held for pods there does not hold
where they will be, until it names the new ranges too.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network

from nodenet.migration.preflight.blocks import block, covered, names_only_old
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, Kind, count, note, some, warning
from nodenet.migration.preflight.seen_aws import AclEntry

POLICIES = warning(
    "names.network-policies",
    "NetworkPolicies name the old ranges in an ipBlock, and not the new ones: what they allow to pods there is denied "
    "to pods here, and what they except is not.",
    "Add the new ranges before, beside the old; take the old ones out afterwards. Probes in the request prove it.",
)
CALICO = warning(
    "names.calico",
    "Calico's policies or sets of networks name the old ranges, and not the new ones.",
    "Add the new ranges before, beside the old; take the old ones out afterwards.",
)
SECURITY_GROUPS = warning(
    "names.security-groups",
    "Rules of security groups in the VPC name the old ranges, and not the new ones: databases, caches and load "
    "balancers behind them do not know the new pods.",
    "Add the new ranges, or better let the rules name the pods' security group.",
)
PREFIX_LISTS = warning(
    "names.prefix-lists",
    "Prefix lists of this account name the old ranges, and not the new ones.",
    "Add the new ranges.",
)
ACLS = warning(
    "names.network-acls",
    "Network ACLs name the old ranges, and not the new ones, in subnets of the VPC: traffic of the new pods meets "
    "other rules there.",
    "Add entries for the new ranges.",
)
DEFAULT_ACL = warning(
    "names.default-acl",
    "The VPC's default network ACL, which made subnets get, does not let everything pass.",
    "See that it lets the pods' traffic pass, or associate another ACL with the subnets.",
)
ROUTES = warning(
    "names.routes",
    "Routes within the VPC name the old ranges (to a firewall, a gateway, an appliance), and not the new ones.",
    "Add routes for the new ranges.",
)
BEYOND = note(
    "names.beyond",
    "What lies beyond the VPC cannot be seen from here: transit gateways, other VPCs' routes and security groups, "
    "firewalls on premises, allow lists of partners and of databases.",
    "Look for the old ranges there, and add the new ones.",
)


def findings(case: Case) -> Iterator[Finding]:
    if not case.new_ranges:
        return
    yield from _policies(case)
    yield from _groups(case)
    lists = sorted(f"{each.id} ({each.name})" for each in case.seen.prefix_lists if _stale(case, each.blocks))
    yield from _told(PREFIX_LISTS, lists, "prefix list")
    yield from _acls(case)
    yield from _routes(case)
    beyond = some([str(each) for each in case.old_ranges]), some([str(each) for each in case.new_ranges])
    yield BEYOND(f"whoever knows pods by {beyond[0]} meets them from {beyond[1]}")


def _stale(case: Case, named: tuple[str, ...]) -> bool:
    return names_only_old(named, case.old_ranges, case.new_ranges)


def _told(kind: Kind, names: list[str], one: str, more: str = "") -> Iterator[Finding]:
    if names:
        yield kind(f"{count(len(names), one, more)}: {some(names)}", *names)


def _policies(case: Case) -> Iterator[Finding]:
    stale = [each for each in case.seen.policies if any(_stale(case, rule) for rule in each.rules.values())]
    own = sorted(each.label for each in stale if each.kind == "NetworkPolicy")
    calico = sorted(each.label for each in stale if each.kind != "NetworkPolicy")
    yield from _told(POLICIES, own, "NetworkPolicy", "NetworkPolicies")
    yield from _told(CALICO, calico, "object of Calico's", "objects of Calico's")


def _groups(case: Case) -> Iterator[Finding]:
    """Rule by rule of the same direction and ports: another rule may name the new range for them."""
    stale = []
    for each in case.seen.security_groups.values():
        if each.vpc_id != case.seen.running.cluster.vpc_id:
            continue
        if rules := [rule for rule, ranges in each.rules.items() if _stale(case, ranges)]:
            stale.append(f"{each.id} ({some(sorted(rules), 2)})")
    yield from _told(SECURITY_GROUPS, sorted(stale), "security group")


def _acls(case: Case) -> Iterator[Finding]:
    stale = []
    for acl in case.seen.acls:
        named = tuple(entry.block for entry in acl.entries if entry.block != "0.0.0.0/0")
        if (
            named
            and acl.subnets
            and _stale(case, named)
            and not all(_open(acl.entries, each) for each in case.new_ranges)
        ):
            stale.append(acl.id)
    yield from _told(ACLS, sorted(stale), "network ACL")
    made = [wish.cidr for wish in case.new_home if not wish.id]
    for acl in case.seen.acls:
        if acl.default and made and not _open(acl.entries, IPv4Network("0.0.0.0/0")):
            yield DEFAULT_ACL(f"{acl.id} does not let everything pass to and from {some(made)}", acl.id)


def _open(entries: tuple[AclEntry, ...], to: IPv4Network) -> bool:
    """Whether the first rules, both ways, that concern these addresses let all of them pass."""
    for egress in (False, True):
        ordered = sorted((each for each in entries if each.egress == egress), key=lambda each: each.number)
        first = next((each for each in ordered if (found := block(each.block)) and found.overlaps(to)), None)
        found = block(first.block) if first else None
        if not (first and found and first.allow and first.every and covered(to, [found])):
            return False
    return True


def _routes(case: Case) -> Iterator[Finding]:
    stale = []
    for table in case.seen.route_tables:
        named = tuple(
            each.destination for each in table.routes if each.target != "local" and each.destination != "0.0.0.0/0"
        )
        inside = tuple(each for each in named if (found := block(each)) and covered(found, case.old_ranges))
        if inside and _stale(case, named):
            stale.append(f"{table.id} ({some(inside, 2)})")
    yield from _told(ROUTES, sorted(stale), "route table")
