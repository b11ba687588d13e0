"""A preflight: from what is asked and what was seen to the report."""

from collections.abc import Iterator
from dataclasses import replace

from nodenet.migration.preflight import estimates
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.catalogue import CATALOGUE
from nodenet.migration.preflight.facts import facts
from nodenet.migration.preflight.families import (
    ahead,
    asked,
    capacity,
    cidrs,
    cni,
    compute,
    control,
    disruptions,
    groups,
    loads,
    names,
    plane,
    pods,
    quotas,
    scalers,
    subnets,
    switches,
)
from nodenet.migration.preflight.findings import Finding, Severity
from nodenet.migration.preflight.needs import Needs
from nodenet.migration.preflight.report import Report, ordered
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.sizes import Sizes
from nodenet.migration.request import Request


def preflight(request: Request, seen: Seen) -> Report:
    """What would go wrong, and what the run would take. Pure: nothing is asked, nothing is changed."""
    case = Case(request, seen)
    sizes = Sizes(case)
    needs = Needs(case, sizes)
    return Report(
        cluster=request.cluster,
        findings=ordered(_accepted(request, each) for each in _findings(case, sizes, needs)),
        estimates=estimates.estimates(case, waves=needs.waves),
        needs=needs.rows,
        facts=facts(case, sizes, needs),
    )


def _findings(case: Case, sizes: Sizes, needs: Needs) -> Iterator[Finding]:
    for family in (asked, cidrs, subnets, plane, cni, switches, compute):
        yield from family.findings(case)
    yield from groups.findings(case, sizes)
    yield from capacity.findings(case, sizes, needs)
    yield from quotas.findings(case, sizes, needs)
    for family in (pods, disruptions, control, scalers, names, loads):
        yield from family.findings(case)
    yield from ahead.findings(case, needs)
    yield from estimates.findings(case, waves=needs.waves)
    for each in case.request.accept:
        kind = CATALOGUE.get(each)
        if kind is None:
            yield asked.ACCEPT(f"accept: there is no finding {each}", each)
        elif kind.severity is Severity.BLOCKER and not kind.acceptable:
            yield asked.ACCEPT(f"accept: {each} cannot be accepted", each)


def _accepted(request: Request, finding: Finding) -> Finding:
    kind = CATALOGUE[finding.id]
    may = finding.severity is not Severity.BLOCKER or kind.acceptable
    return replace(finding, accepted=True) if may and finding.id in request.accept else finding
