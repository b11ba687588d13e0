"""Every step is taken alike: looked up in the record, timed, held when it takes too long, stopped when it must be."""

from dataclasses import dataclass, field

import pytest

from nodenet.errors import Cancelled, HeldError, Overdue, Superseded, Waiting
from nodenet.migration.run import Notes, Run, Way
from nodenet.migration.step import take
from tests.unit.migration.record import MemoryRecord, started


@dataclass
class Scripted:
    """A step that does what it is told, and remembers which way it was taken."""

    raises: Exception | None = None
    taken: list[str] = field(default_factory=list)
    name: str = "switch_cni"

    def limit(self, run: Run) -> int:
        return 100

    def forward(self, run: Run, notes: Notes) -> str:
        return self._take("forward")

    def back(self, run: Run, notes: Notes) -> str:
        return self._take("back")

    def _take(self, way: str) -> str:
        self.taken.append(way)
        if self.raises:
            raise self.raises
        return f"switched {way}"


def record_of(run: Run) -> MemoryRecord:
    assert isinstance(run.record, MemoryRecord)
    return run.record


def test_a_step_that_is_done_says_so_in_the_record() -> None:
    run = started()
    taken = take(Scripted(), {"run": "r1"}, run.record, 2000.0)
    assert (taken.step, taken.said) == ("switch_cni", "switched forward")
    part = run.record.part("r1", "step#switch_cni")
    assert (part["forward.began"], part["forward.ended"], part["forward.said"]) == (2000.0, 2000.0, "switched forward")


def test_a_step_that_waits_says_how_far_it_is_and_is_asked_again() -> None:
    run = started()
    with pytest.raises(Waiting, match="41 of 60"):
        take(Scripted(Waiting("41 of 60 nodes")), {"run": "r1"}, run.record, 2000.0)
    assert run.record.part("r1", "step#switch_cni")["progress"] == "41 of 60 nodes"
    taken = take(Scripted(), {"run": "r1"}, run.record, 2030.0)
    assert taken.seconds == 30
    assert "progress" not in run.record.part("r1", "step#switch_cni")


def test_a_step_that_waits_for_longer_than_it_was_given_is_overdue_and_says_what_it_waited_for() -> None:
    run = started()
    waits = Scripted(Waiting("41 of 60 nodes"))
    with pytest.raises(Waiting):
        take(waits, {"run": "r1"}, run.record, 2000.0)
    with pytest.raises(Waiting):
        take(waits, {"run": "r1"}, run.record, 2100.0)
    with pytest.raises(Overdue, match=r"41 of 60 nodes; that for 101 s, and 100 s were given"):
        take(waits, {"run": "r1"}, run.record, 2101.0)


def test_a_resumed_step_has_its_time_anew_and_began_when_it_began_first() -> None:
    run = started()
    waits = Scripted(Waiting("41 of 60 nodes"))
    with pytest.raises(Waiting):
        take(waits, {"run": "r1"}, run.record, 2000.0)
    with pytest.raises(Overdue):
        take(waits, {"run": "r1"}, run.record, 3000.0)
    with pytest.raises(Waiting):
        take(waits, {"run": "r1", "attempt": 1}, run.record, 3001.0)
    assert run.record.part("r1", "step#switch_cni")["forward.began"] == 2000.0


def test_what_a_step_raises_reaches_the_state_machine_as_it_is() -> None:
    with pytest.raises(HeldError, match="no ENIConfig"):
        take(Scripted(HeldError("no ENIConfig for eu-west-1c")), {"run": "r1"}, started().record, 2000.0)


def test_a_cancelled_run_takes_no_step_forward_but_every_step_back() -> None:
    run = started()
    run.record.cancel("r1")
    step = Scripted()
    with pytest.raises(Cancelled):
        take(step, {"run": "r1"}, run.record, 2000.0)
    assert take(step, {"run": "r1", "way": "back"}, run.record, 2000.0).said == "switched back"
    assert step.taken == ["back"]


@pytest.mark.parametrize("way", [Way.BACK, Way.ENDED])
def test_a_late_step_forward_of_a_run_that_has_turned_does_nothing(way: Way) -> None:
    run = started()
    run.record.turn("r1", way)
    step = Scripted()
    with pytest.raises(Superseded):
        take(step, {"run": "r1"}, run.record, 2000.0)
    assert step.taken == []


def test_a_run_that_has_ended_is_not_undone() -> None:
    run = started()
    run.record.turn("r1", Way.ENDED)
    step = Scripted()
    with pytest.raises(Superseded):
        take(step, {"run": "r1", "way": "back"}, run.record, 2000.0)
    assert step.taken == []


def test_a_run_that_nobody_knows_is_held_and_named() -> None:
    with pytest.raises(HeldError, match="no run r9"):
        take(Scripted(), {"run": "r9"}, MemoryRecord(), 2000.0)
