"""The simulation beside records of the VPC CNI's own daemon, made by tests/e2e/ipamd: equal in every second."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ipamd_scenarios import Scenario, changed

RUNS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "ipamd_runs.json").read_text())["runs"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run["scenario"]["InstanceType"])
def test_lives_as_the_daemon_was_seen_to_live(run: dict[str, Any]) -> None:
    told = {float(second): tuple(values) for second, values in run["rows"].items()}

    assert changed(Scenario.read(run["scenario"]).simulated()) == told
