"""Nodes are drained in batches: evenly over the zones, CoreDNS last, each once the one before is available again."""

import contextlib
from dataclasses import replace

import pytest

from nodenet.errors import HeldError, Waiting
from nodenet.migration.cluster import Owner
from nodenet.migration.objects import TargetGroupBinding
from nodenet.migration.quiet.cordon import EXCLUDED
from nodenet.migration.request import Share
from tests.unit.migration.drain.cluster import GRACE, STARTING, Budget, Fake
from tests.unit.migration.drain.running import a_run, drain_all, next_batch, settle, settled
from tests.unit.migration.drain.turning import asked, drain
from tests.unit.migration.record import Cut, CutOff

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"


@pytest.fixture
def fake() -> Fake:
    """Six cordoned old nodes in zones a, b, c, with two pods each; two new ones."""
    fake = Fake()
    for number in range(6):
        fake.add_node(f"old{number}", zone="abc"[number // 2], unschedulable=True)
        fake.add_pod(f"old{number}")
        fake.add_pod(f"old{number}")
    fake.add_node("new0", "asg-new", max_pods=50)
    fake.add_node("new1", "asg-new", max_pods=50)
    return fake


def names(batch: object) -> list[str]:
    return [each["node"] for each in batch.nodes]  # type: ignore[attr-defined]


def test_all_old_nodes_are_drained_evenly_over_the_zones(fake: Fake) -> None:
    batches = drain_all(fake, a_run(Share(number=3)))
    assert [len(each) for each in batches] == [3, 3]
    assert all({fake.known[name].zone for name in each} == {"a", "b", "c"} for each in batches)


def test_a_share_of_a_batch_is_of_all_nodes_and_not_of_those_that_are_left(fake: Fake) -> None:
    assert [len(each) for each in drain_all(fake, a_run(Share(percent=34)))] == [3, 3]


def test_nodes_with_coredns_come_last(fake: Fake) -> None:
    dns = Owner("Deployment", "kube-system", "coredns")
    fake.add_pod("old0", "dns", namespace="kube-system", labels={"k8s-app": "kube-dns"}, owner=dns)
    assert drain_all(fake, a_run(Share(number=3)))[-1] == ["old0"]


def test_a_batch_that_was_not_settled_is_given_again(fake: Fake) -> None:
    run = a_run()
    first = next_batch(fake, run)
    again = next_batch(fake, run)
    assert again == first
    anew = next_batch(fake, run, execution="arn:of:another")
    assert (anew.number, names(anew)) == (first.number, names(first))
    assert not {each["execution"] for each in anew.nodes} & {each["execution"] for each in first.nodes}
    assert all(len(each["execution"]) <= 80 for each in first.nodes)


@pytest.mark.parametrize("after", range(5))
def test_a_choice_that_is_cut_off_is_made_again(fake: Fake, after: int) -> None:
    run = a_run()
    fake.cut = Cut(after)
    with contextlib.suppress(CutOff):
        next_batch(fake, run)
    fake.cut = Cut()
    assert next_batch(fake, run).number == 1
    assert drain_all(fake, run)


def test_nodes_that_joined_late_are_cordoned_noted_and_drained_too(fake: Fake) -> None:
    run = a_run()
    next_batch(fake, run)
    fake.add_node("late", zone="a")
    fake.add_pod("late")
    next_batch(fake, run)
    assert fake.known["late"].unschedulable
    assert run.notes("next_batch")["cordoned"] == ["late"]
    assert "late" in [name for each in drain_all(fake, run) for name in each]


def test_late_nodes_are_noted_before_they_are_cordoned(fake: Fake) -> None:
    """So that the way back opens them, wherever the choice was cut off."""
    run = a_run()
    fake.add_node("late")
    fake.cut = Cut(2)
    with pytest.raises(CutOff):
        next_batch(fake, run)
    assert fake.known["late"].unschedulable
    assert run.notes("next_batch")["cordoned"] == ["late"]


def test_new_nodes_on_the_way_back_are_noted_apart(fake: Fake) -> None:
    run = a_run()
    fake.known["old0"] = replace(fake.known["old0"], unschedulable=False)
    fake.add_pod("new0")
    assert drain_all(fake, run, "new") == [["new0"]]
    assert run.notes("next_batch")["cordonedNew"] == ["new0", "new1"]
    assert "cordoned" not in run.notes("next_batch").values


def test_a_batch_ends_when_its_owners_are_available_elsewhere(fake: Fake) -> None:
    run = a_run()
    batch = next_batch(fake, run)
    for name in names(batch):
        drain(fake, asked(fake, name))
    with pytest.raises(Waiting, match="Deployment shop/web has 10 of 12 available"):
        settle(fake, run, 1)
    fake.pass_time(GRACE + STARTING)
    assert "2 nodes drained, 1 owners as available as before" in settle(fake, run, 1)


def test_fewer_are_enough_where_fewer_are_desired_by_now(fake: Fake) -> None:
    run = a_run()
    batch = next_batch(fake, run)
    for name in names(batch):
        drain(fake, asked(fake, name))
    fake.desired[Owner("Deployment", "shop", "web")] = 8
    assert settle(fake, run, 1)


def test_an_owner_that_is_gone_misses_nothing(fake: Fake) -> None:
    run = a_run()
    for name in names(next_batch(fake, run)):
        drain(fake, asked(fake, name))
    fake.desired.clear()
    assert settle(fake, run, 1)


def test_an_owner_that_lacked_some_before_is_not_waited_for(fake: Fake) -> None:
    run = a_run()
    fake.desired[Owner("Deployment", "shop", "web")] = 40
    del fake.known["new0"], fake.known["new1"]
    assert next_batch(fake, run).number == 1
    assert run.part("batch#old#00001")["owners"] == {"Deployment/shop/web": {"desired": 40, "available": 12}}


def test_a_node_that_was_not_drained_holds_the_run_and_says_why(fake: Fake) -> None:
    run = a_run(Share(number=1))
    [name] = names(next_batch(fake, run))
    run.part(f"node#{name}").note(outcome="left", said="shop/web-1: needs 12 healthy pods")
    with pytest.raises(HeldError, match=r"not drained: node old0: shop/web-1: needs 12 healthy pods\. Mend that"):
        settle(fake, run, 1)


def test_a_node_whose_execution_ended_early_is_named_with_what_is_there(fake: Fake) -> None:
    run = a_run(Share(number=1))
    next_batch(fake, run)
    with pytest.raises(HeldError, match="node old0: 2 pods are there still, and its execution did not come to its end"):
        settle(fake, run, 1)


def test_a_node_that_died_meanwhile_is_no_failure(fake: Fake) -> None:
    run = a_run(Share(number=1))
    [name] = names(next_batch(fake, run))
    fake.remove_node(name)
    assert settled(fake, run, 1)
    assert fake.healthy("web") == 12


def test_a_new_node_with_the_name_of_one_that_died_is_none_of_the_batch(fake: Fake) -> None:
    """Auto Scaling replaces it, and its address, of which nodes' names are made, is given again."""
    run = a_run(Share(number=1))
    [name] = names(next_batch(fake, run))
    fake.remove_node(name)
    fake.add_node(name, instance_id="i-replaced")
    fake.add_pod(name)
    assert settled(fake, run, 1)
    assert [each["instance"] for each in next_batch(fake, run).nodes] != ["i-old0"]
    assert name in [each for batch in drain_all(fake, run) for each in batch]


def bind(fake: Fake, target_type: str) -> None:
    fake.bound.append(TargetGroupBinding("shop", "web", ARN, target_type, "web"))
    fake.selecting["shop", "web"] = {"app": "web"}


def register(fake: Fake) -> None:
    """As the load balancer controller does: each ready pod is a target."""
    fake.registered[ARN] = {
        f"{pod.address}:80": "healthy" for pod in fake.running.values() if pod.ready and not pod.terminating
    }


def test_a_batch_ends_when_its_target_groups_are_as_healthy_as_before(fake: Fake) -> None:
    run = a_run()
    bind(fake, "ip")
    register(fake)
    for name in names(next_batch(fake, run)):
        drain(fake, asked(fake, name))
    fake.pass_time(GRACE + STARTING)
    gone = {f"{pod.address}:80" for pod in fake.evicted}
    fake.registered[ARN] = {target: state for target, state in fake.registered[ARN].items() if target not in gone}
    # Every pod is available again; the controller has not registered the new ones yet.
    assert fake.healthy("web") == 12
    with pytest.raises(Waiting, match="target group web/1 has 8 of 12 healthy"):
        settle(fake, run, 1)
    register(fake)
    assert settle(fake, run, 1)


def test_fewer_healthy_targets_are_enough_where_fewer_pods_are_desired(fake: Fake) -> None:
    run = a_run()
    bind(fake, "ip")
    register(fake)
    for name in names(next_batch(fake, run)):
        drain(fake, asked(fake, name))
    fake.desired[Owner("Deployment", "shop", "web")] = 8
    register(fake)
    assert settle(fake, run, 1)


def test_a_target_group_that_is_gone_misses_nothing(fake: Fake) -> None:
    run = a_run()
    bind(fake, "ip")
    register(fake)
    for name in names(next_batch(fake, run)):
        drain(fake, asked(fake, name))
    fake.pass_time(GRACE + STARTING)
    del fake.registered[ARN]
    assert settle(fake, run, 1)


def test_nodes_are_taken_out_of_load_balancers_whose_targets_are_instances(fake: Fake) -> None:
    run = a_run()
    bind(fake, "instance")
    fake.registered[ARN] = {f"i-old{number}:30080": "healthy" for number in range(6)}
    chosen = names(next_batch(fake, run))
    assert all(fake.known[name].labels == {EXCLUDED: "true"} for name in chosen)
    assert run.notes("next_batch")["excluded"] == sorted(chosen)


def test_nodes_stay_in_load_balancers_that_have_pods_as_targets(fake: Fake) -> None:
    bind(fake, "ip")
    next_batch(fake, a_run())
    assert "label" not in fake.calls


def test_a_wave_has_no_more_pods_than_the_new_nodes_have_room_for(fake: Fake) -> None:
    run = a_run(Share(number=6), waves=True)
    fake.known["new0"] = replace(fake.known["new0"], max_pods=4)
    fake.known["new1"] = replace(fake.known["new1"], max_pods=3)
    batch = next_batch(fake, run)
    assert batch.wave
    assert len(batch.nodes) == 3


def test_a_wave_has_a_node_even_where_there_is_no_room(fake: Fake) -> None:
    run = a_run(Share(number=6), waves=True)
    del fake.known["new0"], fake.known["new1"]
    assert len(next_batch(fake, run).nodes) == 1


def test_the_way_back_exchanges_nothing(fake: Fake) -> None:
    run = a_run(waves=True)
    fake.add_pod("new0")
    assert not next_batch(fake, run, "new").wave


def test_budgets_hold_over_a_whole_migration(fake: Fake) -> None:
    fake.budgets.append(Budget("web", 11))
    fewest = [12]
    pass_time = fake.pass_time

    def watch(seconds: float) -> None:
        for _ in range(int(seconds)):
            pass_time(1)
            fewest.append(fake.healthy("web"))

    fake.pass_time = watch  # type: ignore[method-assign]
    drain_all(fake, a_run())
    assert min(fewest) == 11
