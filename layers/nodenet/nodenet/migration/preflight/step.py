"""The first step of a run, and all of a dry run: look before anything is changed."""

from collections.abc import Callable
from dataclasses import dataclass

from nodenet.errors import Blocked, PlanningError
from nodenet.migration.preflight.look import preflight
from nodenet.migration.preflight.rendering import verdict
from nodenet.migration.preflight.report import as_json
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.request import Request
from nodenet.migration.run import Notes, Run

PART = "preflight"
"""The part of the record where the report and the facts are."""

type Survey = Callable[[Request], Seen]
"""Reads all that a preflight looks at. PermissionsMissing names every permission that it lacks; PlanningError where
there is no such cluster."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """The step. It changes nothing in AWS or Kubernetes, so that there is nothing to undo."""

    survey: Survey
    name: str = "preflight"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        """Keeps `report` and `facts` in the part `preflight`, anew each time. Blocked where something must be mended
        first; a dry run is not blocked, it tells."""
        part = run.part(PART)
        try:
            seen = self.survey(run.request)
        except PlanningError as error:
            raise Blocked(str(error)) from error
        report = preflight(run.request, seen)
        shown = as_json(report)
        part.note(report=shown, facts=dict(report.facts))
        if report.blockers and not run.request.dry_run:
            first = "; ".join(f"{each.id}: {each.said}" for each in report.blockers[:3])
            raise Blocked(f"{verdict(shown)} {first}")
        return verdict(shown)

    def back(self, run: Run, notes: Notes) -> str:
        return "the preflight changed nothing"
