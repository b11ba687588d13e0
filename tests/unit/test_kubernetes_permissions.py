"""What each method may do is what it does: the verbs that it is marked with, and the requests that it makes."""

from collections.abc import Callable
from dataclasses import replace
from operator import methodcaller
from typing import Any

import httpx2
import pytest

from nodenet.kubernetes.access import GIVEN, Need, needed_by, needs
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.canaries import NAMESPACE, Canaries
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.karpenter import Karpenter
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.permissions import PROBES, STEPS, _role, cluster_role, group, manifest
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.probe_pods import ProbePods
from nodenet.kubernetes.survey import KubernetesSurvey
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.cluster import Owner, Pod, Taint
from tests.unit.kubernetes_server import Answer, Server, ok, refused

POD = Pod("shop", "web-1", "u-1", "n")
KINDS = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
JOB = {"metadata": {"name": "canary-a", "namespace": NAMESPACE}}


def owned(number: int) -> dict[str, Any]:
    owner = {"kind": "ReplicaSet", "name": f"r-{number}", "uid": f"r-{number}", "controller": True}
    return {"metadata": {"name": "web-1", "namespace": "shop", "uid": "u-1", "ownerReferences": [owner]}}


class Answers:
    """Whatever makes a method ask for all that it can ask for: many pods and few, by turns."""

    def __init__(self) -> None:
        self._lists = 0

    def __call__(self, request: httpx2.Request) -> Answer:
        path = request.url.path
        if path.endswith("/eviction"):
            return refused(409, "Conflict", "another")
        if request.method == "GET" and path.endswith("/pods/web-1"):
            return ok(owned(0))
        if request.method == "GET" and path.endswith("/pods"):
            self._lists += 1
            return ok({"items": [owned(number) for number in range(21 if self._lists % 2 else 1)]})
        return ok({"items": [], "metadata": {"name": "n", "resourceVersion": "1"}, "spec": {"subnet": "s"}})


def twice(adapter: Any) -> None:
    """The pods, each time for the first time."""
    for _ in range(2):
        type(adapter)(adapter._connection).pods()


CALLS: dict[Callable[..., object], Callable[[Any], object]] = {
    Nodes.nodes: lambda it: it.nodes(),
    Nodes.node: lambda it: it.node("n"),
    Nodes.cordon: lambda it: it.cordon("n"),
    Nodes.uncordon: lambda it: it.uncordon("n"),
    Nodes.label: lambda it: it.label("n", {"a": "b"}),
    Nodes.taint: lambda it: it.taint("n", Taint("a", "NoSchedule")),
    Pods.pods: twice,
    Pods.pod: lambda it: it.pod("shop", "web-1"),
    Pods.evict: lambda it: it.evict(POD),
    Pods.delete: lambda it: it.delete(POD),
    Pods.attached: lambda it: it.attached("n"),
    Pods.volumes: lambda it: it.volumes([replace(POD, claims=("data",))]),
    Workloads.workloads: lambda it: it.workloads(),
    Workloads.budgets: lambda it: it.budgets(),
    Workloads.deployments: lambda it: it.deployments(),
    Workloads.scale: lambda it: [it.scale(Owner(kind, "shop", "web")) for kind in KINDS],
    Workloads.set_scale: lambda it: it.set_scale(Owner("Deployment", "shop", "web"), 1),
    VpcCni.daemon_set: lambda it: it.daemon_set(),
    VpcCni.set_environment: lambda it: it.set_environment({"A": "b"}),
    VpcCni.agents: lambda it: it.agents(),
    VpcCni.eni_configs: lambda it: it.eni_configs(),
    VpcCni.apply_eni_config: lambda it: it.apply_eni_config("a", "s"),
    VpcCni.delete_eni_config: lambda it: it.delete_eni_config("a"),
    Karpenter.node_pools: lambda it: it.node_pools(),
    Karpenter.set_budgets: lambda it: it.set_budgets("a", []),
    Canaries.prepare: lambda it: it.prepare(),
    Canaries.start: lambda it: it.start(JOB),
    Canaries.job: lambda it: it.job(NAMESPACE, "canary-a"),
    Canaries.pods: lambda it: it.pods(NAMESPACE, "canary-a"),
    Canaries.proxy: lambda it: it.proxy(POD, 80, "x"),
    Canaries.clear: lambda it: it.clear(),
    ProbePods.start: lambda it: it.start({"metadata": {"name": "probe", "namespace": "shop"}}),
    ProbePods.pod: lambda it: it.pod("shop", "probe"),
    ProbePods.delete: lambda it: it.delete("shop", "probe"),
    Bindings.bindings: lambda it: it.bindings(),
    Bindings.selectors: lambda it: it.selectors(),
}
ADAPTERS: dict[str, Callable[[Connection], object]] = {
    each.__name__: each
    for each in (Nodes, Pods, Workloads, VpcCni, Karpenter, Canaries, ProbePods, Bindings, KubernetesSurvey)
}
MARKED = [
    method
    for adapter in ADAPTERS.values()
    for method in vars(adapter).values()
    if callable(method) and not method.__name__.startswith("_")
]
CALLS |= {method: methodcaller(method.__name__) for method in STEPS["preflight"]} | {KubernetesSurvey.pods: twice}
# Its requests depend on a taint that is there.
CALLS[Nodes.untaint] = CALLS[Nodes.taint]
APPLIED = {"kubernetes:create eniconfigs", "kubernetes:create namespaces"}
"""Server-side apply of what is not there: a PATCH that must be allowed to create too (apiserver, endpoints/handlers,
patch.go, createAuthorizerAttributes)."""


@pytest.mark.parametrize("method", MARKED, ids=lambda method: method.__qualname__)
def test_a_method_asks_for_what_it_is_marked_with_and_no_more(method: Callable[..., object]) -> None:
    connection = Server(Answers()).connection()
    CALLS[method](ADAPTERS[method.__qualname__.partition(".")[0]](connection))
    marked = {f"kubernetes:{verb} {need.resource}" for need in needed_by(method) for verb in need.verbs}
    assert set(connection.calls) == marked - APPLIED


def test_names_and_namespaces_are_those_that_are_asked_for() -> None:
    server = Server(Answers())
    connection = server.connection()
    limited = [
        method
        for method in MARKED
        if any(need.namespace not in ("", GIVEN) or need.names for need in needed_by(method))
    ]
    assert limited
    for method in limited:
        (need,) = needed_by(method)
        server.asked.clear()
        pod = Pod(NAMESPACE, "web-1", "u-1", "n")
        if method is Canaries.proxy:
            Canaries(connection).proxy(pod, 80, "x")
        else:
            CALLS[method](ADAPTERS[method.__qualname__.partition(".")[0]](connection))
        for request in server.asked:
            assert not need.namespace or f"/namespaces/{need.namespace}/" in request.url.path
            assert not need.names or request.url.path.endswith(need.names)


def test_a_step_may_what_its_methods_need_and_nothing_else() -> None:
    for step, methods in STEPS.items():
        granted = {
            (role["metadata"].get("namespace", ""), group_, resource, verb)
            for where in ("", "kube-system", NAMESPACE)
            for role in [_role(step, where)]
            for rule in role["rules"]
            for group_ in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        needed = {
            (need.namespace, need.group, need.resource, verb)
            for method in methods
            for need in needed_by(method)
            for verb in need.verbs
            if need.namespace != GIVEN
        }
        covered = {each for each in needed if each in granted or ("", *each[1:]) in granted}
        assert (needed, granted - needed) == (covered, set())


def test_what_is_bound_to_names_is_granted_for_them_only() -> None:
    (rule,) = [each for each in _role("switch_cni", "kube-system")["rules"] if each["resources"] == ["daemonsets"]]
    assert rule == {
        "apiGroups": ["apps"],
        "resources": ["daemonsets"],
        "resourceNames": ["aws-node"],
        "verbs": ["get", "patch"],
    }
    assert all("daemonsets" not in each["resources"] for each in cluster_role("switch_cni")["rules"])


def test_nobody_may_everything() -> None:
    rules = [rule for document in manifest() for rule in document.get("rules", ())]
    assert not any("*" in values for rule in rules for values in rule.values())
    assert not any("secrets" in rule["resources"] or "impersonate" in rule["verbs"] for rule in rules)


def test_each_role_is_bound_to_its_steps_group_and_no_other() -> None:
    """CreateAccessEntry, kubernetesGroups: not `system:`, `eks:`, `aws:`, `amazon:` nor `iam:`."""
    bindings = [document for document in manifest() if document["kind"].endswith("Binding")]
    assert {binding["metadata"]["name"] for binding in bindings} == {group(step) for step in STEPS}
    for binding in bindings:
        (subject,) = binding["subjects"]
        assert subject == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": binding["roleRef"]["name"]}
    assert group("switch_cni") == "nodenet-switch-cni"


def test_what_its_owner_is_to_give_is_bound_by_nobody() -> None:
    """Who may make pods in a namespace has what its service accounts have ("Role Based Access Control Good Practices",
    Workload creation)."""
    (role,) = [document for document in manifest() if document["metadata"]["name"] == PROBES]
    assert role["kind"] == "ClusterRole"
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete", "get"]}]
    assert not [each for each in manifest() if each.get("roleRef", {}).get("name") == PROBES]
    for step in ("probe", "verify"):
        assert not [each for each in cluster_role(step)["rules"] if "create" in each["verbs"]]


def test_marks_add_up() -> None:
    @needs("get", on="nodes")
    @needs("create", on="pods/eviction", names=("a",), namespace="b")
    def method() -> None: ...

    assert needed_by(method) == (Need(("get",), "nodes"), Need(("create",), "pods/eviction", "", ("a",), "b"))
