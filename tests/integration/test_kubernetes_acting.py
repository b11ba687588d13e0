"""The adapters at work on an API server whose controllers run; NODENET_CONTROL_PLANE takes a real one."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from lightkube import codecs
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_global_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import DaemonSet, Deployment
from lightkube.resources.core_v1 import Namespace, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget
from lightkube.types import PatchType

from nodenet.errors import HeldError
from nodenet.kubernetes.canaries import Canaries
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.cluster import Owner, Taint
from tests.kubernetes.workload_stage import (  # noqa: F401 - `stage` is a fixture
    Stage,
    eventually,
    job,
    pod,
    ready,
    stage_with_controllers,
    workload,
)

ENIConfig = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")
CUSTOM = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"


@pytest.fixture(name="connection")
def connection_to_it(stage: Stage) -> Iterator[Connection]:
    with Connection(stage.client.config) as connection:
        yield connection


@pytest.fixture(name="node")
def node_of_it(stage: Stage) -> str:
    name = f"node-{time.monotonic_ns()}"
    stage.node(name)
    return name


def budget(name: str, least: int) -> dict[str, Any]:
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": "web"}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


def test_a_node_is_cordoned_labelled_and_let_be_again(connection: Connection, node: str) -> None:
    nodes = Nodes(connection)
    assert [nodes.cordon(node), nodes.cordon(node), nodes.label(node, {"a": "b", "c": "d"})] == [True] * 3
    found = nodes.node(node)
    assert found
    assert (found.unschedulable, found.max_pods, found.ready) == (True, 20, True)
    assert [each.name for each in nodes.nodes(f"kubernetes.io/hostname={node},a in (b,x)")] == [node]
    assert [nodes.uncordon(node), nodes.label(node, {"a": None})] == [True, True]
    found = nodes.node(node)
    assert found
    assert (found.unschedulable, "a" in found.labels, found.labels["c"]) == (False, False, "d")
    assert not nodes.cordon("gone")


def test_taints_that_are_written_at_once_are_all_there(connection: Connection, node: str) -> None:
    nodes = Nodes(connection)
    names = [f"example.com/{number}" for number in range(6)]
    threads = [threading.Thread(target=nodes.taint, args=(node, Taint(each, "NoSchedule"))) for each in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = nodes.node(node)
    assert found
    assert {taint.key for taint in found.taints} >= set(names)
    assert nodes.untaint(node, names[0])
    found = nodes.node(node)
    assert found
    assert {taint.key for taint in found.taints} & set(names) == set(names[1:])


def test_a_nodes_pods_are_known_with_their_owner_and_their_budget(
    stage: Stage, connection: Connection, node: str
) -> None:
    stage.make(workload("Deployment", "web", replicas=2), budget("web", 1))
    eventually(lambda: len(ready(stage.pods(app="web"))) == 2)
    web = Owner("Deployment", stage.namespace, "web")
    found = Pods(connection).pods(node=node, namespace=stage.namespace)
    assert [(each.owner, each.node, each.ready, bool(each.address)) for each in found] == [(web, node, True, True)] * 2
    workloads = Workloads(connection)
    (known,) = [each for each in workloads.workloads() if each.owner == web]
    assert (known.desired, known.selector) == (2, {"app": "web"})
    eventually(lambda: [each.allowed for each in workloads.budgets() if each.namespace == stage.namespace] == [1])
    assert (workloads.scale(web), workloads.set_scale(web, 0), workloads.scale(web)) == (2, True, 0)


def test_an_eviction_goes_as_far_as_the_budget_allows(stage: Stage, connection: Connection, node: str) -> None:
    stage.make(workload("Deployment", "web", replicas=2), budget("web", 2))
    eventually(lambda: len(ready(stage.pods(app="web"))) == 2)
    pods = Pods(connection)
    first = pods.pods(namespace=stage.namespace)[0]

    def blocked() -> bool:
        answer = pods.evict(first)
        return answer.outcome == "blocked" and "needs 2 healthy pods and has 2" in answer.message

    eventually(blocked)
    stage.patch(PodDisruptionBudget, "web", {"spec": {"minAvailable": 1}})
    eventually(lambda: pods.evict(first).outcome == "evicted")
    eventually(lambda: pods.pod(first.namespace, first.name) is None, seconds=40)
    assert pods.evict(first).outcome == "gone"
    assert not pods.delete(first)


def test_a_pod_of_the_same_name_that_came_after_it_is_left_alone(
    stage: Stage, connection: Connection, node: str
) -> None:
    stage.make(pod("alone", nodeName=node))
    pods = Pods(connection)
    found = pods.pod(stage.namespace, "alone")
    assert found
    eventually(lambda: ready(stage.pods()))
    earlier = replace(found, uid="11111111-2222-3333-4444-555555555555")
    assert pods.evict(earlier).outcome == "gone"
    assert not pods.delete(earlier)
    assert not stage.get(Pod, "alone").metadata.deletionTimestamp
    assert pods.delete(found, 0)
    eventually(lambda: stage.gone(Pod, "alone"))


def test_a_pod_under_two_budgets_is_refused(stage: Stage, connection: Connection, node: str) -> None:
    stage.make(workload("Deployment", "web", replicas=1), budget("one", 0), budget("two", 0))
    eventually(lambda: ready(stage.pods(app="web")))
    (found,) = Pods(connection).pods(namespace=stage.namespace)
    answer = Pods(connection).evict(found)
    assert answer.outcome == "refused"
    assert "more than one PodDisruptionBudget" in answer.message


def test_a_job_is_started_once_and_says_how_it_ended(stage: Stage, connection: Connection, node: str) -> None:
    canaries = Canaries(connection)
    manifest = job("canary", {"exit-code": "3", "termination-message": "no DNS"}, backoffLimit=0)
    manifest["metadata"]["namespace"] = stage.namespace
    assert [canaries.start(manifest), canaries.start(manifest)] == [True, False]

    def failed() -> Any:
        state = canaries.job(stage.namespace, "canary")
        return state and state.failed and state

    state = eventually(failed, seconds=30)
    assert "BackoffLimitExceeded" in state.message
    (found,) = canaries.pods(stage.namespace, "canary")
    assert (found.exit_code, found.message) == (3, "no DNS")
    canaries.clear(stage.namespace)
    eventually(lambda: canaries.job(stage.namespace, "canary") is None)


def test_the_canaries_namespace_is_there_however_often_it_is_asked_for(stage: Stage, connection: Connection) -> None:
    canaries, name = Canaries(connection), f"{stage.namespace}-canary"
    canaries.prepare(name)
    canaries.prepare(name)
    about = stage.client.get(Namespace, name).metadata
    assert about
    assert (about.labels or {})["pod-security.kubernetes.io/enforce"] == "restricted"
    spec = {"containers": [{"name": "c", "image": "i"}], "hostNetwork": True}
    bad = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": name}, "spec": spec}
    with pytest.raises(ApiError, match="violates PodSecurity"):
        stage.client.create(codecs.from_dict(bad))
    stage.client.delete(Namespace, name)


@pytest.fixture(name="aws_node")
def daemon_set_of_the_cni(stage: Stage) -> Iterator[None]:
    """With the environment that its installer owns."""
    env = [
        {"name": CUSTOM, "value": "false"},
        {"name": "WARM_ENI_TARGET", "value": "1"},
        {"name": "MY_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]
    containers = [{"name": "aws-eks-nodeagent", "image": "agent"}, {"name": "aws-node", "image": "cni:v1", "env": env}]
    template = {"metadata": {"labels": {"k8s-app": "aws-node"}}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"k8s-app": "aws-node"}}, "template": template}
    about = {"name": "aws-node", "namespace": "kube-system"}
    thing = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": about, "spec": spec}
    stage.client.patch(
        DaemonSet,
        "aws-node",
        thing,
        namespace="kube-system",
        patch_type=PatchType.APPLY,
        field_manager="helm",
        force=True,
    )
    yield
    stage.client.delete(DaemonSet, "aws-node", namespace="kube-system")


@pytest.mark.usefixtures("aws_node")
def test_the_environment_is_changed_and_restored_and_nothing_else(connection: Connection) -> None:
    cni = VpcCni(connection)
    before = cni.daemon_set()
    assert before
    assert before.managers[CUSTOM] == ("helm",)
    assert cni.set_environment({CUSTOM: "true", "ENI_CONFIG_LABEL_DEF": "zone", "NEVER_THERE": None})
    during = cni.daemon_set()
    assert during
    assert during.environment == {CUSTOM: "true", "WARM_ENI_TARGET": "1", "ENI_CONFIG_LABEL_DEF": "zone"}
    assert (during.elsewhere, during.image) == (("MY_NODE_NAME",), "cni:v1")
    assert during.generation == before.generation + 1
    assert during.managers[CUSTOM] == ("nodenet-migration",)
    assert cni.set_environment({CUSTOM: "true"})
    again = cni.daemon_set()
    assert again
    assert again.generation == during.generation
    assert cni.set_environment({CUSTOM: "false", "ENI_CONFIG_LABEL_DEF": None})
    after = cni.daemon_set()
    assert after
    assert (after.environment, after.elsewhere) == (before.environment, before.elsewhere)


@pytest.mark.usefixtures("aws_node")
def test_a_variable_that_comes_from_elsewhere_is_not_ours_to_set(connection: Connection) -> None:
    with pytest.raises(HeldError, match="may not be specified when `value` is not empty"):
        VpcCni(connection).set_environment({"MY_NODE_NAME": "n"})


@pytest.fixture(name="zone")
def zone_without_eni_config(stage: Stage) -> Iterator[str]:
    """The kind comes with the VPC CNI."""
    names = {"kind": "ENIConfig", "plural": "eniconfigs", "singular": "eniconfig", "listKind": "ENIConfigList"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": schema}
    spec = {"group": "crd.k8s.amazonaws.com", "names": names, "scope": "Cluster", "versions": [version]}
    about = {"name": "eniconfigs.crd.k8s.amazonaws.com"}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": about}
    stage.client.apply(codecs.from_dict({**definition, "spec": spec}), field_manager="tests")
    eventually(lambda: _served(stage))
    yield (zone := f"zone-{time.monotonic_ns()}")
    with contextlib.suppress(ApiError):
        stage.client.delete(ENIConfig, zone)


def _served(stage: Stage) -> bool:
    with contextlib.suppress(httpx2.HTTPStatusError):
        list(stage.client.list(ENIConfig))
        return True
    return False


def test_eni_configs_are_applied_changed_and_deleted(connection: Connection, zone: str) -> None:
    cni = VpcCni(connection)
    cni.apply_eni_config(zone, "subnet-1", ["sg-1"])
    cni.apply_eni_config(zone, "subnet-1", ["sg-1"])
    assert cni.eni_configs()[zone] == {"subnet": "subnet-1", "securityGroups": ["sg-1"]}
    cni.apply_eni_config(zone, "subnet-2")
    assert cni.eni_configs()[zone] == {"subnet": "subnet-2"}
    assert [cni.delete_eni_config(zone), cni.delete_eni_config(zone)] == [True, False]


def test_another_ones_eni_config_is_taken_by_force_only(stage: Stage, connection: Connection, zone: str) -> None:
    cni = VpcCni(connection)
    spec = {"subnet": "subnet-0", "securityGroups": ["sg-0"]}
    stage.client.create(ENIConfig(metadata=ObjectMeta(name=zone), spec=spec), field_manager="kubectl-create")
    with pytest.raises(HeldError, match=r'conflict with "kubectl-create".*\.spec\.subnet'):
        cni.apply_eni_config(zone, "subnet-1")
    assert cni.eni_configs()[zone] == spec
    cni.apply_eni_config(zone, "subnet-1", force=True)
    assert cni.eni_configs()[zone] == {"subnet": "subnet-1"}


def test_deployments_are_listed_page_by_page(stage: Stage, connection: Connection) -> None:
    for number in range(3):
        stage.make(workload("Deployment", f"web-{number}", replicas=0))
    found = Workloads(connection).deployments(namespace=stage.namespace)
    assert [each.owner.name for each in found] == ["web-0", "web-1", "web-2"]
    assert stage.get(Deployment, "web-0").spec.replicas == 0
