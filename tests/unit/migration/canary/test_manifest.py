"""The pods that try a network out: what Kubernetes asks of them, and what must not befall them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.kubernetes.rules.pod_security import violation
from nodenet.kubernetes.canaries import LABELS
from nodenet.migration.canary.manifest import NAMESPACE, OWN, canary, digest, probe, tcp
from nodenet.migration.cluster import UNVERIFIED, Node, Taint
from tests.manifests.objects import validate

NODE = Node("n1", "u1", "i-1", "eu-west-1a", taints=(Taint(UNVERIFIED, "NoSchedule"),))
PRODUCTION = {"app": "web", "tier": "front", "pod-template-hash": "5d4f", "batch.kubernetes.io/job-name": "x"}


def a_canary(*nodes: Node, **how: Any) -> dict[str, Any]:
    checks = [*OWN, tcp("10.0.0.9", 53)]
    return canary("canary-1", "mirror/python:3", nodes or (NODE,), checks, 1200, **{"serves": True, **how})


def a_probe(*nodes: Node) -> dict[str, Any]:
    return probe("nodenet-probe-1", "shop", PRODUCTION, "mirror/python:3", nodes or (NODE,), [tcp("db", 5432)])


def specs() -> list[Any]:
    return [a_canary()["spec"]["template"]["spec"], a_probe()["spec"]]


@pytest.mark.parametrize("manifest", [a_canary(), a_canary(serves=False), a_probe()])
def test_kubernetes_knows_every_field(manifest: dict[str, Any]) -> None:
    validate(manifest)


@pytest.mark.parametrize("spec", specs())
def test_a_namespace_of_the_level_restricted_takes_it(spec: dict[str, Any]) -> None:
    """ "Pod Security Standards"."""
    assert violation({"metadata": {"labels": dict(LABELS)}}, spec) is None


@pytest.mark.parametrize("spec", specs())
def test_it_has_no_token_little_resources_and_no_second_try(spec: dict[str, Any]) -> None:
    assert spec["automountServiceAccountToken"] is False
    assert spec["restartPolicy"] == "Never"
    assert spec["containers"][0]["resources"]["requests"] == {"cpu": "10m", "memory": "32Mi"}


def test_no_mesh_comes_in_and_nobody_moves_it() -> None:
    """ "Controlling the injection policy" (Istio); "Automatic Proxy Injection" (Linkerd); "Disruption" (Karpenter)."""
    template = a_canary()["spec"]["template"]["metadata"]
    assert template["labels"]["sidecar.istio.io/inject"] == "false"
    for notes in (template["annotations"], a_probe()["metadata"]["annotations"]):
        assert notes["linkerd.io/inject"] == "disabled"
        assert notes["karpenter.sh/do-not-disrupt"] == "true"


def test_it_runs_on_these_nodes_and_no_others() -> None:
    """matchFields takes one name each; terms are alternatives (NodeSelectorTerm v1 core)."""
    names = [f"n{number}" for number in range(150)]
    spec = a_canary(*(replace(NODE, name=name) for name in names))["spec"]["template"]["spec"]
    affinity = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    found = [term["matchFields"] for term in affinity["nodeSelectorTerms"]]
    assert found == [[{"key": "metadata.name", "operator": "In", "values": [name]}] for name in names[:100]]


def test_it_tolerates_what_owners_taint_nodes_with_and_not_what_befalls_them() -> None:
    taints = (Taint("team", "NoExecute", "a"), Taint("node.kubernetes.io/disk-pressure", "NoSchedule"))
    found = a_canary(replace(NODE, taints=taints))["spec"]["template"]["spec"]["tolerations"]
    assert found == [
        {"key": UNVERIFIED, "operator": "Exists", "effect": "NoSchedule"},
        {"key": "team", "operator": "Exists", "effect": "NoExecute"},
    ]


def test_on_an_old_node_it_tolerates_the_cordon() -> None:
    found = a_canary(replace(NODE, unschedulable=True))["spec"]["template"]["spec"]["tolerations"]
    assert {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"} in found


def test_a_job_ends_by_itself_whatever_becomes_of_the_run() -> None:
    job = a_canary()
    assert job["metadata"]["namespace"] == NAMESPACE
    assert (job["spec"]["activeDeadlineSeconds"], job["spec"]["ttlSecondsAfterFinished"]) == (1200, 600)


def test_a_verdict_fails_the_job_at_once_and_a_lost_node_does_not() -> None:
    """ "Pod failure policy": DisruptionTarget is on pods that were taken away."""
    verdict, lost = a_canary()["spec"]["podFailurePolicy"]["rules"]
    assert (verdict["action"], verdict["onExitCodes"]["values"]) == ("FailJob", [1])
    assert (lost["action"], lost["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")


def test_one_that_serves_is_asked_whether_it_is_ready() -> None:
    container = a_canary()["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["port"] == container["ports"][0]["containerPort"]
    assert json.loads(container["command"][3])["serve"] == container["ports"][0]["containerPort"]
    assert "readinessProbe" not in a_canary(serves=False)["spec"]["template"]["spec"]["containers"][0]


def test_a_probe_has_the_labels_that_policies_see_and_none_of_a_controllers() -> None:
    """With pod-template-hash a ReplicaSet would take it for its own ("ReplicaSet", Non-Template Pod acquisitions)."""
    assert a_probe()["metadata"]["labels"] == {"app": "web", "tier": "front"}


def test_a_probe_is_never_ready_so_that_services_send_it_nothing() -> None:
    """ "Pod readiness": a gate without a condition is closed. It has no owner for a budget to ask for its scale."""
    spec = a_probe()["spec"]
    assert spec["readinessGates"] == [{"conditionType": "nodenet/probe"}]
    assert "ownerReferences" not in a_probe()["metadata"]


def test_a_probe_waits_until_policies_hold_for_it() -> None:
    config = json.loads(a_probe()["spec"]["containers"][0]["command"][3])
    assert (config["delay"], config["strict"]) == (10, False)


def test_names_are_the_same_for_the_same_and_no_others() -> None:
    assert digest("r", 1, "a") == digest("r", 1, "a") != digest("r", 2, "a")
