"""A node is drained as `kubectl drain` does it (kubectl, pkg/drain), with budgets of disruptions, and to an end."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest

from nodenet.migration.cluster import Owner, Pod
from nodenet.migration.request import Drain
from tests.unit.migration.drain.cluster import GRACE, RETRY_AFTER, STARTING, Budget, Fake
from tests.unit.migration.drain.turning import ACTION, asked, drain, one_turn
from tests.unit.migration.record import Cut, CutOff


@pytest.fixture
def fake() -> Fake:
    """Node n1, to be drained, and n2, which takes its pods."""
    fake = Fake()
    fake.add_node("n1")
    fake.add_node("n2", "asg-new")
    return fake


def on(fake: Fake, node: str) -> list[Pod]:
    return [pod for pod in fake.running.values() if pod.node == node]


def test_all_its_pods_are_evicted_and_come_back_elsewhere(fake: Fake) -> None:
    for _ in range(3):
        fake.add_pod("n1")
    turn = drain(fake)
    assert turn.outcome == "drained"
    assert not on(fake, "n1")
    fake.pass_time(STARTING)
    assert fake.healthy("web") == 3


def test_the_node_is_cordoned_before_its_pods_are_looked_at(fake: Fake) -> None:
    fake.add_pod("n1")
    one_turn(fake, asked(fake))
    assert fake.calls[:3] == ["node", "cordon", "pods"]
    assert fake.known["n1"].unschedulable


def test_no_budget_is_broken_and_its_pods_go_one_after_the_other(fake: Fake) -> None:
    for _ in range(3):
        fake.add_pod("n1")
    fake.budgets.append(Budget("web", 2))
    assert one_turn(fake, asked(fake)).evicted == 1
    assert drain(fake).outcome == "drained"
    assert fake.healthy("web") >= 2


@pytest.mark.parametrize(
    ("pod", "stays"),
    [
        ({"owner": Owner("DaemonSet", "kube-system", "aws-node")}, True),
        ({"mirror": True, "owner": Owner("Node", "", "n1")}, True),
        ({"phase": "Succeeded", "owner": Owner("Job", "shop", "once")}, True),
        ({"phase": "Failed", "owner": None}, True),
        ({"owner": Owner("StatefulSet", "shop", "db")}, False),
        ({"owner": Owner("Job", "shop", "once")}, False),
        ({"owner": Owner("Rollout", "shop", "web")}, False),
    ],
)
def test_pods_of_its_own_and_what_has_ended_stay(fake: Fake, pod: dict[str, Any], stays: bool) -> None:
    fake.add_pod("n1", "app", **pod)
    assert drain(fake).outcome == "drained"
    assert bool(on(fake, "n1")) is stays


@pytest.mark.parametrize(
    ("pod", "allowed"), [({"empty_dir": True}, Drain(empty_dir=True)), ({"owner": None}, Drain(bare_pods=True))]
)
def test_nothing_is_evicted_where_a_pod_may_not_be(fake: Fake, pod: dict[str, Any], allowed: Drain) -> None:
    fake.add_pod("n1")
    fake.add_pod("n1", "special", **pod)
    turn = drain(fake)
    assert turn.outcome == "refused"
    assert "shop/special-2" in turn.said
    assert not fake.evicted
    assert drain(fake, asked(fake, options=allowed)).outcome == "drained"


def test_a_budget_that_never_allows_it_ends_with_the_time_and_says_so(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    began = fake.now
    turn = drain(fake, asked(fake, options=Drain(timeout=600)))
    assert turn.outcome == "left"
    assert turn.left == ["shop/web-1: needs 1 healthy pods and has 1 currently"]
    assert fake.now == began + 600
    assert not fake.deleted


def test_force_deletes_past_a_budget_once_the_time_is_up_and_not_before(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    began = fake.now
    turn = drain(fake, asked(fake, options=Drain(timeout=600, force=True)))
    assert turn.outcome == "drained"
    assert [pod.name for pod in fake.deleted] == ["web-1"]
    assert began + 600 + GRACE <= fake.now < began + 700


def test_force_does_not_delete_what_the_request_does_not_allow(fake: Fake) -> None:
    fake.add_pod("n1", "data", empty_dir=True)
    assert drain(fake, asked(fake, options=Drain(timeout=0, force=True))).outcome == "refused"
    assert not fake.deleted


def test_a_pod_under_two_budgets_is_named_with_the_reason(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets += [Budget("web", 0), Budget("web", 0)]
    turn = drain(fake, asked(fake, options=Drain(timeout=60)))
    assert turn.left == ["shop/web-1: This pod has more than one PodDisruptionBudget"]


def test_a_pod_that_never_ends_is_waited_for_and_named(fake: Fake) -> None:
    fake.frozen.add(fake.add_pod("n1").name)
    turn = drain(fake, asked(fake, options=Drain(timeout=120)))
    assert turn.outcome == "left"
    assert turn.left == ["shop/web-1 has not ended yet"]
    assert len(fake.evicted) == 1


def test_the_server_s_wish_when_to_ask_again_is_honoured(fake: Fake) -> None:
    """Retry-After, where a budget's controller is behind ("API-initiated Eviction", Kubernetes documentation)."""
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 0, behind=True))
    assert one_turn(fake, asked(fake)).wait == RETRY_AFTER


def test_waits_grow_and_stay_below_a_minute_and_below_the_rest_of_the_time(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    what = asked(fake, options=Drain(timeout=100_000))
    waits = [one_turn(fake, replace(what, turn=turn)).wait for turn in (0, 1, 5, 10, 5000)]
    assert waits == [5, 7, 19, 60, 60]
    assert one_turn(fake, replace(what, turn=10, elapsed=99_990)).wait == 10


def test_at_a_hook_there_is_a_heartbeat_each_turn_and_turns_are_at_most_five_minutes_apart(fake: Fake) -> None:
    """Half of the hook's own heartbeat, ten minutes: one that is lost does no harm."""
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    fake.waiting.add(ACTION.token)
    turn = one_turn(fake, replace(asked(fake, action=ACTION, options=Drain(timeout=100_000)), turn=5000))
    assert turn.wait == 300
    assert fake.calls[0] == "heartbeat"


def test_volumes_are_detached_before_a_node_counts_as_drained(fake: Fake) -> None:
    fake.add_pod("n1", "db", "StatefulSet", claims=("data-db-0",))
    fake.attachments["n1"] = ["pv-1"]
    turn = drain(fake, asked(fake, options=Drain(timeout=120)))
    assert turn.outcome == "left"
    assert turn.left == ["volume pv-1 is attached still"]
    fake.attachments["n1"] = []
    assert drain(fake).outcome == "drained"


def test_volumes_of_pods_that_stay_are_not_waited_for(fake: Fake) -> None:
    fake.add_pod("n1", "logs", "DaemonSet", claims=("logs-1",))
    fake.claims["logs-1"] = "pv-logs"
    fake.attachments["n1"] = ["pv-logs"]
    assert one_turn(fake, asked(fake)).outcome == "drained"


def test_a_node_that_dies_meanwhile_is_no_failure(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", 1))
    what = asked(fake)
    assert not one_turn(fake, what).done
    fake.remove_node("n1")
    assert one_turn(fake, what).outcome == "gone"


def test_another_node_of_the_same_name_is_left_alone(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.known["n1"] = replace(fake.known["n1"], instance_id="i-other")
    assert drain(fake).outcome == "gone"
    assert not fake.known["n1"].unschedulable
    assert not fake.evicted


def test_a_pod_that_took_the_name_of_an_evicted_one_is_left_alone_elsewhere(fake: Fake) -> None:
    pod = fake.add_pod("n1", "db", "StatefulSet")
    one_turn(fake, asked(fake))
    fake.running[pod.name] = replace(pod, uid="another", node="n2")
    assert drain(fake).outcome == "drained"
    assert [each.uid for each in fake.evicted] == [pod.uid]


@pytest.mark.parametrize("after", range(12))
def test_wherever_it_is_cut_off_it_goes_on_from_what_is_there(fake: Fake, after: int) -> None:
    for _ in range(3):
        fake.add_pod("n1")
    fake.budgets.append(Budget("web", 2))
    what = asked(fake)
    fake.cut = Cut(after)
    with contextlib.suppress(CutOff):
        drain(fake, what)
    fake.cut = Cut()
    assert drain(fake, what).outcome == "drained"
    assert len(fake.evicted) == 3
    assert fake.healthy("web") >= 2


def test_a_node_that_is_found_by_its_instance_is_drained(fake: Fake) -> None:
    fake.add_pod("n1")
    turn = one_turn(fake, replace(asked(fake), node=""))
    assert turn.node == "n1"
    assert turn.evicted == 1


def test_an_instance_that_never_became_a_node_is_let_go(fake: Fake) -> None:
    fake.waiting.add(ACTION.token)
    turn = one_turn(fake, replace(asked(fake, action=ACTION), node="", instance="i-unknown"))
    assert turn.outcome == "gone"
    assert fake.completed == [(ACTION.token, "CONTINUE")]


@pytest.mark.parametrize("minimum", [0, 1])
def test_whoever_waits_in_a_hook_is_let_go_in_the_end_drained_or_not(fake: Fake, minimum: int) -> None:
    fake.add_pod("n1")
    fake.budgets.append(Budget("web", minimum))
    fake.waiting.add(ACTION.token)
    turn = drain(fake, asked(fake, action=ACTION))
    assert turn.outcome == ("left" if minimum else "drained")
    assert fake.completed == [(ACTION.token, "CONTINUE")]


def test_nothing_is_done_for_an_instance_that_waits_no_more(fake: Fake) -> None:
    fake.add_pod("n1")
    assert drain(fake, asked(fake, action=ACTION)).outcome == "gone"
    assert fake.calls == ["heartbeat"]


def test_an_instance_that_goes_anyway_has_all_others_evicted_beside_what_may_not_be(fake: Fake) -> None:
    fake.add_pod("n1")
    fake.add_pod("n1", "data", empty_dir=True)
    fake.waiting.add(ACTION.token)
    assert drain(fake, asked(fake, action=ACTION)).outcome == "left"
    assert [pod.labels["app"] for pod in fake.evicted] == ["web"]
