"""The record of runs in DynamoDB, and the one in memory that unit tests use: one set of rules for both."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.region import Region
from nodenet.aws.runs import Runs
from nodenet.errors import ClusterBusy, HeldError
from nodenet.migration.request import Drain, GroupWish, Mode, Probe, Request, Share, SubnetWish
from nodenet.migration.run import Record, Way
from tests.unit.migration.record import MemoryRecord

REQUEST = Request(
    "prod",
    (GroupWish("web", replacement="web-2", delete_old=False), GroupWish("api", eni_config="blue")),
    mode=Mode.NODE_SUBNETS,
    cidrs=("100.64.0.0/16",),
    pod_subnets=(
        SubnetWish("eu-west-1a", cidr="100.64.0.0/19"),
        SubnetWish("eu-west-1b", id="subnet-0b", label="blue"),
    ),
    external_snat=False,
    batch=Share(percent=20),
    drain=Drain(60, force=True),
    probes=(Probe("shop", "app=web", "db.shop", 5432, open=False),),
)
ASKED = {"nodeGroups": ["web"], "batch": "20%"}


@pytest.fixture(params=["dynamodb", "memory"])
def record(request: pytest.FixtureRequest, region: Region) -> Iterator[Record]:
    if request.param == "memory":
        yield MemoryRecord()
        return
    client = region.client("dynamodb")
    client.create_table(
        TableName="runs",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("run", "part")],
        KeySchema=[{"AttributeName": "run", "KeyType": "HASH"}, {"AttributeName": "part", "KeyType": "RANGE"}],
    )
    yield Runs(client, "runs")
    client.delete_table(TableName="runs")


def begin(record: Record, run: str = "r1", request: Request = REQUEST, execution: str = "arn:…:r1") -> None:
    record.begin(run, request, ASKED, execution, 1000.5)


def test_a_run_is_found_again_as_it_was_entered(record: Record) -> None:
    begin(record)
    run = record.run("r1")
    assert (run.request, run.asked, run.execution, run.began) == (REQUEST, ASKED, "arn:…:r1", 1000.5)
    assert (run.way, run.cancelled) == (Way.FORWARD, False)


def test_beginning_twice_is_beginning_once(record: Record) -> None:
    begin(record)
    record.note("r1", "step#quiet", {"a": 1})
    begin(record)
    assert record.part("r1", "step#quiet") == {"a": 1}


def test_a_name_that_another_execution_had_is_refused(record: Record) -> None:
    begin(record)
    with pytest.raises(HeldError, match="under another name"):
        begin(record, execution="arn:…:another")


def test_two_runs_on_one_cluster_cannot_overlap(record: Record) -> None:
    begin(record)
    with pytest.raises(ClusterBusy, match="run r1 is at work on cluster prod"):
        begin(record, "r2", execution="arn:…:r2")
    assert record.part("r2", "run") == {}
    begin(record, "r3", replace(REQUEST, cluster="other"), "arn:…:r3")


def test_a_dry_run_needs_no_lock_and_takes_none(record: Record) -> None:
    begin(record)
    begin(record, "d1", replace(REQUEST, dry_run=True), "arn:…:d1")
    record.turn("r1", Way.ENDED)
    begin(record, "d2", replace(REQUEST, dry_run=True), "arn:…:d2")
    begin(record, "r2", execution="arn:…:r2")


def test_the_lock_is_free_again_only_once_its_run_has_ended(record: Record) -> None:
    begin(record)
    assert record.turn("r1", Way.BACK) is Way.BACK
    with pytest.raises(ClusterBusy):
        begin(record, "r2", execution="arn:…:r2")
    assert record.turn("r1", Way.ENDED) is Way.ENDED
    begin(record, "r2", execution="arn:…:r2")
    # A late report of the first must not free the second's lock.
    record.turn("r1", Way.ENDED)
    with pytest.raises(ClusterBusy, match="r2"):
        begin(record, "r3", execution="arn:…:r3")


def test_a_run_never_turns_forward_again(record: Record) -> None:
    begin(record)
    record.turn("r1", Way.ENDED)
    assert record.turn("r1", Way.BACK) is Way.ENDED
    assert record.run("r1").way is Way.ENDED


def test_of_what_is_kept_the_first_write_wins_and_of_what_is_noted_the_last(record: Record) -> None:
    begin(record)
    assert record.keep("r1", "step#quiet", {"before": 2, "names": []}) == {"before": 2, "names": []}
    kept = record.keep("r1", "step#quiet", {"before": 0, "names": ["x"], "later": True})
    assert kept == {"before": 2, "names": [], "later": True}
    record.note("r1", "step#quiet", {"before": 7, "later": None, "progress": "half"})
    assert record.part("r1", "step#quiet") == {"before": 7, "names": [], "progress": "half"}


def test_notes_of_a_run_write_through(record: Record) -> None:
    begin(record)
    notes = record.run("r1").notes("quiet")
    notes.keep(before={"a": [1, 2.5, None]})
    notes.note(progress="1 of 2")
    notes.note(progress=None)
    assert notes["before"] == {"a": [1, 2.5, None]}
    assert notes.get("progress") is None
    assert record.part("r1", "step#quiet") == {"before": {"a": [1, 2.5, None]}}


def test_parts_are_found_by_what_their_names_begin_with(record: Record) -> None:
    begin(record)
    for name in ("node#a", "node#b", "batch#1"):
        record.note("r1", name, {"name": name})
    assert record.parts("r1", "node#") == {"node#a": {"name": "node#a"}, "node#b": {"name": "node#b"}}


def test_cancelling_is_remembered(record: Record) -> None:
    begin(record)
    record.cancel("r1")
    assert record.run("r1").cancelled


def test_a_run_that_nobody_began_is_held(record: Record) -> None:
    with pytest.raises(HeldError, match="no run r9"):
        record.run("r9")
