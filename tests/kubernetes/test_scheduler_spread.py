"""Which of several nodes a pod gets, and pods that mind where others are. Source: "Pod Topology Spread Constraints",
"Assigning Pods to Nodes" (Inter-pod affinity and anti-affinity)."""

from collections import Counter
from typing import Any

import pytest
from lightkube.resources.core_v1 import Node, Pod

from tests.kubernetes.workload_stage import Stage, condition, eventually, pod, says, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
WEB = {"matchLabels": {"app": "web"}}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def placed(stage: Stage, count: int) -> list[Any]:
    return eventually(lambda: [p for p in [[e for e in stage.pods() if e.spec.nodeName]] if len(p) == count])[0]


def by(stage: Stage, key: str, pods: list[Any]) -> dict[str, int]:
    nodes = {each.metadata.name: each.metadata.labels[key] for each in stage.client.list(Node)}
    return dict(Counter(nodes[each.spec.nodeName] for each in pods))


def spread(key: str, skew: int = 1, how: str = "DoNotSchedule", **more: Any) -> dict[str, Any]:
    return {"topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": how, "labelSelector": WEB, **more}


def refused(stage: Stage) -> str:
    waiting = eventually(lambda: [each for each in stage.pods() if says(each, "PodScheduled", "False")])
    return str(condition(waiting[0], "PodScheduled").message)


def three_zones(stage: Stage, nodes: int = 2) -> None:
    for zone in "abc":
        for number in range(nodes):
            stage.node(f"{zone}{number}", zone)


def test_the_pods_of_a_set_are_spread_without_being_asked(stage: Stage) -> None:
    """The built-in default constraints, over nodes and zones."""
    three_zones(stage)
    stage.make(workload("Deployment", "web", replicas=6))
    found = placed(stage, 6)
    assert by(stage, HOST, found) == dict.fromkeys(("a0", "a1", "b0", "b1", "c0", "c1"), 1)
    assert by(stage, ZONE, found) == {"a": 2, "b": 2, "c": 2}


def test_others_pods_do_not_count(stage: Stage) -> None:
    """By the number of pods alone all four would be on the node that is empty."""
    stage.node("full")
    stage.node("empty")
    stage.make(*(pod(f"other-{number}", nodeSelector={HOST: "full"}) for number in range(5)))
    placed(stage, 5)
    stage.make(workload("Deployment", "web", replicas=4))
    found = placed(stage, 9)
    assert by(stage, HOST, [each for each in found if each.metadata.labels]) == {"full": 2, "empty": 2}


class TestTopologySpread:
    def test_the_skew_between_zones_is_kept(self, stage: Stage) -> None:
        """Zones of unlike size: by nodes alone it would be 3, 1, 1."""
        for name, zone in (("a0", "a"), ("a1", "a"), ("a2", "a"), ("b0", "b"), ("c0", "c")):
            stage.node(name, zone)
        stage.make(workload("Deployment", "web", replicas=6, pod={"topologySpreadConstraints": [spread(ZONE)]}))
        assert by(stage, ZONE, placed(stage, 6)) == {"a": 2, "b": 2, "c": 2}

    def test_what_would_exceed_the_skew_waits(self, stage: Stage) -> None:
        stage.node("a0", "a")
        stage.node("b0", "b", pods=1)
        stage.make(workload("Deployment", "web", replicas=4, pod={"topologySpreadConstraints": [spread(ZONE)]}))
        assert by(stage, ZONE, placed(stage, 3)) == {"a": 2, "b": 1}
        message = refused(stage)
        assert "1 node(s) didn't match pod topology spread constraints" in message
        assert "1 Too many pods" in message

    def test_a_node_without_the_label_cannot_have_it(self, stage: Stage) -> None:
        stage.node("a0")
        stage.make(pod("one", {"app": "web"}, topologySpreadConstraints=[spread("rack")]))
        assert "1 node(s) didn't match pod topology spread constraints (missing required label)" in refused(stage)

    def test_schedule_anyway_prefers_and_does_not_insist(self, stage: Stage) -> None:
        stage.node("a0", "a")
        stage.node("b0", "b", pods=1)
        constraint = spread(ZONE, how="ScheduleAnyway")
        stage.make(workload("Deployment", "web", replicas=4, pod={"topologySpreadConstraints": [constraint]}))
        assert by(stage, ZONE, placed(stage, 4)) == {"a": 3, "b": 1}

    def test_domains_that_are_too_few_count_as_empty_ones(self, stage: Stage) -> None:
        """minDomains."""
        stage.node("a0", "a")
        constraint = spread(ZONE, minDomains=2)
        stage.make(workload("Deployment", "web", replicas=2, pod={"topologySpreadConstraints": [constraint]}))
        assert "didn't match pod topology spread constraints" in refused(stage)
        stage.node("b0", "b")
        assert by(stage, ZONE, placed(stage, 2)) == {"a": 1, "b": 1}

    @pytest.mark.parametrize(("policy", "waits"), [("Ignore", True), ("Honor", False)])
    def test_tainted_nodes_count_unless_taints_are_honoured(self, stage: Stage, policy: str, waits: bool) -> None:
        stage.node("a0", "a")
        stage.node("b0", "b", taints=[{"key": "mine", "effect": "NoSchedule"}])
        constraint = spread(ZONE, nodeTaintsPolicy=policy)
        stage.make(workload("Deployment", "web", replicas=2, pod={"topologySpreadConstraints": [constraint]}))
        if waits:
            assert "didn't match pod topology spread constraints" in refused(stage)
        else:
            assert by(stage, ZONE, placed(stage, 2)) == {"a": 2}


class TestPodAffinity:
    def test_required_anti_affinity_keeps_pods_apart(self, stage: Stage) -> None:
        stage.node("a0")
        stage.node("a1")
        term = {"labelSelector": WEB, "topologyKey": HOST}
        affinity = {"podAntiAffinity": {REQUIRED: [term]}}
        stage.make(workload("Deployment", "web", replicas=3, pod={"affinity": affinity}))
        assert by(stage, HOST, placed(stage, 2)) == {"a0": 1, "a1": 1}
        assert "2 node(s) didn't match pod anti-affinity rules" in refused(stage)

    def test_a_pod_that_is_there_keeps_others_away(self, stage: Stage) -> None:
        stage.node("a0")
        affinity = {"podAntiAffinity": {REQUIRED: [{"labelSelector": WEB, "topologyKey": ZONE}]}}
        stage.make(pod("hermit", affinity=affinity))
        placed(stage, 1)
        stage.make(pod("one", {"app": "web"}))
        assert "1 node(s) didn't satisfy existing pods anti-affinity rules" in refused(stage)

    def test_required_affinity_brings_pods_to_others(self, stage: Stage) -> None:
        three_zones(stage, 1)
        stage.make(pod("one", {"app": "web"}, nodeSelector={ZONE: "b"}))
        placed(stage, 1)
        affinity = {"podAffinity": {REQUIRED: [{"labelSelector": WEB, "topologyKey": ZONE}]}}
        stage.make(pod("two", affinity=affinity))
        assert by(stage, ZONE, placed(stage, 2)) == {"b": 2}

    def test_the_first_of_pods_that_want_to_be_together_may_start(self, stage: Stage) -> None:
        three_zones(stage, 1)
        affinity = {"podAffinity": {REQUIRED: [{"labelSelector": WEB, "topologyKey": ZONE}]}}
        stage.make(workload("Deployment", "web", replicas=3, pod={"affinity": affinity}))
        assert list(by(stage, ZONE, placed(stage, 3)).values()) == [3]

    def test_affinity_to_pods_that_are_nowhere_waits(self, stage: Stage) -> None:
        stage.node("a0")
        affinity = {"podAffinity": {REQUIRED: [{"labelSelector": WEB, "topologyKey": ZONE}]}}
        stage.make(pod("two", affinity=affinity))
        assert "1 node(s) didn't match pod affinity rules" in refused(stage)

    @pytest.mark.parametrize(("kind", "zone"), [("podAffinity", "b"), ("podAntiAffinity", "a")])
    def test_preferred_terms_decide_between_nodes(self, stage: Stage, kind: str, zone: str) -> None:
        stage.node("a0", "a")
        stage.node("b0", "b")
        stage.make(pod("one", {"app": "web"}, nodeSelector={ZONE: "b"}))
        placed(stage, 1)
        term = {"weight": 100, "podAffinityTerm": {"labelSelector": WEB, "topologyKey": ZONE}}
        stage.make(pod("two", affinity={kind: {PREFERRED: [term]}}))
        placed(stage, 2)
        assert by(stage, ZONE, [stage.get(Pod, "two")]) == {zone: 1}


def test_a_preferred_node_affinity_decides_between_nodes(stage: Stage) -> None:
    stage.node("a0")
    stage.node("a1", labels={"disk": "ssd"})
    term = {"weight": 100, "preference": {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}}
    stage.make(pod("one", affinity={"nodeAffinity": {PREFERRED: [term]}}))
    assert placed(stage, 1)[0].spec.nodeName == "a1"


def test_a_node_that_is_tainted_by_preference_comes_last(stage: Stage) -> None:
    stage.node("a0", taints=[{"key": "mine", "effect": "PreferNoSchedule"}])
    stage.node("a1")
    stage.make(pod("one"))
    assert placed(stage, 1)[0].spec.nodeName == "a1"
