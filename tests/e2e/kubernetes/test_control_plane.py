"""What stands for the kubelets of a real control plane does as kubelets do ("Pod Lifecycle")."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.request import urlopen

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.batch_v1 import Job
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from local.kubernetes.outside.asking import Asking
from tests.e2e.kubernetes import manifests, programs
from tests.e2e.kubernetes.control_plane import ControlPlane
from tests.e2e.kubernetes.emptying import Emptying
from tests.e2e.kubernetes.waiting import until


@pytest.fixture(scope="module")
def emptying(control_plane: ControlPlane) -> Iterator[Emptying]:
    asking = Asking(control_plane.access, "tests")
    yield Emptying(asking)
    asking.close()


@pytest.fixture
def kubernetes(control_plane: ControlPlane, emptying: Emptying) -> Iterator[Any]:
    """An administrator of a cluster with two nodes and nothing else."""
    with control_plane.client() as client:
        for number, name in enumerate(("one", "two")):
            client.create(manifests.node(name, f"10.0.0.{10 + number}"))
        yield client
    emptying.empty()


def test_it_says_its_version(control_plane: ControlPlane) -> None:
    with urlopen(f"{control_plane.endpoint}/version", context=control_plane.access.context()) as answer:
        assert f'"gitVersion": "{programs.VERSION}"' in answer.read().decode()


def test_pods_of_a_deployment_run_each_with_an_address(kubernetes: Any) -> None:
    kubernetes.create(manifests.deployment("web", 4))

    pods = until(lambda: ready(kubernetes, "web", 4))

    assert len({pod.status.podIP for pod in pods}) == 4
    assert {pod.status.hostIP for pod in pods} <= {"10.0.0.10", "10.0.0.11"}


def test_a_pod_in_the_nodes_network_has_the_nodes_address(kubernetes: Any) -> None:
    kubernetes.create(manifests.deployment("agent", 1, hostNetwork=True))

    (pod,) = until(lambda: ready(kubernetes, "agent", 1))

    assert pod.status.podIP == pod.status.hostIP


def test_a_pod_that_is_deleted_goes_after_the_time_it_takes(kubernetes: Any) -> None:
    takes = {"local.kubernetes/termination-seconds": "4"}
    kubernetes.create(manifests.stateful_set("db", 1, annotations=takes))
    (pod,) = until(lambda: ready(kubernetes, "db", 1))

    kubernetes.delete(Pod, "db-0")
    going = kubernetes.get(Pod, "db-0")
    later = until(lambda: ready(kubernetes, "db", 1))

    assert going.metadata.deletionTimestamp
    assert later[0].metadata.uid != pod.metadata.uid
    assert (later[0].metadata.creationTimestamp - going.metadata.deletionTimestamp).total_seconds() >= 4 - 10 - 1


def test_a_job_ends_as_its_pod_says(kubernetes: Any) -> None:
    kubernetes.create(manifests.job("good"))
    ends = {"local.kubernetes/exit-code": "3", "local.kubernetes/termination-message": "no DNS"}
    kubernetes.create(manifests.job("bad", annotations=ends))

    good, bad = (until(partial(ended, kubernetes, name)) for name in ("good", "bad"))

    assert (good, bad) == ("Complete", "Failed")
    (pod,) = kubernetes.list(Pod, labels={"job-name": "bad"})
    terminated = pod.status.containerStatuses[0].state.terminated
    assert (terminated.exitCode, terminated.message) == (3, "no DNS")


def test_a_pod_is_ready_when_its_gate_opens(kubernetes: Any) -> None:
    gate = "target-health.elbv2.k8s.aws/web"
    kubernetes.create(manifests.deployment("web", 1, readinessGates=[{"conditionType": gate}]))
    (pod,) = until(lambda: [each for each in pods_of(kubernetes, "web") if is_true(each, "ContainersReady")])
    assert not is_true(pod, "Ready")

    for status in ("True", "False"):
        condition = {"type": gate, "status": status}
        kubernetes.patch(Pod.Status, pod.metadata.name, {"status": {"conditions": [condition]}}, namespace="default")
        until(partial(readiness_is, kubernetes, pod.metadata.name, ready=status == "True"))


def test_a_pod_that_never_gets_ready_does_not(kubernetes: Any) -> None:
    kubernetes.create(manifests.deployment("slow", 1, annotations={"local.kubernetes/ready": "never"}))
    kubernetes.create(manifests.deployment("web", 1))

    until(lambda: ready(kubernetes, "web", 1))

    for _ in range(40):
        (pod,) = pods_of(kubernetes, "slow")
        assert pod.status.phase == "Running"
        assert not is_true(pod, "ContainersReady")
        time.sleep(0.05)


def test_a_budget_keeps_a_pod_from_eviction(kubernetes: Any) -> None:
    kubernetes.create(manifests.deployment("web", 2))
    kubernetes.create(manifests.budget("web", minAvailable=1))
    first, second = until(lambda: ready(kubernetes, "web", 2))
    until(lambda: kubernetes.get(PodDisruptionBudget, "web").status.disruptionsAllowed == 1)

    evict(kubernetes, first)
    with pytest.raises(ApiError) as refused:
        evict(kubernetes, second)

    assert refused.value.status.code == 429


def test_every_node_has_a_lease_that_is_renewed(kubernetes: Any) -> None:
    def renewed() -> Any:
        return kubernetes.get(Lease, "one", namespace="kube-node-lease").spec.renewTime

    first = until(lambda: renewed() if leases(kubernetes) >= {"one", "two"} else None)

    assert until(lambda: renewed() > first)


@pytest.mark.slow
def test_the_pods_of_a_node_that_is_gone_come_back_on_another(kubernetes: Any) -> None:
    kubernetes.create(manifests.deployment("web", 4))
    until(lambda: ready(kubernetes, "web", 4))

    kubernetes.delete(Node, "one")

    # kube-controller-manager's pod garbage collector waits for 40 s (pkg/controller/podgc, quarantineTime).
    until(lambda: {pod.spec.nodeName for pod in ready(kubernetes, "web", 4)} == {"two"}, 90)


def pods_of(kubernetes: Any, app: str) -> list[Any]:
    return [pod for pod in kubernetes.list(Pod, labels={"app": app}) if not pod.metadata.deletionTimestamp]


def ready(kubernetes: Any, app: str, count: int) -> list[Any]:
    """So many ready pods, or none."""
    found = [pod for pod in pods_of(kubernetes, app) if is_true(pod, "Ready")]
    return found if len(found) == count else []


def is_true(pod: Any, type_: str) -> bool:
    return any(each.type == type_ and each.status == "True" for each in pod.status.conditions or [])


def readiness_is(kubernetes: Any, name: str, *, ready: bool) -> bool:
    return is_true(kubernetes.get(Pod, name), "Ready") is ready


def ended(kubernetes: Any, job: str) -> str:
    conditions = kubernetes.get(Job, job).status.conditions or []
    return next((each.type for each in conditions if each.type in ("Complete", "Failed")), "")


def leases(kubernetes: Any) -> set[str]:
    return {each.metadata.name for each in kubernetes.list(Lease, namespace="kube-node-lease")}


def evict(kubernetes: Any, pod: Any) -> None:
    body = Pod.Eviction(metadata=ObjectMeta(name=pod.metadata.name, namespace="default"))
    kubernetes.create(body, pod.metadata.name)
