"""A run begins: its input is checked, its cluster locked, its preflight made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from nodenet.errors import Blocked, ClusterBusy, ConfigurationError, Throttled
from nodenet.migration.beginning import begin
from nodenet.migration.request import Approval, GroupWish, Request
from nodenet.migration.run import Notes, Run, Way
from tests.unit.migration.record import MemoryRecord

REQUEST = Request("prod", (GroupWish("web"),), approval=Approval(required=True, timeout=600), hold=3600, after="arn:f")


@dataclass
class Preflight:
    raises: Exception | None = None
    name: str = "preflight"

    def limit(self, run: Run) -> int:
        return 900

    def forward(self, run: Run, notes: Notes) -> str:
        if self.raises:
            raise self.raises
        return "may begin"

    def back(self, run: Run, notes: Notes) -> str:
        return ""


def event(run: str = "r1") -> Mapping[str, Any]:
    return {"run": run, "execution": f"arn:…:{run}", "asked": {"nodeGroups": ["web"]}}


def test_the_state_machine_is_told_what_it_decides_by() -> None:
    record = MemoryRecord()
    begun = begin(event(), lambda _: REQUEST, Preflight(), record, 1000.0)
    assert begun.said == "may begin"
    assert begun.plan == {
        "cluster": "prod",
        "dryRun": False,
        "approval": 600,
        "hold": 3600,
        "before": "",
        "after": "arn:f",
    }
    assert record.run("r1").asked == {"nodeGroups": ["web"]}


def test_a_wrong_input_touches_nothing() -> None:
    def wrong(_: Any) -> Request:
        raise ConfigurationError(["nodeGroups: missing"])

    record = MemoryRecord()
    with pytest.raises(ConfigurationError):
        begin(event(), wrong, Preflight(), record, 1000.0)
    assert (record.kept, record.locks) == ({}, {})


def test_a_blocked_run_ends_at_once_and_frees_its_cluster() -> None:
    record = MemoryRecord()
    with pytest.raises(Blocked):
        begin(event(), lambda _: REQUEST, Preflight(Blocked("IPv6")), record, 1000.0)
    assert record.run("r1").way is Way.ENDED
    assert record.part("r1", "run")["refused"] == "Blocked: IPv6"
    begin(event("r2"), lambda _: REQUEST, Preflight(), record, 1000.0)


def test_throttling_does_not_end_a_run() -> None:
    record = MemoryRecord()
    with pytest.raises(Throttled):
        begin(event(), lambda _: REQUEST, Preflight(Throttled("slowly")), record, 1000.0)
    assert begin(event(), lambda _: REQUEST, Preflight(), record, 1030.0).said == "may begin"


def test_a_second_run_is_told_who_is_at_work() -> None:
    record = MemoryRecord()
    begin(event(), lambda _: REQUEST, Preflight(), record, 1000.0)
    with pytest.raises(ClusterBusy, match="run r1 is at work"):
        begin(event("r2"), lambda _: REQUEST, Preflight(), record, 1000.0)
    assert record.run("r1").way is Way.FORWARD


def test_a_dry_run_ends_with_its_report_beside_a_run_that_goes_on() -> None:
    record = MemoryRecord()
    begin(event(), lambda _: REQUEST, Preflight(), record, 1000.0)
    dry = Request("prod", (GroupWish("web"),), dry_run=True)
    assert begin(event("d1"), lambda _: dry, Preflight(), record, 1000.0).plan["dryRun"]
    assert record.run("d1").way is Way.ENDED
    assert record.locks == {"prod": "r1"}
