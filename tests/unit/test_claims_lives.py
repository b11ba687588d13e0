"""Two lives of a pod that began in one second: one generation, two uids (ObjectMeta, Kubernetes API Reference)."""

import pytest

from nodenet.claims.outcome import State
from nodenet.claims.register import Key
from tests.unit.claiming import Claiming
from tests.unit.cloud import Cloud

FIRST = "10.0.16.100"


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


def test_the_release_of_the_first_does_not_take_the_second_s_address(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST, uid="u1"))
    claiming.deliver(claiming.claim(node, FIRST, uid="u2"))
    (first,) = claiming.deliver(claiming.release(node, FIRST, uid="u1"))
    assert first.state is State.STALE
    assert claiming.where(FIRST) == node
    (second,) = claiming.deliver(claiming.release(node, FIRST, uid="u2"))
    assert second.state is State.RELEASED
    assert claiming.where(FIRST) is None


def test_the_second_has_the_address_after_the_release_of_the_first(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST, uid="u1"))
    second = claiming.claim(other, FIRST, uid="u2")
    claiming.deliver(claiming.release(one, FIRST, uid="u1"), second)
    assert claiming.where(FIRST) == other


@pytest.mark.parametrize("together", [True, False])
def test_a_claim_of_the_first_that_comes_late_takes_nothing_from_the_second(claiming: Claiming, together: bool) -> None:
    node = claiming.node()
    first, second = claiming.claim(node, FIRST, uid="u1", ago=2), claiming.claim(node, FIRST, uid="u2", ago=1)
    batches = [[first, second]] if together else [[second], [first]]
    outcomes = [outcome for batch in batches for outcome in claiming.deliver(*batch)]
    assert {outcome.state for outcome in outcomes} == {State.REGISTERED, State.STALE}
    assert claiming.register.records[Key("n3", FIRST)].uid == "u2"
    claiming.deliver(claiming.release(node, FIRST, uid="u2"))
    assert claiming.where(FIRST) is None


def test_without_a_uid_lives_of_one_generation_are_one_life(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST, uid="u1"))
    (outcome,) = claiming.deliver(claiming.release(node, FIRST))
    assert outcome.state is State.RELEASED
