"""The table: what the in-memory store of the unit tests stands for, against the region's DynamoDB."""

import time

import pytest

from demo.stack import Stack
from nodenet.aws.store import Store
from nodenet.interfaces.attach import Wired
from nodenet.networks import Subnet
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import Claim, End


@pytest.fixture
def store(stack: Stack) -> Store:
    return Store(stack.region.client("dynamodb"), stack.outputs["Table"])


def test_a_claim_is_exclusive_until_it_is_released(store: Store) -> None:
    until = time.time() + 60
    assert store.claim("i-claim", until, "one") == Claim(0)
    assert store.claim("i-claim", until, "two") is None
    store.release("i-claim", None)
    assert store.claim("i-claim", until, "two") == Claim(0)


def test_a_claim_runs_out(store: Store) -> None:
    assert store.claim("i-late", time.time() - 1, "one") == Claim(0)
    assert store.claim("i-late", time.time() + 60, "two") == Claim(0)


def test_a_message_that_is_here_again_takes_its_own_claim_over_and_nobody_else_s(store: Store) -> None:
    until = time.time() + 60
    store.claim("i-again", until, "one")
    assert store.claim("i-again", until, "two", ended=["two", "three"]) is None
    assert store.claim("i-again", until, "one", ended=["one"]) == Claim(0)


def test_a_claim_tells_how_an_earlier_delivery_ended(store: Store) -> None:
    store.claim("i-ended", time.time() + 60, "one")
    store.release("i-ended", End.READY)
    assert store.claim("i-ended", time.time() + 60, "two") == Claim(0, End.READY)
    store.release("i-ended", None)
    assert store.claim("i-ended", time.time() + 60, "three") == Claim(0, End.READY)


def test_an_attempt_is_raised_once_however_often_it_is_asked(store: Store) -> None:
    store.claim("i-attempt", time.time() - 1, "one")
    store.next_attempt("i-attempt", 0)
    store.next_attempt("i-attempt", 0)
    assert store.claim("i-attempt", time.time() + 60, "one") == Claim(1)


def test_failures_are_counted_by_group_and_zone_and_cleared(store: Store) -> None:
    assert store.failures("g", "a") == 0
    store.count_failure("g", "a")
    store.count_failure("g", "a")
    store.count_failure("g", "b")
    assert (store.failures("g", "a"), store.failures("g", "b")) == (2, 1)
    store.clear_failures("g", "a")
    assert (store.failures("g", "a"), store.failures("g", "b")) == (0, 1)


def test_subnets_are_kept_for_a_while(store: Store) -> None:
    subnets = [Subnet("subnet-1", "eu-west-1a", "vpc-1", "10.0.0.0/24", {"a": "b"})]
    assert store.subnets("key") is None
    store.keep_subnets("key", subnets, 60)
    assert store.subnets("key") == subnets
    store.keep_subnets("key", subnets, -1)
    assert store.subnets("key") is None


def test_a_record_holds_the_last_state_and_the_way_there(store: Store, stack: Stack) -> None:
    wired = Wired("n3", "eni-1", 0, 3, "10.0.0.4")
    store.record(Outcome(State.WAITING, "pending", "i-record", zone="eu-west-1a"))
    store.record(Outcome(State.READY, "done", "i-record", "g", "eu-west-1a", (wired,)))
    record = stack.record("i-record")
    assert record["state"] == "ready"
    assert record["group"] == "g"
    assert record["interfaces"][0]["address"] == "10.0.0.4"
    assert [entry["state"] for entry in record["time_line"]] == ["waiting", "ready"]


def test_the_time_line_of_a_record_grows_only_when_something_changes(store: Store, stack: Stack) -> None:
    for _ in range(3):
        store.record(Outcome(State.HELD, "x" * 1000, "i-line"))
    (entry,) = stack.record("i-line")["time_line"]
    assert len(entry["reason"]) == 300
