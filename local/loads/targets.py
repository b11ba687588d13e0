"""TargetGroupBindings: the pods or nodes of a Service, registered with a target group, and pods' readiness gates.

Source: aws-load-balancer-controller v3, pkg/targetgroupbinding/resource_manager.go (what is registered, gates, events)
and controllers/elbv2/targetgroupbinding_controller.go (finalizer). Where a pod's security group cannot be told, the
controller tells so by an event and registers the pod all the same; its health checks then find nobody.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from local.kubernetes.controllers.cache import Key, key_of
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.engine import Concerns
from local.kubernetes.paths import Place, Resource
from local.kubernetes.things import Thing
from local.loads import endpoints, gates, health, security
from local.loads.endpoints import NoBackendError, PodEndpoint, WrongServiceError
from local.loads.holders import Address
from local.world import world

KIND = "TargetGroupBinding"
NEEDED = ("Service", "EndpointSlice", "Node", "Pod")
FINALIZER = "elbv2.k8s.aws/resources"
COMPONENT = "targetGroupBinding"
_RESOURCE = Resource("elbv2.k8s.aws", "v1beta1", "targetgroupbindings", KIND, True, frozenset(["status"]), custom=True)
_SERVICE = "kubernetes.io/service-name"
_PROBE = 15.0


class Bindings:
    """One cluster's controller; `ec2` and `loads` are the backends of its region."""

    def __init__(self, cluster: Cluster, name: str, ec2: Any, loads: Any) -> None:
        self._cluster, self._name, self._ec2, self._loads = cluster, name, ec2, loads
        self._unreachable: dict[Key, Mapping[str, str]] = {}
        self.watches: Mapping[str, Concerns] = {
            KIND: lambda thing: [key_of(thing)],
            "Service": lambda thing: self._of_service(key_of(thing)),
            "EndpointSlice": self._of_slice,
            "Node": lambda _: [key_of(one) for one in self._all() if one["spec"].get("targetType") == "instance"],
            "Pod": gates.bindings,
        }

    def probe(self, ec2: Any, address: Address, _: int) -> str | None:
        """Part of health.probes."""
        if ec2 is self._ec2 and any(str(address) in found for found in tuple(self._unreachable.values())):
            return health.TIMEOUT
        return None

    def reconcile(self, key: Key) -> None:
        binding = self._cluster.cache.get(KIND, *key)
        if binding is None:
            self._unreachable.pop(key, None)
        elif binding["metadata"].get("deletionTimestamp"):
            self._end(binding)
        else:
            self._finalize(binding)
            self._keep(binding)

    def _keep(self, binding: Thing) -> None:
        try:
            again = self._bind(binding)
        except NoBackendError as missing:
            self._tell(binding, "BackendNotFound", str(missing))
            self._register(binding["spec"]["targetGroupARN"], set())
            return
        except (WrongServiceError, ServiceException) as problem:
            self._tell(binding, "FailedReconcile", str(getattr(problem, "message", problem)))
            again = True
        if again:
            self._cluster.engine.after(_PROBE, self, key_of(binding))

    def _bind(self, binding: Thing) -> bool:
        """Whether it must be looked at again without anything having changed."""
        spec, namespace = binding["spec"], binding["metadata"]["namespace"]
        service = self._cluster.cache.get("Service", namespace, spec["serviceRef"]["name"])
        port = endpoints.port_of(service, spec["serviceRef"]["port"])
        assert service is not None
        if self._kind(spec) == "instance":
            nodes = endpoints.instances(service, port, self._cluster.cache.all("Node"))
            self._register(spec["targetGroupARN"], set(nodes))
            return False
        pods = list(endpoints.pods(self._slices(service), port, _Objects(self._cluster)))
        blocked = self._open_ways(binding, pods)
        states = self._register(spec["targetGroupARN"], {(one.address, one.port) for one in pods})
        waiting = [self._set_gate(binding, one, states.get((one.address, one.port))) for one in pods]
        return blocked or any(waiting)

    def _set_gate(self, binding: Thing, endpoint: PodEndpoint, state: Mapping[str, Any] | None) -> bool:
        pod = self._cluster.cache.get("Pod", endpoint.namespace, endpoint.name)
        return pod is not None and gates.tell(self._cluster.writes, pod, binding["metadata"]["name"], state)

    def _kind(self, spec: Thing) -> str:
        with world.lock:
            return str(spec.get("targetType") or self._loads.target_group(spec["targetGroupARN"]).target_type)

    def _open_ways(self, binding: Thing, pods: Iterable[PodEndpoint]) -> bool:
        """Looks for the groups of pods' interfaces that are to let the balancer in, where the binding wants it."""
        found: Mapping[str, str] = {}
        if binding["spec"].get("networking"):
            with world.lock:
                vpc = self._loads.target_group(binding["spec"]["targetGroupARN"]).vpc_id
                found = security.unreachable(self._ec2, vpc, self._name, pods)
        self._unreachable[key_of(binding)] = found
        for why in sorted(set(found.values())):
            self._tell(binding, "FailedNetworkReconcile", why)
        return bool(found)

    def _register(self, arn: str, wanted: set[tuple[str, int]]) -> Mapping[tuple[str, int], dict[str, Any]]:
        """Makes the group's targets those that are wanted; {target: TargetHealth} as it was before."""
        with world.lock:
            group = self._loads.target_group(arn)
            known = {(one["Target"]["Id"], one["Target"]["Port"]): one["TargetHealth"] for one in group.health_of([])}
            present = {key: state for key, state in known.items() if state["State"] != "draining"}
            group.deregister(_targets(present.keys() - wanted))
            group.register([self._placed(group, one) for one in _targets(wanted - present.keys())])
        return present

    def _placed(self, group: Any, target: dict[str, Any]) -> dict[str, Any]:
        """Addresses outside the VPC are registered for all zones."""
        address = health.parsed(target["Id"])
        outside = address is not None and not health.in_vpc(self._ec2, group.vpc_id, address)
        return {**target, "AvailabilityZone": "all"} if outside else target

    def _end(self, binding: Thing) -> None:
        if FINALIZER not in (binding["metadata"].get("finalizers") or ()):
            return
        with world.lock:
            if group := self._loads.target_groups.get(binding["spec"]["targetGroupARN"]):
                group.deregister(_targets(group.registered))
        self._change(binding, lambda now: now["metadata"]["finalizers"].remove(FINALIZER))

    def _finalize(self, binding: Thing) -> None:
        if FINALIZER not in (binding["metadata"].get("finalizers") or ()):
            self._change(binding, lambda now: now["metadata"].setdefault("finalizers", []).append(FINALIZER))

    def _change(self, binding: Thing, mutate: Any) -> None:
        about = binding["metadata"]
        self._cluster.store.change(Place(_RESOURCE, about["namespace"], about["name"]), mutate)

    def _tell(self, binding: Thing, reason: str, message: str) -> None:
        self._cluster.events.record(binding, "Warning", reason, message, COMPONENT)

    def _all(self) -> Iterable[Thing]:
        return list(self._cluster.cache.all(KIND))

    def _of_service(self, service: Key) -> Iterable[Key]:
        inside = self._cluster.cache.inside(KIND, service[0])
        return [key_of(one) for one in inside if one["spec"]["serviceRef"]["name"] == service[1]]

    def _of_slice(self, thing: Thing) -> Iterable[Key]:
        name = (thing["metadata"].get("labels") or {}).get(_SERVICE, "")
        return self._of_service((thing["metadata"]["namespace"], name))

    def _slices(self, service: Thing) -> Iterable[Thing]:
        namespace, name = key_of(service)
        inside = self._cluster.cache.inside("EndpointSlice", namespace)
        return [one for one in inside if (one["metadata"].get("labels") or {}).get(_SERVICE) == name]


class _Objects(dict[tuple[str, str], Thing]):
    """Pods by namespace and name, Nodes by ("", name)."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cache = cluster.cache

    def get(self, key: Key, _: Any = None) -> Any:
        return self._cache.get("Pod" if key[0] else "Node", *key)


def _targets(keys: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"Id": target, "Port": port} for target, port in sorted(keys)]
