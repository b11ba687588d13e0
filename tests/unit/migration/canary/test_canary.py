"""The gate: what a canary finds, and what becomes of it. Sources: facts of the network that `nodenet.migration.canary`
names where it checks them."""

import contextlib
import json
from dataclasses import replace

import pytest

from nodenet.errors import AccessDenied, HeldError, Waiting
from nodenet.migration.cluster import Pod
from nodenet.migration.request import GroupWish, Mode, SubnetWish
from nodenet.migration.run import Run
from tests.unit.migration.canary.stage import CIDRS, REQUEST, ZONES, Cluster, a_run
from tests.unit.migration.record import Cut, CutOff

DNS = {"results": {"dns": "gaierror: try again", "readyz": ""}}


def forward(cluster: Cluster, run: Run) -> str:
    return cluster.step().forward(run, run.notes("canary"))


def passed(cluster: Cluster, run: Run) -> str:
    """Called as the state machine does, until it does not wait any more."""
    for _ in range(20):
        with contextlib.suppress(Waiting):
            return forward(cluster, run)
    raise AssertionError("it waits forever")


def waits(cluster: Cluster, run: Run) -> str:
    with pytest.raises(Waiting) as caught:
        forward(cluster, run)
    # State machines know it by its class's own name.
    assert type(caught.value) is Waiting
    return str(caught.value)


def held(cluster: Cluster, run: Run) -> str:
    with pytest.raises(HeldError) as caught:
        passed(cluster, run)
    return str(caught.value)


def test_all_is_tried_in_every_zone_and_nothing_left_behind() -> None:
    cluster, run = Cluster(), a_run()
    said = passed(cluster, run)
    assert said.startswith("2 canaries in 2 zones resolve names")
    assert "not tested" not in said
    assert len(cluster.made) == 4
    assert not cluster.jobs
    verdicts = run.notes("canary")["verdicts"]
    assert verdicts["eu-west-1b"] == {
        "canaries": {"web": {"node": "new-b", "address": "100.64.32.7"}},
        "fromOld": "reached",
    }


def test_the_api_server_asks_each_several_times_in_a_row() -> None:
    cluster, run = Cluster(), a_run()
    waits(cluster, run)
    waits(cluster, run)
    assert sorted(cluster.asked) == ["100.64.0.7"] * 5 + ["100.64.32.7"] * 5


def test_new_pods_ask_a_coredns_pod_at_its_old_address_first_of_all() -> None:
    cluster, run = Cluster(), a_run()
    waits(cluster, run)
    checks = cluster.config("new-b")["checks"]
    assert [check["name"] for check in checks] == ["dns", "readyz", "10.0.0.10:53", "10.0.9.9:53"]


def test_old_pods_ask_the_canaries_of_all_zones() -> None:
    cluster, run = Cluster(), a_run()
    waits(cluster, run)
    assert "try to reach the canaries" in waits(cluster, run)
    assert [check["name"] for check in cluster.config("old-a")["checks"]] == ["100.64.0.7:8080", "100.64.32.7:8080"]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [("dns", "port 53"), ("readyz", "port 443"), ("10.0.0.10:53", "New addresses do not reach old ones")],
)
def test_a_check_that_fails_says_where_and_what_that_means(name: str, meaning: str) -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-b", exit_code=1, message=json.dumps({"results": {name: "timed out", "fine": ""}}))
    said = held(cluster, run)
    assert f"canary in eu-west-1b (group web): {name}: timed out" in said
    assert meaning in said
    assert "route tables" in said
    assert "eu-west-1a" not in said
    assert "fine" not in said
    assert not cluster.jobs


def test_a_failure_without_words_is_one_too() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", exit_code=1, message="Traceback")
    assert "its checks did not pass: Traceback" in held(cluster, run)


def test_an_image_without_python_is_told_as_kubernetes_tells_it() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", exit_code=128, message='exec: "python3": executable file not found')
    assert "executable file not found" in held(cluster, run)


def test_one_that_ends_before_it_was_asked_proves_nothing() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", exit_code=0)
    assert "was to serve" in held(cluster, run)


def test_a_pod_that_does_not_start_is_waited_for_and_then_held_with_its_reason() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", address="", message="ImagePullBackOff: mirror/python:3")
    waits(cluster, run)
    assert "1 of 2 canaries are ready, not eu-west-1a (group web): ImagePullBackOff" in waits(cluster, run)
    cluster.now += 901
    said = held(cluster, run)
    assert "ImagePullBackOff" in said
    assert "for 900 s" in said
    assert "canary.image" in said
    assert not cluster.jobs


def test_a_control_plane_that_does_not_know_the_range_yet_is_waited_for() -> None:
    """ "It can take up to one hour": Amazon EKS User Guide, network requirements."""
    cluster, run = Cluster(), a_run()
    status = json.dumps({"kind": "Status", "code": 503, "message": "error trying to reach service: i/o timeout"})
    cluster.unreached = lambda pod: (503, status) if pod.address.startswith("100.64.32.") else None
    waits(cluster, run)
    said = waits(cluster, run)
    assert "does not reach the canary in eu-west-1b (group web) at 100.64.32.7: 503 error trying" in said
    assert "eu-west-1a" not in said
    cluster.unreached = lambda pod: None
    assert passed(cluster, run)


def test_one_that_never_knows_it_is_held() -> None:
    cluster, run = Cluster(), a_run()
    cluster.unreached = lambda pod: (504, "no answer within 12 s")
    waits(cluster, run)
    waits(cluster, run)
    cluster.now += 901
    assert "up to an hour" in held(cluster, run)


def test_one_server_of_several_that_does_not_know_it_is_found() -> None:
    cluster, run = Cluster(), a_run()
    cluster.unreached = lambda pod: (503, "") if cluster.asked.count(pod.address) % 5 == 4 else None
    waits(cluster, run)
    assert "does not reach" in waits(cluster, run)


def test_somebody_else_at_that_address_is_not_the_canary() -> None:
    cluster, run = Cluster(), a_run()
    cluster.unreached = lambda pod: (200, json.dumps({"name": "other"}))
    waits(cluster, run)
    assert "does not reach" in waits(cluster, run)


def test_an_address_of_the_old_range_is_no_success() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", address="10.0.0.44")
    said = held(cluster, run)
    assert "has 10.0.0.44, which is not in 100.64.0.0/19" in said
    assert "ENIConfig" in said


def test_nor_is_one_of_another_zones_subnet() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-a", address="100.64.32.9")
    assert "not in 100.64.0.0/19" in held(cluster, run)


def test_where_a_zone_has_several_subnets_the_label_says_which() -> None:
    group = GroupWish("web", eni_config="blue")
    run = a_run(replace(REQUEST, groups=(group,)), zones=["eu-west-1a"])
    subnets = [
        {"zone": zone, "cidr": cidr, "label": label}
        for zone, cidr, label in (
            ("eu-west-1a", "100.64.0.0/20", "blue"),
            ("eu-west-1a", "100.64.16.0/20", "green"),
            ("eu-west-1b", "100.64.32.0/20", "red"),
        )
    ]
    run.notes("extend_vpc").note(podSubnets=subnets)
    cluster = Cluster()
    for letter in ("new-b", "old-b"):
        del cluster.named[letter]
    cluster.change("new-a", address="100.64.17.1")
    assert "not in 100.64.0.0/20" in held(cluster, run)


def test_a_zone_without_a_pod_subnet_is_held() -> None:
    run = a_run()
    run.notes("extend_vpc").note(podSubnets=[{"zone": "eu-west-1a", "cidr": CIDRS["eu-west-1a"], "label": ""}])
    assert "has nodes in eu-west-1b, for which the run has no pod subnet" in held(Cluster(), run)


def test_in_mode_node_subnets_addresses_are_of_the_new_node_subnets() -> None:
    wishes = tuple(SubnetWish(zone, cidr=CIDRS[zone]) for zone in ZONES)
    request = replace(REQUEST, mode=Mode.NODE_SUBNETS, pod_subnets=(), node_subnets=wishes)
    cluster = Cluster()
    assert passed(cluster, a_run(request))
    cluster.change("new-a", address="10.0.0.44")
    assert "not in 100.64.0.0/19" in held(cluster, a_run(request))


def test_old_pods_that_do_not_reach_new_ones_are_a_verdict() -> None:
    cluster, run = Cluster(), a_run()
    results = {"100.64.32.7:8080": "timed out", "100.64.0.7:8080": ""}
    cluster.change("old-a", exit_code=1, message=json.dumps({"results": results}))
    said = held(cluster, run)
    assert (
        "canary on an old node of eu-west-1a: canary in eu-west-1b (group web) at 100.64.32.7:8080: timed out" in said
    )
    assert "Old addresses do not reach new ones" in said


def test_an_old_node_without_a_slot_is_not_asked_and_that_is_said() -> None:
    cluster, run = Cluster(), a_run()
    cluster.named["old-a"] = replace(cluster.named["old-a"], max_pods=2)
    said = passed(cluster, run)
    assert "not tested: from old nodes of eu-west-1a: no old node there has room for a pod" in said
    assert run.notes("canary")["verdicts"]["eu-west-1a"]["fromOld"] == "not tested"
    assert run.notes("canary")["verdicts"]["eu-west-1b"]["fromOld"] == "reached"


def test_a_finished_pod_takes_no_slot() -> None:
    cluster, run = Cluster(), a_run()
    cluster.named["old-a"] = replace(cluster.named["old-a"], max_pods=2)
    cluster.running[2] = replace(cluster.running[2], phase="Succeeded")
    assert "not tested" not in passed(cluster, run)


def test_an_old_node_that_has_no_address_left_is_not_waited_for_forever() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("old-b", address="", exit_code=None, message="ContainerCreating")
    waits(cluster, run)
    waits(cluster, run)
    assert "eu-west-1b" in waits(cluster, run)
    cluster.now += 121
    assert "not tested: from old nodes of eu-west-1b: ContainerCreating" in passed(cluster, run)


def test_a_pod_on_an_old_node_that_has_an_address_is_waited_for() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("old-b", exit_code=None)
    waits(cluster, run)
    waits(cluster, run)
    cluster.now += 121
    assert "eu-west-1b" in waits(cluster, run)


def test_without_coredns_that_way_is_not_tested() -> None:
    cluster, run = Cluster(), a_run()
    cluster.running = [replace(pod, ready=False) for pod in cluster.running]
    assert "not tested: new pods to old ones: no CoreDNS pod is ready" in passed(cluster, run)


def test_a_zone_whose_node_is_to_come_is_waited_for() -> None:
    cluster, run = Cluster(), a_run()
    cluster.named["new-b"] = replace(cluster.named["new-b"], ready=False)
    assert waits(cluster, run) == "group web-new has no node that is ready in eu-west-1b"
    cluster.now += 901
    assert "instances and their kubelets" in held(cluster, run)


@pytest.mark.parametrize("how", [{"made": False}, {"desired": 1}])
def test_a_zone_in_which_the_new_group_has_none_is_not_tested(how: dict[str, int]) -> None:
    cluster, run = Cluster(), a_run(**how)  # type: ignore[arg-type]
    del cluster.named["new-b"]
    assert "not tested: eu-west-1b for group web, which has no node there" in passed(cluster, run)


def test_cordoned_new_nodes_get_no_addresses_and_are_not_tried() -> None:
    """amazon-vpc-cni-k8s, pkg/ipamd, isNodeNonSchedulable."""
    cluster, run = Cluster(), a_run()
    cluster.named["new-b"] = replace(cluster.named["new-b"], unschedulable=True)
    assert "has no node that is ready in eu-west-1b" in waits(cluster, run)


def test_resumed_after_a_verdict_it_tries_all_anew() -> None:
    cluster, run = Cluster(), a_run()
    cluster.change("new-b", exit_code=1, message=json.dumps(DNS))
    held(cluster, run)
    before = set(cluster.made)
    cluster.change("new-b", exit_code=None, message="")
    cluster.now += 4000
    assert passed(cluster, run)
    assert before.isdisjoint(cluster.made[len(before) :])


def test_rights_that_are_missing_hold_it() -> None:
    cluster, run = Cluster(), a_run()

    def refused(pod: Pod) -> tuple[int, str]:
        raise AccessDenied("pods is forbidden")

    cluster.unreached = refused
    with pytest.raises(AccessDenied):
        passed(cluster, run)
    assert not cluster.jobs


@pytest.mark.parametrize("calls", range(7))
def test_wherever_it_is_cut_off_it_goes_on_and_leaves_nothing(calls: int) -> None:
    cluster, run = Cluster(cut=Cut(after=calls)), a_run()
    with contextlib.suppress(CutOff):
        passed(cluster, run)
    cluster.cut.after = None
    assert passed(cluster, run).startswith("2 canaries in 2 zones")
    assert not cluster.jobs
    assert len(cluster.made) == 4


def test_taken_again_after_its_end_it_starts_nothing() -> None:
    cluster, run = Cluster(), a_run()
    said = passed(cluster, run)
    assert forward(cluster, run) == said
    assert len(cluster.made) == 4


def test_the_way_back_takes_away_what_was_left() -> None:
    cluster, run = Cluster(), a_run()
    waits(cluster, run)
    assert cluster.jobs
    assert cluster.step().back(run, run.notes("canary")) == "canaries taken away"
    assert not cluster.jobs


def test_and_nothing_where_nothing_was_started() -> None:
    cluster, run = Cluster(), a_run()
    assert cluster.step().back(run, run.notes("canary")) == "no canary was started"
    assert not cluster.cleared
