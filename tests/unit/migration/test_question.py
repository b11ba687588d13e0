"""What a run asks people, and what may be answered."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.question import answer, ask
from nodenet.migration.run import Run, Way
from tests.unit.migration.record import started

HOLD = {"run": "r1", "kind": "hold", "way": "forward", "step": "SwitchCni", "error": "HeldError", "cause": "why"}


class Bus:
    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    def tell(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.told.append((detail_type, detail))


class Executions:
    """Tokens that are waited for; an answered one is waited for no more."""

    def __init__(self, *waiting: str) -> None:
        self.waiting = set(waiting)
        self.given: list[tuple[str, Mapping[str, Any]]] = []

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.given.append((token, output))
        return True


def held(run: Run, **more: Any) -> Bus:
    bus = Bus()
    ask({**HOLD, "token": "t1", **more}, run.record, bus, 3000.0)
    return bus


def reply(run: Run, word: str, executions: Executions) -> str:
    return answer({"run": "r1", "answer": word, "by": "ann"}, run.record, executions, 3100.0)


def test_a_held_step_is_announced_with_its_reason_and_what_may_be_answered() -> None:
    [(title, detail)] = held(started()).told
    assert title == "Migration Held"
    assert (detail["run"], detail["cluster"], detail["step"], detail["cause"]) == ("r1", "prod", "SwitchCni", "why")
    assert detail["answers"] == ["resume", "rollback"]
    assert "token" not in detail


def test_an_approval_is_announced_as_one() -> None:
    [(title, detail)] = held(started(), kind="approval").told
    assert title == "Migration Approval Needed"
    assert detail["answers"] == ["approve", "refuse"]


@pytest.mark.parametrize("word", ["resume", "rollback"])
def test_the_answer_reaches_the_waiting_execution_once_and_is_kept_with_the_name_of_who_gave_it(word: str) -> None:
    run, executions = started(), Executions("t1")
    held(run)
    assert "SwitchCni" in reply(run, word, executions)
    assert executions.given == [("t1", {"answer": word})]
    question = run.record.part("r1", "question")
    assert (question["answer"], question["by"]) == (word, "ann")
    with pytest.raises(HeldError, match="asks nothing"):
        reply(run, word, executions)


def test_a_word_that_is_no_answer_names_those_that_are() -> None:
    run = started()
    held(run)
    with pytest.raises(HeldError, match="one of approve, refuse, resume, rollback, cancel, not 'yes'"):
        reply(run, "yes", Executions("t1"))
    with pytest.raises(HeldError, match="may be answered by resume or rollback"):
        reply(run, "approve", Executions("t1"))


def test_an_answer_that_comes_too_late_says_so() -> None:
    run = started()
    held(run)
    with pytest.raises(HeldError, match="nobody waits for the answer any more"):
        reply(run, "resume", Executions())


def test_the_way_back_can_only_be_resumed() -> None:
    run = started()
    run.record.turn("r1", Way.BACK)
    bus = held(run, way="back")
    assert bus.told[0][1]["answers"] == ["resume"]
    with pytest.raises(HeldError, match="may be answered by resume"):
        reply(run, "rollback", Executions("t1"))


def test_after_the_deletion_of_an_old_group_has_begun_there_is_no_way_back() -> None:
    run = started()
    run.record.note("r1", "run", {"forward_only": True})
    assert held(run).told[0][1]["answers"] == ["resume"]
    for word in ("rollback", "cancel"):
        with pytest.raises(HeldError, match="there is no way back"):
            reply(run, word, Executions("t1"))
    assert not run.record.run("r1").cancelled


def test_cancelling_turns_a_run_at_its_next_step_and_answers_what_it_asks() -> None:
    run, executions = started(), Executions("t1")
    assert "next step" in reply(run, "cancel", executions)
    assert run.record.run("r1").cancelled
    held(run)
    reply(run, "cancel", executions)
    assert executions.given == [("t1", {"answer": "rollback"})]


def test_cancelling_refuses_a_run_that_waits_for_its_approval() -> None:
    run, executions = started(), Executions("t1")
    held(run, kind="approval")
    reply(run, "cancel", executions)
    assert executions.given == [("t1", {"answer": "refuse"})]


def test_a_run_that_has_ended_takes_no_answer() -> None:
    run = started()
    held(run)
    run.record.turn("r1", Way.ENDED)
    with pytest.raises(HeldError, match="has ended"):
        reply(run, "cancel", Executions("t1"))


def test_a_question_asked_again_after_a_cut_has_the_newest_token_and_no_answer() -> None:
    run, executions = started(), Executions("t2")
    held(run)
    held(run, token="t2")
    reply(run, "resume", executions)
    assert executions.given == [("t2", {"answer": "resume"})]


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("no node is Ready", "no node is Ready"),
        ('{"errorMessage": "no node is Ready", "errorType": "HeldError", "stackTrace": []}', "no node is Ready"),
        (
            json.dumps({"Error": "HeldError", "Cause": '{"errorMessage": "a budget allows none"}'}),
            "a budget allows none",
        ),
        ('{"Status": "ABORTED"}', '{"Status": "ABORTED"}'),
        ("[1]", "[1]"),
    ],
)
def test_the_cause_is_told_in_the_words_of_who_raised_it(cause: str, told: str) -> None:
    [(_, detail)] = held(started(), cause=cause).told
    assert detail["cause"] == told
