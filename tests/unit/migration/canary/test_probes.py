"""Connections that network policies allow and deny are tried before and after, and compared."""

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nodenet.errors import AccessDenied, HeldError, Waiting
from nodenet.migration.canary.probe import ProbeBefore
from nodenet.migration.canary.probes import Probes
from nodenet.migration.cluster import Node, Owner, Pod, Workload
from nodenet.migration.objects import JobPod
from nodenet.migration.request import GroupWish, Probe, Request
from nodenet.migration.run import Run
from tests.unit.migration.record import Cut, CutOff, started

DB = Probe("shop", "app=web", "db.data", 5432)
METADATA = Probe("shop", "app=web", "169.254.169.254", 80, open=False)
OTHER = Probe("data", "app=db", "web.shop", 80, open=False)
WEB = Owner("Deployment", "shop", "web")


@dataclass
class Cluster:
    """`open`: what can be connected to, by host; `speaks` False: pods do not come to an end, for `why`."""

    cut: Cut = field(default_factory=Cut)
    open: set[str] = field(default_factory=lambda: {"db.data"})
    speaks: bool = True
    why: str = ""
    denied: str = ""
    available: int = 2
    there: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    made: list[dict[str, Any]] = field(default_factory=list)
    now: float = 5000.0
    running: list[Pod] = field(
        default_factory=lambda: [
            Pod("shop", "web-1", "u1", "old", WEB, labels={"app": "web", "pod-template-hash": "x"}),
            Pod("shop", "agent-1", "u2", "old", Owner("DaemonSet", "shop", "agent"), labels={"app": "agent"}),
            Pod("data", "db-0", "u3", "elsewhere", Owner("StatefulSet", "data", "db"), labels={"app": "db"}),
        ]
    )

    def probes(self) -> Probes:
        return Probes(self, self, self, self, lambda: self.now)

    def step(self) -> ProbeBefore:
        return ProbeBefore(self, self, self, self, self.probes())

    def nodes(self, labels: str = "") -> list[Node]:
        return [Node(name, f"u-{name}", f"i-{name}", "eu-west-1a") for name in ("old", "new", "elsewhere")]

    def instances(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        return {name: (f"i-{name[4:]}",) for name in groups}

    def pods(self, node: str = "", namespace: str = "", labels: str = "") -> list[Pod]:
        key, _, value = labels.partition("=")
        return [
            pod
            for pod in self.running
            if namespace in ("", pod.namespace) and (not key or pod.labels.get(key) == value)
        ]

    def workloads(self) -> list[Workload]:
        return [Workload(WEB, 3, self.available), Workload(Owner("StatefulSet", "data", "db"), 1, 1)]

    def start(self, manifest: Mapping[str, Any]) -> bool:
        if self.denied == manifest["metadata"]["namespace"]:
            raise AccessDenied('pods is forbidden: User "x" cannot create resource "pods"')
        key = manifest["metadata"]["namespace"], manifest["metadata"]["name"]
        if key in self.there:
            return False
        self.there[key] = dict(manifest)
        self.made.append(dict(manifest))
        self.cut.count()
        return True

    def pod(self, namespace: str, name: str) -> JobPod | None:
        manifest = self.there.get((namespace, name))
        if not manifest:
            return None
        found = Pod(namespace, name, "u", "n")
        if not self.speaks:
            return JobPod(found, None, self.why)
        checks = json.loads(manifest["spec"]["containers"][0]["command"][3])["checks"]
        results = {check["name"]: "" if check["host"] in self.open else "timed out" for check in checks}
        return JobPod(found, 0, json.dumps({"results": results}))

    def delete(self, namespace: str, name: str) -> bool:
        found = self.there.pop((namespace, name), None) is not None
        self.cut.count()
        return found


def a_run(*probes: Probe) -> Run:
    groups = [{"name": "web", "autoScalingGroups": ["asg-old"]}]
    new = {"web": {"autoScalingGroups": ["asg-new"]}}
    request = Request("prod", (GroupWish("web"),), probes=probes or (DB, METADATA, OTHER))
    return started(request, preflight={"facts": {"groups": groups}}, step_new_group={"groups": new})


def before(cluster: Cluster, run: Run) -> list[str]:
    for _ in range(10):
        with contextlib.suppress(Waiting):
            return cluster.probes().before(run)
    raise AssertionError("it waits forever")


def differing(cluster: Cluster, run: Run) -> list[str]:
    for _ in range(10):
        with contextlib.suppress(Waiting):
            return cluster.probes().differing(run)
    raise AssertionError("it waits forever")


def node_of(manifest: Mapping[str, Any]) -> str:
    terms = manifest["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def test_what_is_as_before_is_nothing_to_tell_and_no_pod_is_left() -> None:
    cluster, run = Cluster(), a_run()
    assert before(cluster, run) == []
    assert differing(cluster, run) == []
    assert not cluster.there


def test_one_pod_tries_all_probes_of_its_kind_and_has_its_labels() -> None:
    cluster, run = Cluster(), a_run()
    before(cluster, run)
    assert [each["metadata"]["namespace"] for each in cluster.made] == ["shop", "data"]
    assert cluster.made[0]["metadata"]["labels"] == {"app": "web"}
    checks = json.loads(cluster.made[0]["spec"]["containers"][0]["command"][3])["checks"]
    assert [(each["host"], each["port"]) for each in checks] == [("db.data", 5432), ("169.254.169.254", 80)]


def test_before_they_run_on_old_nodes_and_afterwards_on_new_ones() -> None:
    cluster, run = Cluster(), a_run(DB)
    before(cluster, run)
    differing(cluster, run)
    assert [node_of(each) for each in cluster.made] == ["old", "new"]


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (set(), "probes[0], from shop as app=web to db.data:5432, is closed today (timed out), and is to be open"),
        ({"db.data", "web.shop"}, "probes[2], from data as app=db to web.shop:80, is open today, and is to be closed"),
    ],
)
def test_a_probe_that_is_wrong_today_holds_before_anything_is_changed(opened: set[str], told: str) -> None:
    cluster, run = Cluster(open=opened), a_run()
    with pytest.raises(HeldError) as caught:
        before(cluster, run)
    assert told in str(caught.value)
    assert not cluster.there


def test_resumed_after_it_was_mended_it_is_tried_anew() -> None:
    cluster, run = Cluster(open=set()), a_run()
    with pytest.raises(HeldError):
        before(cluster, run)
    cluster.open = {"db.data"}
    assert before(cluster, run) == []


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (set(), ["probes[0], from shop as app=web to db.data:5432, was open and is timed out"]),
        (
            {"db.data", "169.254.169.254"},
            ["probes[1], from shop as app=web to 169.254.169.254:80, was closed and is open"],
        ),
    ],
)
def test_what_answers_otherwise_afterwards_is_told(opened: set[str], told: list[str]) -> None:
    cluster, run = Cluster(), a_run()
    before(cluster, run)
    cluster.open = opened
    assert differing(cluster, run) == told
    cluster.open = {"db.data"}
    assert differing(cluster, run) == []


def test_a_pod_that_gets_no_address_before_does_not_hold_a_cluster_that_has_none_left() -> None:
    cluster, run = Cluster(speaks=False, why="Unschedulable: 0/9 nodes: Too many pods"), a_run(DB)
    with contextlib.suppress(Waiting):
        cluster.probes().before(run)
    with pytest.raises(Waiting, match="Too many pods"):
        cluster.probes().before(run)
    cluster.now += 181
    (untested,) = before(cluster, run)
    assert "is not tested: Unschedulable: 0/9 nodes: Too many pods" in untested
    assert not cluster.there


@pytest.mark.parametrize(("opened", "count"), [({"db.data"}, 0), (set(), 1)])
def test_then_the_request_says_what_is_right_afterwards(opened: set[str], count: int) -> None:
    cluster, run = Cluster(speaks=False), a_run(DB)
    with contextlib.suppress(Waiting):
        cluster.probes().before(run)
    cluster.now += 181
    before(cluster, run)
    cluster.speaks, cluster.open = True, opened
    assert len(differing(cluster, run)) == count


def test_one_that_cannot_be_tried_afterwards_is_told() -> None:
    cluster, run = Cluster(), a_run(DB)
    before(cluster, run)
    cluster.speaks, cluster.why = False, "ImagePullBackOff"
    with contextlib.suppress(Waiting):
        cluster.probes().differing(run)
    cluster.now += 181
    (told,) = differing(cluster, run)
    assert told.endswith("was open and is not tested: ImagePullBackOff")


def test_a_selector_that_no_pod_has_proves_nothing() -> None:
    cluster, run = Cluster(), a_run(replace(DB, selector="app=none"))
    with pytest.raises(HeldError, match="no pod in shop has app=none"):
        before(cluster, run)


def test_rights_that_are_missing_are_told_with_the_way_to_give_them() -> None:
    cluster, run = Cluster(denied="data"), a_run()
    with pytest.raises(AccessDenied, match="rolebinding nodenet-probes -n data --clusterrole=nodenet-probes"):
        before(cluster, run)


def test_without_probes_nothing_is_asked() -> None:
    run = started(Request("prod", (GroupWish("web"),)))
    cluster = Cluster()
    assert cluster.probes().differing(run) == []
    assert not cluster.made


@pytest.mark.parametrize("calls", range(5))
def test_wherever_it_is_cut_off_nothing_is_left(calls: int) -> None:
    cluster, run = Cluster(cut=Cut(after=calls)), a_run()
    with contextlib.suppress(CutOff):
        before(cluster, run)
    cluster.cut.after = None
    assert before(cluster, run) == []
    assert len(cluster.made) == 2
    assert not cluster.there


class TestStep:
    def test_it_keeps_what_owners_of_pods_on_old_nodes_have(self) -> None:
        cluster, run = Cluster(), started(Request("prod", (GroupWish("web"),)), preflight=facts())
        said = cluster.step().forward(run, run.notes("probe"))
        assert said == "1 owners of pods on the old nodes counted"
        assert run.part("workloads")["owners"] == {"Deployment/shop/web": {"desired": 3, "available": 2}}

    def test_the_first_count_stays(self) -> None:
        cluster, run = Cluster(), a_run()
        with contextlib.suppress(Waiting):
            cluster.step().forward(run, run.notes("probe"))
        cluster.available = 0
        said = cluster.step().forward(run, run.notes("probe"))
        assert said == "1 owners of pods on the old nodes counted; 3 of 3 probes answer as they should"
        assert run.part("workloads")["owners"]["Deployment/shop/web"]["available"] == 2

    def test_the_way_back_takes_its_pods_away(self) -> None:
        cluster, run = Cluster(), a_run()
        with contextlib.suppress(Waiting):
            cluster.step().forward(run, run.notes("probe"))
        assert cluster.there
        cluster.step().back(run, run.notes("probe"))
        assert not cluster.there


def facts() -> dict[str, Any]:
    return {"facts": {"groups": [{"name": "web", "autoScalingGroups": ["asg-old"]}]}}
