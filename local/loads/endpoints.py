"""Who is to be registered for a Service: pods by their addresses, or nodes by their instances.

Source: aws-load-balancer-controller v3, pkg/backend/endpoint_resolver.go and endpoint_utils.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

type Thing = Mapping[str, Any]

EXCLUDED = (
    "node-role.kubernetes.io/master",
    "node.kubernetes.io/exclude-from-external-load-balancers",
    "alpha.service-controller.kubernetes.io/exclude-balancer",
)
_SCALED_DOWN = "ToBeDeletedByClusterAutoscaler"
_DISRUPTED = ("karpenter.sh/disrupted", "NoSchedule")


class NoBackendError(Exception):
    """The Service, or the port of it that is named, is not there."""


class WrongServiceError(Exception):
    """The Service cannot be reached by the nodes' ports."""


@dataclass(frozen=True)
class PodEndpoint:
    namespace: str
    name: str
    address: str
    port: int


def port_of(service: Thing | None, wanted: Any) -> Thing:
    """The Service's port of this number or name; NoBackendError."""
    ports = ((service or {}).get("spec") or {}).get("ports") or ()
    for port in ports:
        if wanted in (port.get("port"), port.get("name")):
            return port  # type: ignore[no-any-return]
    raise NoBackendError(f"unable to find port {wanted} on the service")


def pods(slices: Iterable[Thing], port: Thing, found: Mapping[tuple[str, str], Thing]) -> Iterator[PodEndpoint]:
    """The ready pods of a Service's EndpointSlices, and those which wait for nothing but a readiness gate.

    `found` has the pods by (namespace, name), and the Node of each under ("", its name).
    """
    for each in slices:
        namespace = each["metadata"]["namespace"]
        for number in each.get("ports") or ():
            if port.get("name") and port["name"] != number.get("name"):
                continue
            for endpoint in each.get("endpoints") or ():
                target = endpoint.get("targetRef") or {}
                pod = found.get((target.get("namespace") or namespace, target.get("name", "")))
                if target.get("kind") == "Pod" and pod and _takes_traffic(endpoint, pod, found):
                    about = pod["metadata"]
                    yield PodEndpoint(about["namespace"], about["name"], endpoint["addresses"][0], number["port"])


def instances(service: Thing, port: Thing, nodes: Iterable[Thing]) -> Iterator[tuple[str, int]]:
    """(instance id, node port) of the ready nodes that load balancers may use; WrongServiceError."""
    kind = service["spec"].get("type")
    if kind not in ("NodePort", "LoadBalancer"):
        raise WrongServiceError("service type must be either 'NodePort' or 'LoadBalancer'")
    for node in nodes:
        labels = node["metadata"].get("labels") or {}
        excluded = labels.keys() & set(EXCLUDED) or labels.get("eks.amazonaws.com/compute-type") == "fargate"
        if not excluded and not _leaves(node) and condition(node, "Ready").get("status") == "True":
            yield node["spec"]["providerID"].rpartition("/")[2], port["nodePort"]


def condition(thing: Thing, kind: str) -> Thing:
    """A condition of an object's status; empty where it has none of this type."""
    known = (thing.get("status") or {}).get("conditions") or ()
    return next((one for one in known if one["type"] == kind), {})


def _takes_traffic(endpoint: Thing, pod: Thing, found: Mapping[tuple[str, str], Thing]) -> bool:
    conditions = endpoint.get("conditions") or {}
    if conditions.get("ready") in (None, True):
        return True
    node = found.get(("", pod["spec"].get("nodeName", "")))
    held = condition(pod, "ContainersReady").get("status") == "True" and not conditions.get("terminating")
    return held and node is not None and condition(node, "Ready").get("status") == "True"


def _leaves(node: Thing) -> bool:
    for taint in node["spec"].get("taints") or ():
        if taint["key"] == _SCALED_DOWN or (taint["key"], taint.get("effect")) == _DISRUPTED:
            return True
    return False
