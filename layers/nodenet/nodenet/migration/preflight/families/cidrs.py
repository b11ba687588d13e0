"""Blocks that are to be associated with the VPC, against what AWS takes.

Rules: VPC User Guide, "VPC CIDR blocks" (sizes, overlaps, routes, and the table of IPv4 CIDR block association
restrictions), "Amazon VPC quotas".
"""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from nodenet.migration.preflight.blocks import block, blocks, overlapping
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, some, warning

MALFORMED = blocker(
    "cidr.malformed",
    "A block of a VPC is an IPv4 network of /16 to /28.",
    "Write it as 100.64.0.0/16, in the sizes that a VPC takes.",
    acceptable=False,
)
OVERLAP = blocker(
    "cidr.overlap",
    "The block overlaps one that the VPC has, without being the same; EC2 refuses it.",
    "Choose a range that is free; `nodenet plan` proposes one.",
    acceptable=False,
)
RESTRICTED = blocker(
    "cidr.restricted",
    "EC2 does not take blocks of this range in a VPC whose first block lies where it does.",
    "Take a block of 100.64.0.0/10, which every VPC takes, or of the range that the first block is in.",
    acceptable=False,
)
ROUTED = blocker(
    "cidr.route",
    "The block is the same as the destination of a route in one of the VPC's route tables, or wider; EC2 refuses it.",
    "Take the route away if nobody needs it, or choose another block.",
    acceptable=False,
)
SHADOWED = warning(
    "cidr.shadowed",
    "A route to a wider range leads elsewhere: what is in this block there is out of reach once the VPC has it itself.",
    "See that nobody in the VPC needs to reach addresses of the block beyond that route.",
)
PEERED = blocker(
    "cidr.peering",
    "The block overlaps one of a VPC that this one is peered with; EC2 refuses it.",
    "Choose another block.",
    acceptable=False,
)
SERVICES = blocker(
    "cidr.services",
    "The block overlaps the range of the cluster's services, or of its hybrid nodes: addresses there would mean two "
    "things.",
    "Choose another block.",
    acceptable=False,
)
DOCKER = warning(
    "cidr.docker",
    "Docker's own bridge takes 172.17.0.0/16, and nodes that run it do not reach pods there.",
    "Choose another block, or see that no node runs Docker.",
)
QUOTA = blocker(
    "cidr.quota",
    "A VPC has at most five IPv4 blocks unless the account's quota is higher (up to 50).",
    'Have the quota "IPv4 CIDR blocks per VPC" raised, or take one larger block in place of several.',
    acceptable=False,
)

BLOCKS_QUOTA: Final = "L-83CA0A9D"
_LARGEST, _SMALLEST = 16, 28
_TEN, _TWELVE, _SIXTEEN = IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16")
_BENCHMARK, _DOCKER = IPv4Network("198.19.0.0/16"), IPv4Network("172.17.0.0/16")
_BY_HOME: Final = (
    (_TEN, (_TWELVE, _SIXTEEN, _BENCHMARK)),
    (_TWELVE, (_TEN, _SIXTEEN, IPv4Network("172.31.0.0/16"), _BENCHMARK)),
    (_SIXTEEN, (_TEN, _TWELVE, _BENCHMARK)),
    (_BENCHMARK, (_TEN, _TWELVE, _SIXTEEN)),
)
"""Where the VPC's first block lies, and what may not be added."""


def findings(case: Case) -> Iterator[Finding]:
    there = blocks(case.seen.running.cloud.vpc)
    coming: list[IPv4Network] = []
    for place, text in enumerate(case.request.cidrs):
        path, wanted = f"cidrs[{place}]", block(text)
        if wanted is None or not _LARGEST <= wanted.prefixlen <= _SMALLEST:
            yield MALFORMED(f"{path}: {text} is no IPv4 block of /16 to /28", text)
        elif wanted in there:
            continue
        else:
            yield from _one(case, path, wanted, (*there, *coming))
            coming.append(wanted)
    most = int(case.seen.quotas.get(BLOCKS_QUOTA, 5))
    if coming and len(there) + len(coming) > most:
        said = (
            f"the VPC has {count(len(there), 'IPv4 block')}, {len(coming)} more are asked for, and {most} are the most"
        )
        yield QUOTA(said, case.seen.running.cluster.vpc_id)


def _one(case: Case, path: str, wanted: IPv4Network, there: tuple[IPv4Network, ...]) -> Iterator[Finding]:
    text = str(wanted)
    if both := overlapping(wanted, there):
        yield OVERLAP(f"{path}: {text} overlaps {some([str(each) for each in both])}", text)
    elif there and (ranges := overlapping(wanted, restricted(there))):
        said = f"{path}: EC2 takes nothing of {some([str(each) for each in ranges])} beside {there[0]}"
        yield RESTRICTED(f"{said}, so not {text}", text)
    routes = {
        (destination, table.id)
        for table in case.seen.route_tables
        for route in table.routes
        if route.target != "local" and (destination := block(route.destination))
    }
    if same := sorted(f"{one} of {table}" for one, table in routes if one.subnet_of(wanted)):
        yield ROUTED(f"{path}: {text} is the same as or wider than the route to {some(same)}", text)
    wider = {(one, table) for one, table in routes if one != wanted and wanted.subnet_of(one) and one.prefixlen}
    if wider:
        named = some(sorted(f"{one} of {table}" for one, table in wider))
        yield SHADOWED(f"{path}: {text} takes its addresses out of the route to {named}", text)
    if peers := [each.id for each in case.seen.peerings if overlapping(wanted, blocks(each.blocks))]:
        yield PEERED(f"{path}: {text} overlaps the other VPC of {some(peers)}", text)
    plane = case.seen.control_plane
    if services := overlapping(wanted, blocks((plane.services, *plane.remote))):
        yield SERVICES(f"{path}: {text} overlaps {some([str(each) for each in services])} of the cluster", text)
    if wanted.overlaps(_DOCKER):
        yield DOCKER(f"{path}: {text} overlaps {_DOCKER}", text)


def restricted(there: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
    """What may not be added to a VPC of these blocks, the first one first."""
    otherwise = (_TEN, _TWELVE, _SIXTEEN, _BENCHMARK)
    named = next((out for home, out in _BY_HOME if there[0].subnet_of(home)), otherwise)
    low = (IPv4Network("10.0.0.0/16"),) if overlapping(IPv4Network("10.0.0.0/15"), there) else ()
    return (*named, *low)
