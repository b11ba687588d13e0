"""Faults of programs that roll nodes (hellofresh/eks-rolling-update, TwiN/aws-eks-asg-rolling-update-handler,
keikoproj/upgrade-manager, aws-node-termination-handler, amazon-k8s-node-drainer), one test for each."""

from dataclasses import replace

import pytest

from nodenet.errors import HeldError, NodenetError, Throttled, Waiting
from nodenet.migration.cluster import Pod, Taint
from nodenet.migration.drain.evictions import Eviction
from nodenet.migration.drain.exchange import Exchange
from nodenet.migration.request import Drain, Share
from tests.contracts.machines import followers, states
from tests.unit.migration.drain.cluster import GRACE, Budget, Fake
from tests.unit.migration.drain.running import a_run, drain_all, next_batch, settle
from tests.unit.migration.drain.test_exchange import Groups
from tests.unit.migration.drain.turning import ACTION, asked, drain, one_turn


@pytest.fixture
def fake() -> Fake:
    fake = Fake()
    fake.add_node("n1")
    fake.add_node("n2", "asg-new")
    return fake


def test_a_failed_drain_leaves_no_drifted_capacity(fake: Fake) -> None:
    """No group changes its size before the batch is settled, which a batch that was not drained never is."""
    assert [name for name, state in states("drain_nodes").items() if "Exchange" in followers(state)] == ["IsItAWave"]
    assert [name for name, state in states("drain_nodes").items() if "IsItAWave" in followers(state)] == ["SettleBatch"]
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    run = a_run(Share(number=1), waves=True)
    next_batch(fake, run)
    assert drain(fake, asked(fake, options=Drain(timeout=60))).outcome == "left"
    with pytest.raises(HeldError, match="not drained"):
        settle(fake, run, 1)


def test_a_node_whose_readiness_is_unknown_is_not_taken_for_ready(fake: Fake) -> None:
    run, groups = a_run(waves=True), Groups(fake, desired=2)
    fake.add_node("n3", "asg-new", ready=False)
    run.part("batch#old#00001").keep(nodes=["n1"], instances={"n1": "i-n1"}, owners={}, targets={})
    step = Exchange(1, fake, fake, groups)
    with pytest.raises(Waiting, match="not ended yet"):
        step.forward(run, run.notes(step.name))
    groups.end()
    with pytest.raises(Waiting, match="1 of 3 new nodes are Ready"):
        step.forward(run, run.notes(step.name))


def test_taints_are_not_overwritten(fake: Fake) -> None:
    taint = Taint("team", "NoSchedule", "payments")
    fake.known["n1"] = replace(fake.known["n1"], taints=(taint,), labels={"team": "payments"})
    fake.add_pod("n1")
    drain(fake)
    assert (fake.known["n1"].taints, fake.known["n1"].labels) == ((taint,), {"team": "payments"})


def test_a_drain_that_does_nothing_is_not_silent(fake: Fake) -> None:
    fake.add_pod("n1", owner=None)
    turn = one_turn(fake, asked(fake))
    assert turn.outcome == "refused"
    assert turn.left == ["shop/web-1: nobody starts it again once it is gone (drain.barePods allows it)"]


def test_nodes_are_not_missed_however_many_there_are() -> None:
    fake = Fake()
    for number in range(250):
        fake.add_node(f"old{number}", zone="abc"[number % 3], unschedulable=True)
        fake.add_pod(f"old{number}", "job", "Job")
    assert sum(len(each) for each in drain_all(fake, a_run(Share(percent=34)))) == 250


def test_no_heartbeat_goes_out_once_the_drain_has_failed(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    fake.waiting.add(ACTION.token)
    what = asked(fake, action=ACTION, options=Drain(timeout=60))
    assert drain(fake, what).outcome == "left"
    assert fake.calls[-1] == "complete"
    fake.calls.clear()
    # A turn that comes late finds that nobody waits.
    assert one_turn(fake, what).outcome == "gone"
    assert fake.calls == ["heartbeat"]


def test_a_node_that_is_gone_is_no_crash(fake: Fake) -> None:
    what = asked(fake)
    fake.add_pod("n1")
    fake.remove_node("n1")
    assert one_turn(fake, what).outcome == "gone"


def test_the_hook_is_not_completed_before_the_pods_have_ended(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.waiting.add(ACTION.token)
    what = asked(fake, action=ACTION)
    assert one_turn(fake, what).evicted == 1
    fake.pass_time(GRACE - 1)
    assert not one_turn(fake, what).done
    assert not fake.completed
    fake.pass_time(1)
    assert one_turn(fake, what).outcome == "drained"
    assert fake.completed == [(ACTION.token, "CONTINUE")]


@pytest.mark.parametrize("error", [Throttled("503"), HeldError("500 Internal error")])
def test_errors_of_evictions_other_than_429_are_not_swallowed(
    fake: Fake, error: NodenetError, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add_pod("n1")
    fake.waiting.add(ACTION.token)

    def refuse(pod: Pod) -> Eviction:
        raise error

    monkeypatch.setattr(fake, "evict", refuse)
    with pytest.raises(type(error)):
        one_turn(fake, asked(fake, action=ACTION))
    # The state machine tries again what may pass, and lets the instance go after the rest.
    assert not fake.completed


def test_no_instance_ends_with_pods_on_it(fake: Fake) -> None:
    """Whose pods are there still has its batch held, and held batches are not exchanged."""
    fake.add_pod("n1")
    run = a_run(Share(number=1), waves=True)
    next_batch(fake, run)
    with pytest.raises(HeldError, match="1 pods are there still"):
        settle(fake, run, 1)


def test_what_was_evicted_is_available_elsewhere_before_the_next_batch(fake: Fake) -> None:
    for _ in range(2):
        fake.add_pod("n1")
    run = a_run(Share(number=1))
    next_batch(fake, run)
    drain(fake)
    with pytest.raises(Waiting, match="Deployment shop/web has 0 of 2 available"):
        settle(fake, run, 1)
