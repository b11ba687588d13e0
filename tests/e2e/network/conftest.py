"""The machines of the proof. Where the running kernel has no ipvlan, tests that need them run under another one, and
their reports come from there."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.network import kernel, programs
from tests.e2e.network.recording import Recording
from tests.e2e.network.world import World

_reports = pytest.StashKey[dict[str, list[dict[str, Any]]]]()


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """The VPC with its nodes, each booted and ready."""
    made = World(*_prepared())
    try:
        made.boot()
        yield made
    finally:
        made.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not _sends_packets(item):
        return
    if reason := kernel.missing():
        pytest.skip(reason)
    if not kernel.has_ipvlan() and not kernel.runner():
        pytest.skip(
            f"the running kernel has no ipvlan; {kernel.RUNNER} may name a program that runs commands under one"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Tells what became of the test elsewhere, as pytest-xdist does."""
    if not _sends_packets(item) or kernel.missing() or kernel.has_ipvlan() or not kernel.runner():
        return None
    hook, session = item.ihook, item.session
    if _reports not in session.stash:
        tests = [each.nodeid for each in session.items if _sends_packets(each)]
        session.stash[_reports] = kernel.run_elsewhere(tests, _prepared)
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    told = [
        item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        for data in session.stash[_reports][item.nodeid]
    ]
    for report in told or [_lost(item)]:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_configure(config: pytest.Config) -> None:
    if path := os.environ.get(kernel.REPORTS):
        config.pluginmanager.register(_Told(config, Path(path)))


class _Told:
    """Under the other kernel: writes every report down for who asked."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config, self._path = config, path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        with self._path.open("a") as lines:
            lines.write(json.dumps(data) + "\n")


def _sends_packets(item: pytest.Item) -> bool:
    return "world" in getattr(item, "fixturenames", ())


@cache
def _prepared() -> tuple[Recording, Path]:
    """The recording and the CNI programs: made at the same time where AWS's clients and Go are at hand; given under the
    other kernel, where all takes long."""
    if given := os.environ.get(kernel.RECORDING):
        return Recording(Path(given)), Path(os.environ[kernel.PROGRAMS])
    from tests.e2e.network.record import record

    with ThreadPoolExecutor(1) as beside:
        built = beside.submit(programs.build)
        return record(kernel.ROOT / "build" / "network"), built.result()


def _lost(item: pytest.Item) -> pytest.TestReport:
    said = f"nothing was heard of this test: see {kernel.ELSEWHERE}"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", said, "call")
