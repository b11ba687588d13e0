"""How far a run is, by its record alone."""

import json
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.question import ask
from nodenet.migration.reply import reply
from nodenet.migration.run import Run, Way
from nodenet.migration.status import status
from tests.unit.migration.record import started
from tests.unit.migration.report.ran import held, node, ran, taken, turned


class Executions:
    def __init__(self) -> None:
        self.told: list[object] = []

    def succeed(self, token: str, output: object) -> bool:
        self.told.append((token, output))
        return True


class Bus:
    def tell(self, detail_type: str, detail: object) -> None:
        pass


def test_a_run_that_drains_says_how_many_nodes_are_drained() -> None:
    told = status(ran())
    assert (told["way"], told["step"], told["since"], told["nodes"]) == (
        "forward",
        "drain_old",
        1210,
        {"drained": 1, "of": 3},
    )
    assert told["progress"] == "1 of 3 nodes in 2 batches, 9 pods evicted"
    assert [each["name"] for each in told["steps"]] == [
        *("preflight", "extend_vpc", "apply_eni_configs", "switch_cni", "new_group", "drain_old"),
    ]


def test_it_is_plain_json() -> None:
    told = status(held(ran()))
    assert json.loads(json.dumps(told)) == told


def test_what_a_batch_waits_for_is_told_with_it() -> None:
    run = ran(step_settle_old_00002=taken(1500, None, progress="shop/web: 3 of 4 available"))
    assert status(run)["progress"].endswith("9 pods evicted; shop/web: 3 of 4 available")


def test_draining_ends_with_its_last_barrier() -> None:
    parts: dict[str, Any] = {"node#ip-2": node(1360, "gone"), "step_next_batch": {"old.total": 2}}
    run = ran(**parts, step_settle_old_00002=taken(1500, 1510, "batch 2"))
    [drained] = [each for each in status(run)["steps"] if each["name"] == "drain_old"]
    assert (drained["ended"], drained["said"]) == (1510, "2 of 2 nodes in 2 batches, 7 pods evicted")
    assert status(run)["step"] == ""


def test_a_step_under_way_says_its_progress_and_a_resumed_one_how_often_it_was_begun() -> None:
    run = started(step_switch_cni={**taken(5, None, progress="2 of 3"), "forward.began.1": 9.0})
    told = status(run)
    assert (told["step"], told["progress"], told["steps"][0]["attempts"]) == ("switch_cni", "2 of 3", 2)


def test_a_step_that_was_taken_anew_after_its_end_is_under_way_again() -> None:
    again = started(step_extend_vpc={**taken(5, 6, "done"), "forward.began.1": 9.0})
    assert (status(again)["step"], status(again)["steps"][0]["ended"]) == ("extend_vpc", None)


def test_a_question_is_there_until_it_is_answered() -> None:
    run = held(ran())
    asked = status(run)["question"]
    assert (asked["step"], asked["cause"], asked["answers"]) == ("DrainOld", "a budget | never", ["resume", "rollback"])
    assert "token" not in asked
    run.record.note(run.id, "question", {"answer": "resume"})
    assert status(run)["question"] is None


def test_a_question_whose_time_has_passed_is_none_any_more() -> None:
    assert status(turned(held(ran()), Way.BACK))["question"] is None


def test_after_an_old_group_s_deletion_has_begun_there_is_only_resume() -> None:
    run = held(ran())
    run.record.note(run.id, "run", {"forward_only": True})
    told = status(run)
    assert (told["forwardOnly"], told["question"]["answers"]) == (True, ["resume"])


def test_on_the_way_back_new_nodes_count() -> None:
    parts: dict[str, Any] = {
        "step_next_batch": {"old.total": 3, "new.total": 4},
        "batch#new#00001": {"nodes": ["ip-9"], "owners": {}, "targets": {}},
        "node#ip-9": node(1600, "drained", 5),
    }
    run = turned(ran(**parts), Way.BACK)
    told = status(run)
    assert (told["nodes"], told["step"]) == ({"drained": 1, "of": 4}, "drain_new")


def test_how_it_ended() -> None:
    run = ran()
    run.record.note(run.id, "run", {"outcome": "moved", "report": "s3://reports/r1/report.html", "ended": 9.0})
    told = status(turned(run, Way.ENDED))
    assert (told["way"], told["outcome"], told["report"]) == ("ended", "moved", "s3://reports/r1/report.html")


def test_a_run_that_has_just_begun_has_no_step() -> None:
    told = status(started())
    assert (told["step"], told["steps"], told["nodes"]) == ("", [], {"drained": 0, "of": 0})


def approval(run: Run) -> None:
    ask({"run": run.id, "kind": "approval", "token": "t1"}, run.record, Bus(), 1400.0)


def test_replies() -> None:
    run, executions = ran(), Executions()
    approval(run)
    assert reply({"run": "r1"}, run.record, executions, 1500.0)["question"]["kind"] == "approval"
    under_way = reply({"run": "r1", "answer": "report"}, run.record, executions, 1500.0)
    assert (under_way["place"], under_way["report"]["outcome"], under_way["report"]["seconds"]) == (
        "",
        "under way",
        500,
    )
    said = reply({"run": "r1", "answer": "approve", "by": "me"}, run.record, executions, 1500.0)
    assert said == {"run": "r1", "said": "run r1: the run's approval, answered by approve"}
    assert executions.told == [("t1", {"answer": "approve"})]


@pytest.mark.parametrize("word", ["resume", "maybe", ""])
def test_what_is_no_answer_is_refused(word: str) -> None:
    with pytest.raises(HeldError):
        reply({"run": "r1", "answer": word}, ran().record, Executions(), 1500.0)


@pytest.mark.parametrize("word", ["status", "report", "cancel"])
def test_a_run_that_is_not_there(word: str) -> None:
    with pytest.raises(HeldError, match="there is no run r9"):
        reply({"run": "r9", "answer": word}, ran().record, Executions(), 1500.0)
