"""What a run asks people: for its approval, or what is to become of a step that failed. One question at a time."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from nodenet.errors import HeldError
from nodenet.migration.run import Record, Run, Way

_QUESTION: Final = "question"
_LONGEST_CAUSE: Final = 4000


class Answer(StrEnum):
    """APPROVE and REFUSE answer for an approval, RESUME and ROLL_BACK for a held step. CANCEL needs no question."""

    APPROVE = "approve"
    REFUSE = "refuse"
    RESUME = "resume"
    ROLL_BACK = "rollback"
    CANCEL = "cancel"


ANSWERS: Final[Mapping[str, tuple[Answer, ...]]] = {
    "approval": (Answer.APPROVE, Answer.REFUSE),
    "hold": (Answer.RESUME, Answer.ROLL_BACK),
}


class Executions(Protocol):
    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """Gives a waiting task its result. False where nobody waits by this token any more."""


class Bus(Protocol):
    def tell(self, detail_type: str, detail: Mapping[str, Any]) -> None: ...


def ask(event: Mapping[str, Any], record: Record, bus: Bus, now: float) -> None:
    """Enters a question and announces it. `event`: `{"run", "kind": "approval" or "hold", "way", "step", "error",
    "cause", "token"}`; twice the same token is once the same question."""
    run, kind = record.run(event["run"]), str(event["kind"])
    step, way = event.get("step", ""), event.get("way", Way.FORWARD)
    cause = told_by(str(event.get("cause", "")))[:_LONGEST_CAUSE]
    values = {"kind": kind, "step": step, "way": way, "error": event.get("error", ""), "cause": cause, "asked": now}
    # The token first: who answers at once must find it.
    record.note(run.id, _QUESTION, {**values, "token": event["token"], "answer": None, "by": None})
    record.note(run.id, f"asked#{now:.0f}", values)
    answers = [str(each) for each in possible(run, kind, way)]
    title = "Migration Approval Needed" if kind == "approval" else "Migration Held"
    bus.tell(title, {**values, "run": run.id, "cluster": run.request.cluster, "answers": answers})


def answer(event: Mapping[str, Any], record: Record, executions: Executions, now: float) -> str:
    """Takes a person's answer: `{"run", "answer", "by"}`. Gives what follows from it, in a sentence; HeldError where it
    is no answer to what is asked."""
    run = record.run(event["run"])
    given = _given(event)
    if run.way is Way.ENDED:
        raise HeldError(f"run {run.id} has ended")
    if given is Answer.CANCEL:
        return _cancel(run, event, executions, now)
    question = record.part(run.id, _QUESTION)
    if not question or question.get("answer"):
        raise HeldError(f"run {run.id} asks nothing at the moment")
    kind = question["kind"]
    allowed = possible(run, kind, question["way"])
    if given not in allowed:
        may = " or ".join(allowed)
        raise HeldError(f"{given} answers nothing here: {_asked(question)} may be answered by {may}{_why(run)}")
    _give(run, question, given, str(event.get("by", "")), executions, now)
    return f"run {run.id}: {_asked(question)}, answered by {given}"


def possible(run: Run, kind: str, way: str) -> tuple[Answer, ...]:
    """What may be answered: a run that goes back, or has begun to delete old node groups, only goes on."""
    if kind == "hold" and (way == Way.BACK or forward_only(run)):
        return (Answer.RESUME,)
    return ANSWERS[kind]


def forward_only(run: Run) -> bool:
    """Whether an old node group is gone, so that there is no way back."""
    return bool(run.part("run").get("forward_only"))


def told_by(cause: str) -> str:
    """What people are to read of a failure's cause: the message of a function's exception, which Lambda hands over as
    JSON, or of that which ended an execution below this one."""
    try:
        told = json.loads(cause)
    except ValueError:
        return cause
    if not isinstance(told, dict):
        return cause
    if "errorMessage" in told:
        return str(told["errorMessage"])
    return told_by(str(told["Cause"])) if "Cause" in told else cause


def _given(event: Mapping[str, Any]) -> Answer:
    try:
        return Answer(event.get("answer", ""))
    except ValueError:
        raise HeldError(f"answer: one of {', '.join(Answer)}, not {event.get('answer')!r}") from None


def _cancel(run: Run, event: Mapping[str, Any], executions: Executions, now: float) -> str:
    if run.way is Way.BACK:
        return f"run {run.id} goes back already"
    if forward_only(run):
        raise HeldError(f"run {run.id} cannot be cancelled any more{_why(run)}")
    run.record.cancel(run.id)
    question = run.record.part(run.id, _QUESTION)
    if question and not question.get("answer"):
        turn = Answer.REFUSE if question["kind"] == "approval" else Answer.ROLL_BACK
        _give(run, question, turn, str(event.get("by", "")), executions, now)
    return f"run {run.id} turns back at its next step"


def _give(run: Run, question: Mapping[str, Any], given: Answer, by: str, executions: Executions, now: float) -> None:
    told = executions.succeed(question["token"], {"answer": str(given)})
    run.record.note(run.id, _QUESTION, {"answer": str(given), "by": by, "answered": now})
    run.record.note(run.id, f"asked#{question['asked']:.0f}", {"answer": str(given), "by": by, "answered": now})
    if not told and given is not Answer.ROLL_BACK:
        raise HeldError(
            f"nobody waits for the answer any more: the time for it has passed, or run {run.id} was stopped"
        )


def _asked(question: Mapping[str, Any]) -> str:
    return "the run's approval" if question["kind"] == "approval" else f"the held step {question['step']}"


def _why(run: Run) -> str:
    return ", since an old node group is being deleted: there is no way back" if forward_only(run) else ""
