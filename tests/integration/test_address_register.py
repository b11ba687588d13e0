"""The register of floating addresses: what the in-memory one of the unit tests stands for, against DynamoDB."""

from dataclasses import replace

import pytest

from demo.stack import Stack
from nodenet.aws.address_register import AddressRegister
from nodenet.claims.register import Key, Record, State


@pytest.fixture
def register(stack: Stack) -> AddressRegister:
    return AddressRegister(stack.region.client("dynamodb"), stack.outputs["Table"])


def record(address: str, **more: object) -> Record:
    first = Record(Key("n3", address), State.MOVING, "core/upf-0", 7, "i-0b5f2c7d91e3a4608", "eni-1", version=1)
    return replace(first, **more)  # type: ignore[arg-type]


def test_what_is_written_is_read_whole(register: AddressRegister) -> None:
    written = record("2001:db8::a01", source="eni-0", uid="u", public="198.51.100.7", lease=1795166047.25, owner="m-1")
    assert register.write(written)
    assert register.read([written.key, Key("n3", "10.0.4.1")]) == {written.key: written}


def test_a_write_follows_the_version_that_was_read(register: AddressRegister) -> None:
    first = record("10.0.4.225")
    assert register.write(first)
    assert not register.write(first), "somebody was first"
    assert not register.write(replace(first, version=3))
    second = replace(first, version=2, state=State.REGISTERED)
    assert register.write(second)
    assert register.read([first.key]) == {first.key: second}


def test_more_than_a_hundred_are_read_at_once(register: AddressRegister) -> None:
    """BatchGetItem takes 100 keys (DynamoDB API Reference)."""
    keys = [Key("n9", f"10.9.{number // 250}.{number % 250}") for number in range(230)]
    for key in keys[::2]:
        register.write(replace(record("10.0.4.1"), key=key))
    assert register.read(keys).keys() == set(keys[::2])


def test_what_was_released_is_forgotten_after_some_time_and_nothing_else(
    register: AddressRegister, stack: Stack
) -> None:
    for address, state in (("10.0.4.230", State.RELEASED), ("10.0.4.231", State.REGISTERED)):
        register.write(record(address, state=state))
    dynamodb = stack.region.client("dynamodb")
    items = [
        dynamodb.get_item(TableName=stack.outputs["Table"], Key={"pk": {"S": f"address#n3#{address}"}})["Item"]
        for address in ("10.0.4.230", "10.0.4.231")
    ]
    assert ["expires" in item for item in items] == [True, False]
