"""The register of slices: what the in-memory one of the unit tests stands for, against the region's DynamoDB."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from demo.stack import Stack
from nodenet.aws.register import Register
from nodenet.interfaces.steps import SliceWanted
from nodenet.networks import Instance
from nodenet.ranges import AddressRange
from nodenet.slices.register import STRANGER, Held
from nodenet.slices.take import Slices

SLICE = AddressRange.parse("10.0.4.32/28")


@pytest.fixture
def register(stack: Stack) -> Register:
    return Register(stack.region.client("dynamodb"), stack.outputs["SlicesTable"])


def held(subnet_id: str, holder: str = "i-1/n3/0", taken_at: float = 1795000000.25) -> Held:
    return Held(subnet_id, SLICE, "n3", holder, taken_at)


def test_a_slice_is_held_by_one_and_shown_as_it_was_entered(register: Register) -> None:
    assert register.hold(held("subnet-one"))
    assert not register.hold(held("subnet-one", "i-2/n3/0"))
    assert register.of_subnet("subnet-one") == [held("subnet-one")]
    assert held("subnet-one") in register.everything()


def test_the_holder_may_hold_it_again_and_another_in_its_place_where_it_gives_way(register: Register) -> None:
    register.hold(held("subnet-again"))
    later = held("subnet-again", taken_at=1795000009.5)
    assert register.hold(later)
    assert register.of_subnet("subnet-again") == [later]
    assert register.hold(held("subnet-again", STRANGER), instead_of="i-1/n3/0")


def test_a_slice_is_let_go_only_as_it_was_seen(register: Register) -> None:
    register.hold(held("subnet-seen"))
    assert not register.let_go(held("subnet-seen", taken_at=1.0), time.time())
    assert register.let_go(held("subnet-seen"), time.time() + 60)
    assert not register.let_go(held("subnet-seen"), time.time() + 90)


def test_a_slice_in_quarantine_is_nobody_else_s_until_it_has_passed(register: Register) -> None:
    register.hold(held("subnet-cool"))
    register.let_go(held("subnet-cool"), time.time() + 60)
    assert not register.hold(held("subnet-cool", "i-2/n3/0"))
    register.hold(held("subnet-cool"))
    register.let_go(held("subnet-cool"), time.time() - 1)
    new = held("subnet-cool", "i-2/n3/0")
    assert register.hold(new)
    assert register.of_subnet("subnet-cool") == [replace(new, free_after=None)]


def test_ipv6_slices_are_kept_as_they_are(register: Register) -> None:
    entry = Held("subnet-six", AddressRange.parse("2001:db8:0:1::/80"), "n3", "i-1/n3/0/ipv6", 5.0)
    register.hold(entry)
    assert register.of_subnet("subnet-six") == [entry]


class Nobody:
    def instances(self, instance_ids: object) -> dict[str, Instance]:
        return {}


def test_two_hundred_at_once_take_two_hundred_slices_of_exactly_so_many(register: Register) -> None:
    """Every slice of the range, so that the last ones meet all the others' conditional writes."""
    within = AddressRange.parse("10.1.0.0-10.1.12.127")
    slices = Slices(register, Nobody())

    def take(number: int) -> AddressRange:
        return slices.take(SliceWanted("subnet-crowd", "n3", f"i-{number}/n3/0", 16, (within,), as_prefixes=True))

    with ThreadPoolExecutor(50) as pool:
        taken = list(pool.map(take, range(200)))
    assert sorted(taken) == list(within.slices(16))
    assert take(7) == taken[7]
