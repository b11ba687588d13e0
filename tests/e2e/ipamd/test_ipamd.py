"""The simulation beside the VPC CNI's own daemon: the same life of a node, second by second.

ipamd keeps its ENIs and addresses in Go maps, whose order differs from run to run: which ENI a pod comes to, and which
is emptied first, is chance. So both live each life several times; where chance has no part they must be equal.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import pytest

from nodenet.capacity.ipamd.datastore import Shuffled
from nodenet.capacity.ipamd.simulation import Change
from tests.e2e.ipamd import daemon
from tests.ipamd_scenarios import Row, Scenario

LIVES: Final = 200
TIMES: Final = 6
MANY_TIMES: Final = 150
"""For the few lives where six runs have not shown all that chance can do."""

RECORDED: Final = Path(__file__).parents[2] / "unit" / "capacity" / "data" / "ipamd_runs.json"


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return daemon.build()
    except daemon.NotBuilt as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("seed", range(3))
def test_the_simulation_lives_as_the_daemon_does(program: Path, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    scenarios = [Scenario.drawn(random) for _ in range(LIVES)]

    seen = daemon.run(program, [each for each in scenarios for _ in range(TIMES)], tmp_path)
    doubtful = [
        each
        for number, each in enumerate(scenarios)
        if not alike(simulated(each, TIMES), seen[number * TIMES : (number + 1) * TIMES])
    ]

    assert len(doubtful) < LIVES / 20
    for each in doubtful:
        assert alike(simulated(each, MANY_TIMES), daemon.run(program, [each] * MANY_TIMES, tmp_path)), each


def test_as_many_enis_stay_behind_after_a_scale_down_as_the_daemon_leaves(program: Path, tmp_path: Path) -> None:
    """Pods go, all at once and for a second only, and few come back, on whatever ENI they find."""
    back = [Change(10.0, 50), Change(300.0, 0), Change(335.0, 4)]
    life = Scenario("m5.xlarge", {"IP_COOLDOWN_PERIOD": "30"}, 58, None, tuple(back), 900.0)

    theirs = [enis(run) for run in daemon.run(program, [life] * 300, tmp_path)]
    ours = [enis(run) for run in simulated(life, 300)]

    assert sum(ours) / 300 == pytest.approx(sum(theirs) / 300, rel=0.1)
    assert enis(life.simulated()) < sum(theirs) / 300, "packed pods are the best case, and no more"


def test_what_was_recorded_of_the_daemon_is_still_what_it_does(program: Path, tmp_path: Path) -> None:
    recorded = json.loads(RECORDED.read_text())
    scenarios = [Scenario.read(each["scenario"]) for each in recorded["runs"]]

    seen = daemon.run(program, scenarios, tmp_path)

    for each, rows in zip(recorded["runs"], seen, strict=True):
        told = {float(second): tuple(values) for second, values in each["rows"].items()}
        assert {second: rows[second] for second in told} == told


def simulated(life: Scenario, times: int) -> list[dict[float, Row]]:
    return [life.simulated(Shuffled(seed)) for seed in range(times)]


def enis(run: Mapping[float, Row]) -> int:
    """At the end."""
    return run[max(run)][4]


def alike(ours: Sequence[Mapping[float, Row]], theirs: Sequence[Mapping[float, Row]]) -> bool:
    """Whether in every second, in every figure, what was seen of one could be of the other: equal, where no chance is
    in it."""
    now = [run[0.0] for run in ours]
    for second in theirs[0]:
        now = [run.get(second, last) for run, last in zip(ours, now, strict=True)]
        there = [run[second] for run in theirs]
        for us, them in zip(zip(*now, strict=True), zip(*there, strict=True), strict=True):
            if max(us) < min(them) or max(them) < min(us):
                return False
    return True
