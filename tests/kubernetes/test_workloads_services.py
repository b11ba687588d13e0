"""Who answers for a Service. Source: "EndpointSlices", "Service" in the Kubernetes documentation; "Pod Lifecycle",
Termination of Pods (endpoints of pods that terminate)."""

from typing import Any

from lightkube.resources.core_v1 import Endpoints, Pod
from lightkube.resources.discovery_v1 import EndpointSlice

from tests.kubernetes.workload_stage import Stage, eventually, name, pod, ready
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

WEB = {"app": "web"}


def service(**more: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    about = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    return {**about, "spec": {"selector": WEB, "ports": ports, **more}}


def endpoints(stage: Stage) -> list[Any]:
    """Of the service's slices."""
    found = stage.client.list(EndpointSlice, namespace=stage.namespace, labels={"kubernetes.io/service-name": "web"})
    return [each for part in found for each in part.endpoints or ()]


def test_pods_that_it_selects_are_its_endpoints(stage: Stage) -> None:
    stage.node("n1", zone="b")
    stage.make(service(), pod("one", WEB), pod("other", {"app": "db"}))
    (found,) = eventually(lambda: [each for each in endpoints(stage) if each.conditions.ready])
    (running,) = [each for each in ready(stage.pods()) if name(each) == "one"]
    assert found.addresses == [running.status.podIP]
    assert (found.targetRef.name, found.nodeName, found.zone) == ("one", "n1", "b")
    (part,) = stage.client.list(EndpointSlice, namespace=stage.namespace)
    assert [(port.name, port.port, port.protocol) for port in part.ports] == [("http", 8080, "TCP")]
    older = eventually(lambda: [e for e in [stage.get(Endpoints, "web")] if e.subsets and e.subsets[0].addresses])
    assert [each.ip for each in older[0].subsets[0].addresses] == [running.status.podIP]


def test_a_pod_that_is_not_ready_is_there_and_not_ready(stage: Stage) -> None:
    stage.node("n1")
    stage.make(service(), pod("one", WEB, {"ready": "never"}))
    (found,) = eventually(lambda: endpoints(stage))
    assert (found.conditions.ready, found.conditions.serving, found.conditions.terminating) == (False, False, False)
    assert eventually(lambda: stage.get(Endpoints, "web").subsets)[0].notReadyAddresses


def test_a_pod_on_its_way_out_serves_and_is_not_ready(stage: Stage) -> None:
    stage.node("n1")
    stage.make(service(), pod("one", WEB, {"termination-seconds": "20"}))
    eventually(lambda: [each for each in endpoints(stage) if each.conditions.ready])
    stage.client.delete(Pod, "one", namespace=stage.namespace)
    (found,) = eventually(lambda: [each for each in endpoints(stage) if each.conditions.terminating])
    assert (found.conditions.ready, found.conditions.serving) == (False, True)
    eventually(lambda: not endpoints(stage))


def test_addresses_may_be_published_before_they_are_ready(stage: Stage) -> None:
    stage.node("n1")
    stage.make(service(publishNotReadyAddresses=True), pod("one", WEB, {"ready": "never"}))
    (found,) = eventually(lambda: endpoints(stage))
    assert (found.conditions.ready, found.conditions.serving) == (True, False)
