"""What people ask of a run and tell it, from outside: how far it is, its report, and their answers."""

from collections.abc import Mapping
from typing import Any, Final

from nodenet.migration.question import Executions, answer
from nodenet.migration.report.report import compose
from nodenet.migration.run import Record
from nodenet.migration.status import status

STATUS: Final = "status"
REPORT: Final = "report"


def reply(event: Mapping[str, Any], record: Record, executions: Executions, now: float) -> dict[str, Any]:
    """Replies to `{"run", "answer", "by"}`, where `answer` is a word of nodenet.migration.question.Answer, `status` or
    `report`; `by` says who answers.

    `status` gives what nodenet.migration.status says; `report` `{"place", "report"}`, the run as it is now where it has
    not ended; an answer `{"run", "said"}`. HeldError where there is no such run, or it asks nothing of the kind.
    """
    word = event.get("answer", STATUS)
    if word not in (STATUS, REPORT):
        return {"run": event["run"], "said": answer(event, record, executions, now)}
    run = record.run(event["run"])
    if word == STATUS:
        return status(run)
    kept = run.part("run")
    ended = kept.get("ended") or now
    return {"place": kept.get("report", ""), "report": compose(run, kept.get("outcome") or "under way", ended)}
