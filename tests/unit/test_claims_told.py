"""Answers and records in AWS's words: ten answers always fit one PutEvents call, and what is written is read again."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from nodenet.aws.address_bus import AddressBus
from nodenet.aws.address_register import AddressRegister
from nodenet.claims.answer import malformed
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.ports import Untold
from nodenet.claims.register import Key, Record
from nodenet.claims.register import State as Held
from nodenet.claims.requests import Kind, Malformed, parse
from nodenet.errors import HeldError, Throttled

WIDE = "\U0001f9a6"
"""Twelve bytes in JSON, as two escapes."""


class Events:
    """PutEvents: the entries of a call have 256 KB together, and each may be refused by itself."""

    def __init__(self, *codes: str | None) -> None:
        self.codes, self.calls = list(codes), 0

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.calls += 1
        size = sum(len(entry[each].encode()) for entry in Entries for each in ("Source", "DetailType", "Detail"))
        assert len(Entries) <= 10
        assert size < 256 * 1024
        codes = [self.codes.pop(0) if self.codes else None for _ in Entries]
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "x"} for code in codes]}


def bus(events: Events) -> AddressBus:
    return AddressBus(cast("Any", events), "default", "demo")


def claim(**detail: Any) -> str:
    event = {"source": "nodenet.pods", "detail-type": Kind.CLAIM, "time": "2026-11-20T09:14:07Z", "detail": detail}
    return json.dumps(event)


def test_ten_claims_of_the_longest_nonsense_are_told_in_one_call() -> None:
    fields = ("cluster", "node", "network", "pod", "generation", "uid")
    long = dict.fromkeys(fields, WIDE * 20_000) | {"addresses": [f"{number}{WIDE * 200}" for number in range(50)]}
    event = parse(claim(**long), "demo")
    assert isinstance(event, Malformed)
    assert len(event.mistakes) == len(fields) + 50
    events = Events()
    bus(events).tell([malformed(event)] * 10)
    assert events.calls == 1


def test_ten_answers_to_the_longest_claims_are_told_in_one_call() -> None:
    addresses = tuple(f"2001:db8:1111:2222:3333:4444:5555:{number:04x}" for number in range(0xA000, 0xA032))
    pod = f"{'n' * 63}/{'p' * 253}"
    holder = Record(Key("n3", addresses[0]), Held.REGISTERED, pod, 2**53 - 1, "i-0b5f2c7d91e3a4608", "eni-1")
    public = dict.fromkeys(addresses, "255.255.255.255")
    outcome = Outcome(State.REFUSED, WIDE * 9000, "i-0b5f2c7d91e3a4608", "n" * 15, pod, 2**53 - 1, addresses)
    events = Events()
    bus(events).tell([replace(outcome, holder=holder, public=public)] * 10)
    assert events.calls == 1


def test_an_entry_that_is_refused_keeps_no_other_from_being_told() -> None:
    """PutEventsResultEntry, EventBridge API Reference: which codes are worth another try."""
    events = Events(None, "MalformedDetail", *[None] * 9, "ThrottlingException")
    with pytest.raises(Untold) as untold:
        bus(events).tell([Outcome(State.REFUSED, "")] * 12)
    assert {place: type(why) for place, why in untold.value.why.items()} == {1: HeldError, 11: Throttled}
    assert events.calls == 2


class Table:
    """One item of DynamoDB's."""

    def __init__(self) -> None:
        self.item: dict[str, Any] = {}

    def put_item(self, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803 - boto3's name
        self.item = dict(Item)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Responses": {"table": [self.item]}}


def test_a_record_is_read_as_it_was_written_and_one_without_the_time_of_its_claim_too() -> None:
    table = Table()
    register = AddressRegister(cast("Any", table), "table")
    record = Record(
        Key("n3", "10.0.4.225"), Held.MOVING, "core/upf-0", 7, "i-1", "eni-2", "eni-1", "u1", 1795166040.25, lease=1.5
    )
    register.write(record)
    assert register.read([record.key]) == {record.key: record}
    del table.item["asked"]
    assert register.read([record.key]) == {record.key: replace(record, asked=0.0)}
