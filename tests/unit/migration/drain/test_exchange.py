"""Waves: a batch's old instances end, and the new group grows by what came free, once for each batch."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pytest

from nodenet.errors import Waiting
from nodenet.migration.drain.exchange import Exchange
from nodenet.migration.run import Notes, Run
from tests.unit.migration.drain.cluster import Fake
from tests.unit.migration.drain.running import a_run
from tests.unit.migration.record import Cut, CutOff


@dataclass
class Groups:
    """Auto Scaling at work: instances end a while after they were told to, new ones join when `join` is called."""

    fake: Fake
    desired: int = 1
    most: int = 4
    cut: Cut = field(default_factory=Cut)
    told: list[str] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)

    def shrink_old(self, run: Run, notes: Notes, instances: Collection[str]) -> int:
        there = [each for each in instances if each in self.fake.groups["asg-old"]]
        self.told += [each for each in there if each not in self.told]
        self.cut.count()
        return len(there)

    def size(self, run: Run, old: str) -> int:
        return self.desired

    def grow(self, run: Run, old: str, to: int) -> int:
        self.desired = min(max(to, self.desired), max(self.most, self.desired))
        self.grown.append(self.desired)
        self.cut.count()
        return self.desired

    def end(self) -> None:
        for instance in self.told:
            if instance in self.fake.groups["asg-old"]:
                self.fake.groups["asg-old"].remove(instance)
                self.fake.remove_node(instance.removeprefix("i-"))

    def join(self) -> None:
        for number in range(len(self.fake.groups["asg-new"]), self.desired):
            self.fake.add_node(f"new{number}", "asg-new")


@pytest.fixture
def fake() -> Fake:
    fake = Fake()
    for number in range(4):
        fake.add_node(f"old{number}")
    fake.add_node("new0", "asg-new")
    return fake


def exchanged(fake: Fake, groups: Groups, run: Run, number: int) -> str:
    step = Exchange(number, fake, fake, groups)
    return step.forward(run, run.notes(step.name))


def a_batch(run: Run, number: int, *nodes: str) -> None:
    run.part(f"batch#old#{number:05d}").keep(
        nodes=list(nodes), instances={name: f"i-{name}" for name in nodes}, owners={}, targets={}
    )


def test_old_instances_end_and_as_many_new_ones_come(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake)
    a_batch(run, 1, "old0", "old1")
    with pytest.raises(Waiting, match="2 of 2 old instances are not ended yet"):
        exchanged(fake, groups, run, 1)
    groups.end()
    with pytest.raises(Waiting, match="1 of 3 new nodes are Ready"):
        exchanged(fake, groups, run, 1)
    groups.join()
    assert exchanged(fake, groups, run, 1) == "batch 1: 2 old nodes ended, 2 new ones came"
    assert groups.told == ["i-old0", "i-old1"]


def test_a_batch_grows_the_group_once_however_often_it_is_taken(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake)
    a_batch(run, 1, "old0")
    groups.told.append("i-old0")
    for _ in range(3):
        with pytest.raises(Waiting):
            exchanged(fake, groups, run, 1)
        groups.end()
    groups.join()
    exchanged(fake, groups, run, 1)
    exchanged(fake, groups, run, 1)
    assert set(groups.grown) == {2}


def test_more_new_nodes_come_where_each_takes_fewer_pods(fake: Fake) -> None:
    """Two old nodes of four, and eight new ones in the end where there was one: half of seven, rounded up."""
    run, groups = a_run(waves=True), Groups(fake, most=8)
    run.record.note(
        run.id, "step#new_group", {"groups": {"web": {**run.notes("new_group")["groups"]["web"], "wanted": 8}}}
    )
    a_batch(run, 1, "old0", "old1")
    with pytest.raises(Waiting):
        exchanged(fake, groups, run, 1)
    groups.end()
    with pytest.raises(Waiting):
        exchanged(fake, groups, run, 1)
    assert groups.desired == 5


def test_the_next_batch_grows_the_group_further_up_to_what_was_planned(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake)
    for number, name in enumerate(("old0", "old1", "old2", "old3"), 1):
        a_batch(run, number, name)
        with pytest.raises(Waiting):
            exchanged(fake, groups, run, number)
        groups.end()
        if groups.desired < groups.most:
            with pytest.raises(Waiting):
                exchanged(fake, groups, run, number)
            groups.join()
        exchanged(fake, groups, run, number)
    assert groups.desired == 4
    assert not fake.groups["asg-old"]


def test_a_node_that_died_before_is_none_to_be_exchanged(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake)
    a_batch(run, 1, "old0", "old1")
    fake.remove_node("old1")
    with pytest.raises(Waiting, match="1 of 1 old instances"):
        exchanged(fake, groups, run, 1)


@pytest.mark.parametrize("after", range(3))
def test_wherever_it_is_cut_off_it_is_taken_up_again(fake: Fake, after: int) -> None:
    run, groups = a_run(waves=True), Groups(fake, cut=Cut(after))
    a_batch(run, 1, "old0", "old1")
    said = ""
    for _ in range(10):
        try:
            said = exchanged(fake, groups, run, 1)
        except CutOff:
            groups.cut = Cut()
        except Waiting:
            groups.end()
            groups.join()
    assert said.startswith("batch 1: 2 old nodes ended, 2")
    assert groups.desired == 3


def test_nothing_is_exchanged_on_the_way_back(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake)
    step = Exchange(1, fake, fake, groups)
    step.back(run, run.notes(step.name))
    assert not groups.told
