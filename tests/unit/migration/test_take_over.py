"""Who undoes a run, and whether there is anything to undo."""

from collections.abc import Mapping
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.request import GroupWish, Request
from nodenet.migration.run import Way
from nodenet.migration.take_over import take_over
from tests.unit.migration.record import MemoryRecord, started

MIGRATE = "arn:aws:states:eu-west-1:111122223333:execution:migrate:r1"
BACK, OTHER = "arn:…:roll-back:b1", "arn:…:roll-back:b2"


class Executions:
    def __init__(self, *running: str, given: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._running, self._given = running, given or {}

    def running(self, execution: str) -> bool:
        return execution in self._running

    def given(self, execution: str) -> Mapping[str, Any]:
        return self._given[execution]


def test_a_run_that_is_to_be_undone_turns_back_and_says_for_how_long_a_hold_lasts() -> None:
    run = started(Request("prod", (GroupWish("web"),), hold=3600))
    taken = take_over({"run": "r1", "execution": BACK}, run.record, Executions(MIGRATE))
    assert (taken.run, taken.proceed, taken.hold) == ("r1", True, 3600)
    assert run.record.run("r1").way is Way.BACK


def test_an_execution_that_ended_before_its_run_began_leaves_nothing_to_undo() -> None:
    assert not take_over({"run": "r9", "execution": BACK, "watching": True}, MemoryRecord(), Executions()).proceed


def test_a_run_that_has_ended_is_left_alone() -> None:
    run = started()
    run.record.turn("r1", Way.ENDED)
    assert not take_over({"run": "r1", "execution": BACK}, run.record, Executions()).proceed


def test_a_dry_run_has_changed_nothing() -> None:
    run = started(Request("prod", (GroupWish("web"),), dry_run=True))
    assert not take_over({"run": "r1", "execution": BACK}, run.record, Executions()).proceed


def test_a_run_whose_stopped_execution_was_started_again_goes_on() -> None:
    run = started()
    event = {"run": "r1", "execution": BACK, "watching": True}
    assert not take_over(event, run.record, Executions(MIGRATE)).proceed
    assert run.record.run("r1").way is Way.FORWARD
    assert take_over(event, run.record, Executions()).proceed


def test_the_second_of_two_stands_down_while_the_first_is_at_work_and_takes_over_when_it_is_not() -> None:
    run = started()
    assert take_over({"run": "r1", "execution": BACK}, run.record, Executions(BACK)).proceed
    second = {"run": "r1", "execution": OTHER, "watching": True}
    assert not take_over(second, run.record, Executions(BACK, OTHER)).proceed
    assert take_over(second, run.record, Executions(OTHER)).proceed


def test_the_same_execution_may_ask_twice() -> None:
    run = started()
    for _ in range(2):
        assert take_over({"run": "r1", "execution": BACK}, run.record, Executions(BACK)).proceed


def test_what_was_stopped_on_its_way_back_is_taken_up_for_the_same_run_however_often() -> None:
    run = started()
    given: dict[str, dict[str, Any]] = {BACK: {"run": "r1"}, OTHER: {"again": BACK, "watching": True}}
    event = {"again": OTHER, "execution": "arn:…:roll-back:b3", "watching": True}
    taken = take_over(event, run.record, Executions(given=given))
    assert (taken.run, taken.proceed) == ("r1", True)


def test_a_run_that_deletes_an_old_group_can_only_be_finished() -> None:
    run = started()
    run.record.note("r1", "run", {"forward_only": True})
    with pytest.raises(HeldError, match="only be finished"):
        take_over({"run": "r1", "execution": BACK}, run.record, Executions())
    assert run.record.run("r1").way is Way.FORWARD
