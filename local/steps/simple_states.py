"""Pass, Choice, Wait, Succeed and Fail (Amazon States Language, the sections of their names)."""

from datetime import datetime

from local.steps.errors import QUERY, RUNTIME, StepError
from local.steps.languages import Outcome
from local.steps.visit import Visit
from local.world import world


def go_on(visit: Visit) -> Outcome:
    return visit.language.passed(visit.state, visit.view)


def choose(visit: Visit) -> Outcome:
    return visit.language.chosen(visit.state, visit.view)


def succeed(visit: Visit) -> Outcome:
    outcome = visit.language.went_by({**visit.state, "End": True}, visit.view)
    return Outcome(outcome.output, None, outcome.assigned)


def fail(visit: Visit) -> Outcome:
    """Raises StepError with the state's Error and Cause."""
    language, view = visit.language, visit.view
    error = language.field(visit.state, "Error", view, "string")
    cause = language.field(visit.state, "Cause", view, "string")
    raise StepError(error or "", cause or "")


def wait(visit: Visit) -> Outcome:
    """A redriven wait for a moment that has passed goes on at once (developer guide, "Redrive behavior")."""
    seconds = visit.number("Seconds")
    if seconds is None:
        moment = visit.language.field(visit.state, "Timestamp", visit.view, "string")
        seconds = _moment(moment) - world.clock.now()
    elif seconds < 0 or seconds != int(seconds):
        raise StepError(QUERY, f"Seconds cannot be {seconds}: it must be an integer of at least 0", location="Seconds")
    if seconds > 0:
        visit.line.halt.sleep(seconds)
    return visit.language.went_by(visit.state, visit.view)


def _moment(stamp: str) -> float:
    """ISO 8601 with a `T` and an offset, as the RFC3339 profile of the language wants it."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in stamp:
        raise StepError(
            RUNTIME, f"The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time: {stamp}"
        )
    return moment.timestamp()
