"""How far a run is, for whoever asks: from its record, as plain JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nodenet.migration.course import Course, course
from nodenet.migration.members import Which
from nodenet.migration.question import forward_only, possible
from nodenet.migration.run import Run, Way


def status(run: Run) -> dict[str, Any]:
    """Times are seconds since the epoch. `step`: the one that the run is in, empty between two and at the end; `since`
    when it began, `progress` how far it says it is. `question`: what a person is asked now, or None, with the `answers`
    that may be given. `nodes`: how many of those that are drained this way are drained. `outcome` and `report` are
    there at the end, `refused` where the run did not come past its preflight.
    """
    found, kept = course(run), run.part("run")
    now = found.current(run.way)
    asked = _question(run)
    return {
        "run": run.id,
        "cluster": run.request.cluster,
        "way": run.way.value,
        "began": run.began,
        "ended": kept.get("ended"),
        "step": now.name if now else "",
        "since": now.began if now else None,
        "progress": now.progress if now else "",
        "question": asked,
        "cancelled": run.cancelled,
        "forwardOnly": forward_only(run),
        "dryRun": run.request.dry_run,
        "outcome": kept.get("outcome", ""),
        "refused": kept.get("refused", ""),
        "report": kept.get("report", ""),
        "steps": [asdict(each) for each in found.steps],
        "nodes": _nodes(found, run.way),
    }


def _question(run: Run) -> Mapping[str, Any] | None:
    """None once it is answered, and where the time for it has passed: the run has turned then."""
    asked = run.part("question")
    if not asked.values or asked.get("answer") or asked["way"] != run.way:
        return None
    answers = [each.value for each in possible(run, asked["kind"], asked["way"])]
    told = {key: asked.get(key, "") for key in ("kind", "step", "error", "cause", "asked")}
    return {**told, "answers": answers}


def _nodes(found: Course, way: Way) -> dict[str, int]:
    which: Which = "new" if way is Way.BACK else "old"
    done = sum(each.which == which and each.outcome in ("drained", "gone") for each in found.nodes)
    return {"drained": done, "of": found.totals.get(which, 0)}
