"""What a preflight comes to: findings, figures, and what later steps read of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nodenet.migration.preflight.estimates import FORMULA, Estimates
from nodenet.migration.preflight.findings import Finding, Severity
from nodenet.migration.preflight.needs import Need

MOST_ABOUT: Final = 20
"""Objects that a finding names in JSON."""

MOST_BYTES: Final = 150_000
"""Of a report as JSON: with the facts it fits in an item of DynamoDB (400 KB) and in a state of Step Functions (256
KiB)."""

_ORDER: Final = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Report:
    """`facts`: plain JSON for the steps."""

    cluster: str
    findings: tuple[Finding, ...]
    estimates: Estimates
    needs: tuple[Need, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """Those that are not accepted."""
        return tuple(each for each in self.findings if each.blocks)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first; else as they come."""
    return tuple(sorted(findings, key=lambda each: (_ORDER[each.severity], each.accepted)))


def as_json(report: Report, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """Keys in camelCase. `about` is cut to its first objects, so many that all of it is no larger than `most_bytes` as
    text; `aboutCount` says how many there are."""
    for most in (MOST_ABOUT, 5, 1):
        if len(json.dumps(found := _with(report, most))) <= most_bytes:
            return found
    return _with(report, 0)


def _with(report: Report, most: int) -> dict[str, Any]:
    figures = report.estimates
    return {
        "cluster": report.cluster,
        "blocked": bool(report.blockers),
        "findings": [_finding(each, most) for each in report.findings],
        "estimates": {
            "seconds": figures.seconds,
            "settleSeconds": figures.settle,
            "batches": figures.batches,
            "batch": figures.batch,
            "pendingPods": figures.pending,
            "historyEvents": figures.events,
            "formula": FORMULA,
        },
        "addresses": [
            {
                "subnet": each.name,
                "zone": each.zone,
                "usable": each.usable,
                "before": each.before,
                "meanwhile": each.meanwhile,
                "after": each.after,
                "pods": each.pods,
                "nodes": each.nodes,
            }
            for each in report.needs
        ],
    }


def _finding(finding: Finding, most: int) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "accepted": finding.accepted,
        "said": finding.said,
        "todo": finding.todo,
        "about": list(finding.about[:most]),
        "aboutCount": len(finding.about),
    }
