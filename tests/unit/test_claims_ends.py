"""How batches end when the bus, the register or EC2 fails then: no release is lost, nothing loops for ever."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from nodenet.claims.outcome import Outcome, State
from nodenet.claims.ports import Untold
from nodenet.claims.register import Key, Record
from nodenet.claims.register import State as Held
from nodenet.errors import HeldError, Throttled
from tests.unit.claiming import Claiming, MemoryBus
from tests.unit.cloud import Cloud, Killed

FIRST, SECOND = "10.0.16.100", "10.0.16.101"
DAYS = 86_400


@pytest.fixture
def claiming(cloud: Cloud) -> Claiming:
    return Claiming(cloud)


@dataclass
class FailingBus(MemoryBus):
    """Answers not at all, so many times."""

    error: Exception = Throttled("PutEvents")  # noqa: RUF009 - raised, never changed
    times: float = 1

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        if self.times > 0:
            self.times -= 1
            raise self.error
        super().tell(outcomes)


class ChoosyBus(MemoryBus):
    """Takes nothing of one pod."""

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        bad = {place for place, outcome in enumerate(outcomes) if outcome.pod == "core/bad"}
        super().tell([outcome for place, outcome in enumerate(outcomes) if place not in bad])
        if bad:
            raise Untold(dict.fromkeys(bad, HeldError("PutEvents: NotAuthorizedForDetailTypeException")))


def state_of(claiming: Claiming, address: str) -> Held:
    return claiming.register.records[Key("n3", address)].state


def test_a_release_is_recorded_though_the_bus_fails_for_another_claim_of_the_batch(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST))
    claiming.bus = FailingBus()
    outcomes = claiming.deliver(claiming.release(node, FIRST), claiming.claim(node, SECOND, pod="core/other"))
    assert [outcome.state for outcome in outcomes] == [State.RELEASED, State.WAITING]
    assert (claiming.where(FIRST), state_of(claiming, FIRST)) == (None, Held.RELEASED)
    claiming.settle()
    assert claiming.bus.kinds == ["Pod Addresses Registered"]
    assert state_of(claiming, SECOND) is Held.REGISTERED


def test_what_was_registered_and_not_told_is_told_by_the_next_delivery_without_a_call(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.bus = FailingBus()
    claiming.deliver(claiming.claim(node, FIRST))
    claiming.settle()
    assert claiming.bus.kinds == ["Pod Addresses Registered"]
    assert not claiming.mutations


def test_a_release_whose_end_could_not_be_recorded_comes_again(claiming: Claiming) -> None:
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    real, written = claiming.register.write, []

    def write(record: Record) -> bool:
        written.append(record)
        if len(written) == 2:
            raise Throttled("PutItem")
        return real(record)

    claiming.register.write = write  # type: ignore[method-assign]
    outcomes = claiming.settle(claiming.release(one, FIRST))
    assert (outcomes[0].state, outcomes[-1].state) == (State.WAITING, State.RELEASED)
    (outcome,) = claiming.deliver(claiming.claim(other, FIRST, pod="core/next"))
    assert outcome.state is State.REGISTERED


def test_an_answer_that_the_bus_refuses_holds_its_own_claim_only(claiming: Claiming) -> None:
    node = claiming.node()
    claiming.bus = ChoosyBus()
    good, bad = claiming.claim(node, FIRST), claiming.claim(node, SECOND, pod="core/bad")
    outcomes = claiming.deliver(good, bad)
    assert [outcome.state for outcome in outcomes] == [State.REGISTERED, State.HELD]
    assert "NotAuthorizedForDetailTypeException" in outcomes[1].reason
    ((body, _),) = claiming.queue.sent
    assert body == bad.body


@pytest.mark.parametrize("more", [{"generation": "x"}, {}, {"pod": "core/late", "generation": 0}])
def test_nothing_comes_again_for_ever_while_the_bus_refuses(claiming: Claiming, more: dict[str, object]) -> None:
    """Malformed, registered and stale: each is given up a day after its event."""
    node = claiming.node()
    claiming.deliver(claiming.claim(node, FIRST, pod="core/late"))
    claiming.bus = FailingBus(error=HeldError("PutEvents: AccessDenied"), times=float("inf"))
    address = FIRST if more.get("pod") else SECOND
    claiming.deliver(claiming.claim(node, address, **more))  # type: ignore[arg-type]
    assert len(claiming.queue.sent) == 1
    claiming.queue.sent.clear()
    claiming.deliver(claiming.claim(node, address, ago=3 * DAYS, **more))  # type: ignore[arg-type]
    assert not claiming.queue.sent


def test_the_end_of_a_node_comes_again_as_it_was_where_a_release_of_it_must_wait(cloud: Cloud) -> None:
    claiming = Claiming(cloud)
    cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    one, other = claiming.node(), claiming.node()
    claiming.deliver(claiming.claim(one, FIRST))
    cloud.ec2.terminate_instances(InstanceIds=[one])
    ended = claiming.ended(one)
    cloud.fail("UnassignPrivateIpAddresses", "RequestLimitExceeded")
    outcomes = claiming.deliver(ended, claiming.claim(other, SECOND, pod="core/other"))
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REGISTERED]
    assert [body for body, _ in claiming.queue.sent] == [ended.body]
    claiming.settle()
    assert (claiming.where(FIRST), state_of(claiming, FIRST)) == (None, Held.RELEASED)


def test_a_release_waits_for_a_lock_longer_than_a_claim_waits_for_others(claiming: Claiming) -> None:
    """A backlog of some minutes, and the invocation that had the claim was killed: its lock still stands."""
    node = claiming.node()
    claim = claiming.claim(node, FIRST, ago=410)
    claiming.cloud.kill_after = 2
    with pytest.raises(Killed):
        claiming.deliver(claim)
    claiming.cloud.kill_after = None
    (first, *_, last) = claiming.settle(claiming.release(node, FIRST, ago=400))
    assert (first.state, last.state) == (State.WAITING, State.RELEASED)
    (late,) = claiming.redeliver(claim)
    assert late.state is State.STALE
    assert claiming.where(FIRST) is None
