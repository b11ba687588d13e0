"""Quotas of the account that old and new nodes side by side may meet."""

from collections.abc import Iterator
from typing import Final

from nodenet.capacity.shape import PREFIX_ADDRESSES
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, warning
from nodenet.migration.preflight.needs import Needs
from nodenet.migration.preflight.sizes import Sizes

NODES_QUOTA = blocker(
    "capacity.nodes-quota",
    "A managed node group has at most 450 nodes, and a cluster 30 groups, unless the account's quotas are higher.",
    "Have the quota raised, or divide the group.",
    acceptable=False,
)
ENIS_QUOTA = warning(
    "capacity.eni-quota",
    "The region's network interfaces come near the account's quota (5,000 by default) while old and new nodes run side "
    "by side.",
    'Have the quota "Network interfaces per Region" raised.',
)
UNITS_QUOTA = warning(
    "capacity.units-quota",
    "A VPC holds 64,000 network address units unless the quota is higher (up to 256,000): one for each address or "
    "prefix of an interface.",
    'Have the quota "Network Address Usage" raised, or have the VPC CNI assign prefixes.',
)
ENIS: Final = "L-DF5E4CA3"
UNITS: Final = "L-BB24F6E5"
NODES_OF_A_GROUP: Final = "L-BD136A63"
GROUPS_OF_A_CLUSTER: Final = "L-6D54EA21"
"""Codes of Service Quotas; where it says nothing AWS's defaults are taken ("Amazon VPC quotas", "View and manage Amazon
EKS and Fargate service quotas")."""


def findings(case: Case, sizes: Sizes, needs: Needs) -> Iterator[Finding]:
    yield from _quotas(case, sizes)
    yield from _units(case, needs)


def _quotas(case: Case, sizes: Sizes) -> Iterator[Finding]:
    most = int(case.seen.quotas.get(NODES_OF_A_GROUP, 450))
    for group in case.groups:
        size = sizes.by_group.get(group.name)
        if group.managed and size and size.nodes > most:
            yield NODES_QUOTA(f"{group.name} needs {size.nodes} nodes, and {most} are the most", group.name)
    made = sum(group.managed is not None and not group.wish.replacement for group in case.groups)
    groups = int(case.seen.quotas.get(GROUPS_OF_A_CLUSTER, 30))
    if made and len(case.seen.managed_groups) + made > groups:
        said = f"the cluster has {count(len(case.seen.managed_groups), 'managed node group')}, {made} more are made"
        yield NODES_QUOTA(f"{said}, and {groups} are the most", case.seen.running.cluster.name)
    interfaces = int(case.seen.quotas.get(ENIS, 5000))
    more = sum(
        size.nodes * max((case.seen.limits[each].maximum_interfaces for each in case.known_types(name)), default=0)
        for name, size in sizes.by_group.items()
    )
    there = len(case.seen.running.cloud.interfaces)
    if there + more > interfaces:
        said = f"this VPC alone has {count(there, 'network interface')}, up to {more:,} come on top"
        yield ENIS_QUOTA(f"{said}, and {interfaces:,} are the most", "network interfaces")


def _units(case: Case, needs: Needs) -> Iterator[Finding]:
    """Those that interfaces have, and what comes on top at the height ("Network Address Usage for your VPC", VPC User
    Guide)."""
    most = int(case.seen.quotas.get(UNITS, 64_000))
    there = sum(len(each.addresses) + len(each.prefixes) for each in case.seen.running.cloud.interfaces)
    more = sum(max(0, row.meanwhile - row.before) for row in needs.rows)
    if case.then.prefix_delegation:
        more //= PREFIX_ADDRESSES
    if there + more > most:
        yield UNITS_QUOTA(f"{there:,} address units are used, up to {more:,} come on top, and {most:,} are the most")
