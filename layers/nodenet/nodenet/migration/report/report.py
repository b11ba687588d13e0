"""A run's report, as JSON: what was, what was done, when and by whose answers, what it cost, what stays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from nodenet.migration.course import Course, Drained, course
from nodenet.migration.preflight.step import PART
from nodenet.migration.report.addresses import addresses
from nodenet.migration.report.remains import remains
from nodenet.migration.run import Run, Values

OUTCOMES: Final[Mapping[str, str]] = {
    "moved": "The node groups have moved.",
    "rolled back": "The run failed and was rolled back.",
    "under way": "The run is under way.",
}


def compose(run: Run, outcome: str, now: float) -> dict[str, Any]:
    """All of it from the run's record; `outcome` is one of OUTCOMES. Times are seconds since the epoch, durations
    seconds; None where something has not ended. Names in camelCase.

    `asked`: the input as it was given. `preflight`: its findings, without its figures. `before`: the groups, the VPC's
    blocks and what the VPC CNI's variables were. `made`: what the run made of its own. `steps`, `batches`, `nodes`: the
    course. `questions`: what people were asked, and by whom it was answered. `addresses`: of each subnet, see
    nodenet.migration.report.addresses. `remains`: what is not as it was, a sentence each.
    """
    found = course(run)
    preflight = run.part(PART)
    return {
        "run": run.id,
        "cluster": run.request.cluster,
        "mode": run.request.mode.value,
        "outcome": outcome,
        "began": run.began,
        "ended": None if outcome == "under way" else now,
        "seconds": round(now - run.began, 1),
        "execution": run.execution,
        "asked": run.asked,
        "preflight": [
            {key: each[key] for key in ("id", "severity", "accepted", "said")}
            for each in preflight.get("report", {}).get("findings", ())
        ],
        "before": _before(run, preflight.get("facts", {})),
        "made": _made(run),
        "steps": [{**asdict(each), "seconds": _between(each.began, each.ended)} for each in found.steps],
        "batches": _batches(found),
        "nodes": [_node(each) for each in found.nodes],
        "questions": _questions(run),
        "addresses": addresses(run),
        "remains": remains(run, found, outcome),
    }


def _before(run: Run, facts: Values) -> dict[str, Any]:
    groups = [
        {key: each.get(key) for key in ("name", "kind", "nodes", "instanceTypes", "zones", "subnets", "networks")}
        for each in facts.get("groups", ())
    ]
    return {
        "groups": groups,
        "vpc": facts.get("vpc"),
        "blocks": run.notes("extend_vpc").get("before", []),
        "cni": run.notes("switch_cni").get("before", {}),
    }


def _made(run: Run) -> dict[str, Any]:
    extended = run.notes("extend_vpc")
    subnets = [*extended.get("podSubnets", ()), *extended.get("nodeSubnets", ())]
    groups: Mapping[str, Any] = run.notes("new_group").get("groups", {})
    return {
        "blocks": [cidr for cidr, about in extended.get("associations", {}).items() if about["made"]],
        "subnets": [{key: each[key] for key in ("id", "zone", "cidr")} for each in subnets if each["made"]],
        "eniConfigs": sorted(run.notes("apply_eni_configs").get("applied", {})),
        "cni": run.notes("switch_cni").get("wanted", {}),
        "groups": [
            {"name": each["name"], "for": old, "made": each["made"], "nodes": each.get("desired")}
            for old, each in groups.items()
        ],
    }


def _batches(found: Course) -> list[dict[str, Any]]:
    by_batch: dict[tuple[str, int], list[Drained]] = {}
    for each in found.nodes:
        by_batch.setdefault((each.which, each.batch), []).append(each)
    return [_batch(which, number, nodes) for (which, number), nodes in by_batch.items()]


def _batch(which: str, number: int, nodes: Sequence[Drained]) -> dict[str, Any]:
    begun = [each.began for each in nodes if each.began is not None]
    ended = [each.ended for each in nodes if each.ended is not None]
    began, end = min(begun, default=None), max(ended) if len(ended) == len(nodes) else None
    evicted = sum(each.evicted for each in nodes)
    return {"which": which, "batch": number, "nodes": len(nodes), "began": began, "ended": end, "evicted": evicted}


def _node(each: Drained) -> dict[str, Any]:
    return {**asdict(each), "left": list(each.left), "seconds": _between(each.began, each.ended)}


def _questions(run: Run) -> list[dict[str, Any]]:
    asked = run.record.parts(run.id, "asked#").values()
    keys = ("kind", "step", "way", "error", "cause", "asked", "answer", "by", "answered")
    return [{key: each.get(key) for key in keys} for each in sorted(asked, key=lambda each: each["asked"])]


def _between(began: float | None, ended: float | None) -> float | None:
    return None if began is None or ended is None else round(ended - began, 1)
