"""TargetGroupBindings, as the AWS Load Balancer Controller keeps them.

Source: aws-load-balancer-controller v3: pkg/targetgroupbinding/resource_manager.go, pkg/backend/endpoint_resolver.go,
endpoint_utils.go, pkg/networking/networking_manager.go (resolveEndpointSGForENI); docs/deploy/pod_readiness_gate.md.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.writes import place_of
from local.kubernetes.paths import Place, Resource
from local.kubernetes.store import Store
from local.loads import health
from local.loads.targets import Bindings
from local.world import ACCOUNT, REGION
from tests.region.autoscaling_client import Aws
from tests.region.autoscaling_client import aws_region as aws_region  # the fixture `aws`
from tests.region.loads_client import Loads
from tests.region.loads_client import loads_region as loads_region  # the fixture `loads`

HEALTHY = ("healthy", "")
DRAINING = ("draining", "Target.DeregistrationInProgress")
TIMEOUT = ("unhealthy", "Target.Timeout")
GATE = "target-health.elbv2.k8s.aws/web"
BINDINGS = Resource("elbv2.k8s.aws", "v1beta1", "targetgroupbindings", "TargetGroupBinding", True, custom=True)
INGRESS = {"ingress": [{"from": [{"securityGroup": {"groupID": "sg-0b"}}], "ports": [{"protocol": "TCP"}]}]}


class Shop:
    """The Service shop/web, whose pods are addresses on one instance, and the cluster's controller, run by hand."""

    def __init__(self, loads: Loads) -> None:
        self.loads, self.store = loads, Store()
        self.cluster = Cluster("prod", self.store)
        self.store.watchers.append(self._notice)
        ec2, elbv2 = ec2_backends[ACCOUNT][REGION], elbv2_backends[ACCOUNT][REGION]
        self.bindings = Bindings(self.cluster, "prod", ec2, elbv2)
        self.create({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shop"}})
        self.addresses: dict[str, tuple[str, bool]] = {}
        self.instance = loads.instance()
        (self.eni,) = loads.aws.ec2_instance(self.instance)["NetworkInterfaces"]
        self.node("n1", self.instance)

    def _notice(self, event: str, resource: Resource, thing: Any) -> None:
        if event == "DELETED":
            self.cluster.cache.remove(resource.kind, thing)
        else:
            self.cluster.cache.put(resource.kind, thing)

    def create(self, thing: dict[str, Any]) -> Any:
        return self.store.create(place_of(thing["kind"], thing["metadata"].get("namespace", "")), thing)

    def node(self, name: str, instance: str, **more: Any) -> None:
        labels = more.pop("labels", {})
        self.create(
            {
                "kind": "Node",
                "apiVersion": "v1",
                "metadata": {"name": name, "labels": labels},
                "spec": {"providerID": f"aws:///{REGION}a/{instance}", **more},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            }
        )

    def service(self, kind: str = "ClusterIP") -> None:
        spec = {"type": kind, "ports": [{"port": 80, "nodePort": 30080, "name": "http"}], "selector": {"app": "web"}}
        self.create({"kind": "Service", "apiVersion": "v1", "metadata": _at("web"), "spec": spec})

    def pod(self, name: str, *, gate: bool = False) -> str:
        """The address of a pod that is ready, or waits for its gate only."""
        given = self.loads.aws.ec2.assign_private_ip_addresses(
            NetworkInterfaceId=self.eni["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=1
        )
        address = str(given["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"])
        spec: dict[str, Any] = {"nodeName": "n1", "containers": [{"name": "web", "image": "web"}]}
        if gate:
            spec["readinessGates"] = [{"conditionType": GATE}]
        status = {"podIP": address, "conditions": [{"type": "ContainersReady", "status": "True"}]}
        self.create({"kind": "Pod", "apiVersion": "v1", "metadata": _at(name), "spec": spec})
        self.store.change(place_of("Pod", "shop", name), lambda now: now.update(status=status), "status")
        self.addresses[name] = address, not gate
        self.show()
        return address

    def show(self) -> None:
        """Puts the pods into the Service's EndpointSlice."""
        endpoints = [
            {
                "addresses": [address],
                "conditions": {"ready": ready},
                "targetRef": {"kind": "Pod", "name": name, "namespace": "shop"},
            }
            for name, (address, ready) in self.addresses.items()
        ]
        content = {"endpoints": endpoints, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}
        place = place_of("EndpointSlice", "shop", "web-1")
        if self.store.find(place):
            self.store.change(place, lambda now: now.update(content))
        else:
            about = _at("web-1") | {"labels": {"kubernetes.io/service-name": "web"}}
            thing = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": about}
            self.create({**thing, "addressType": "IPv4", **content})

    def bind(self, group: str, kind: str = "ip", **more: Any) -> None:
        spec = {"targetGroupARN": group, "targetType": kind, "serviceRef": {"name": "web", "port": "http"}, **more}
        thing = {"kind": BINDINGS.kind, "apiVersion": BINDINGS.api_version, "metadata": _at("web"), "spec": spec}
        self.store.create(Place(BINDINGS, "shop"), thing)
        self.work()

    def work(self) -> None:
        self.bindings.reconcile(("shop", "web"))

    def gate(self, name: str) -> tuple[str, str | None]:
        conditions = self.store.get(place_of("Pod", "shop", name))["status"]["conditions"]
        found = next(one for one in conditions if one["type"] == GATE)
        return found["status"], found.get("reason")

    def events(self) -> list[tuple[str, str]]:
        return [(one["reason"], one["message"]) for one in self.store.all(place_of("Event").resource)]


def _at(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "shop"}


@pytest.fixture
def shop(loads: Loads) -> Iterator[Shop]:
    shop = Shop(loads)
    health.probes.append(shop.bindings.probe)
    yield shop
    health.probes.remove(shop.bindings.probe)


def test_ready_pods_are_registered_and_those_gone_deregistered(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    shop.service()
    first, second = shop.pod("a"), shop.pod("b")
    shop.bind(group)
    loads.aws.wait(10)
    found = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {(one["Target"]["Id"], one["Target"]["Port"]) for one in found} == {(first, 8080), (second, 8080)}
    assert {one["TargetHealth"]["State"] for one in found} == {"healthy"}
    del shop.addresses["a"]
    shop.show()
    shop.work()
    states = {
        one["Target"]["Id"]: one["TargetHealth"]["State"]
        for one in loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    }
    assert states == {first: "draining", second: "healthy"}


def test_a_pod_with_a_readiness_gate_waits_until_its_target_is_healthy(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    shop.service()
    shop.pod("a", gate=True)
    shop.bind(group)
    assert shop.gate("a") == ("False", "Elb.RegistrationInProgress")
    loads.aws.wait(10)
    shop.work()
    assert shop.gate("a") == ("True", None)


def test_a_gate_stays_shut_while_nothing_forwards_to_the_group(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip", used=False)
    shop.service()
    shop.pod("a", gate=True)
    shop.bind(group)
    loads.aws.wait(60)
    shop.work()
    assert shop.gate("a") == ("False", "Target.NotInUse")


def test_of_several_groups_on_a_pods_interface_exactly_one_must_bear_the_clusters_tag(shop: Shop, loads: Loads) -> None:
    ec2, group = loads.aws.ec2, loads.target_group(kind="ip")
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=loads.vpc)["GroupId"] for n in ("one", "two")]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=shop.eni["NetworkInterfaceId"], Groups=groups)
    shop.service()
    address = shop.pod("a")
    shop.bind(group, networking=INGRESS)
    ((reason, message),) = shop.events()
    assert (reason, f"for eni {shop.eni['NetworkInterfaceId']}" in message) == ("FailedNetworkReconcile", True)
    assert message.startswith("expected exactly one securityGroup tagged with kubernetes.io/cluster/prod")
    loads.aws.wait(30)
    assert (
        loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"][
            "Reason"
        ]
        == "Target.Timeout"
    )
    ec2.create_tags(Resources=groups[:1], Tags=[{"Key": "kubernetes.io/cluster/prod", "Value": "owned"}])
    shop.work()
    loads.aws.wait(30)
    asked = [{"Id": address, "Port": 8080}]
    (now,) = loads.elbv2.describe_target_health(TargetGroupArn=group, Targets=asked)["TargetHealthDescriptions"]
    assert now["TargetHealth"]["State"] == "healthy"
    ec2.create_tags(Resources=groups[1:], Tags=[{"Key": "kubernetes.io/cluster/prod", "Value": "owned"}])
    shop.work()
    assert shop.events()[-1][1].endswith(f"got: [{' '.join(sorted(groups))}] (clusterName: prod)")


def test_a_single_group_needs_no_tag_and_without_networking_nobody_looks(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    shop.service()
    shop.pod("a")
    shop.bind(group, networking=INGRESS)
    loads.aws.wait(10)
    found = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert ([one["TargetHealth"]["State"] for one in found], shop.events()) == (["healthy"], [])


def test_nodes_are_registered_but_for_those_that_are_excluded_or_leave(shop: Shop, loads: Loads) -> None:
    group, ids = loads.target_group(), [loads.instance() for _ in range(3)]
    shop.node("n2", ids[0])
    shop.node("n3", ids[1], labels={"node.kubernetes.io/exclude-from-external-load-balancers": "true"})
    shop.node("n4", ids[2], taints=[{"key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule"}])
    shop.service("NodePort")
    shop.bind(group, "instance")
    found = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {(one["Target"]["Id"], one["Target"]["Port"]) for one in found} == {(shop.instance, 30080), (ids[0], 30080)}
    label = "node.kubernetes.io/exclude-from-external-load-balancers"
    shop.store.change(place_of("Node", "", "n2"), lambda now: now["metadata"].update(labels={label: ""}))
    shop.store.change(place_of("Node", "", "n1"), lambda now: now["spec"].update(unschedulable=True))
    shop.work()
    found = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    states = {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in found}
    assert states == {shop.instance: "initial", ids[0]: "draining"}


def test_a_service_without_node_ports_cannot_have_nodes_as_targets(shop: Shop, loads: Loads) -> None:
    shop.service()
    shop.bind(loads.target_group(), "instance")
    ((reason, message),) = shop.events()
    assert (reason, message) == ("FailedReconcile", "service type must be either 'NodePort' or 'LoadBalancer'")


def test_a_missing_service_or_target_group_is_told(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    shop.bind(group)
    assert [reason for reason, _ in shop.events()] == ["BackendNotFound"]
    shop.service()
    shop.store.change(
        Place(BINDINGS, "shop", "web"), lambda now: now["spec"].update(targetGroupARN=group[:-4] + "dead")
    )
    shop.work()
    assert [reason for reason, _ in shop.events()] == ["BackendNotFound", "FailedReconcile"]


def test_a_deleted_binding_goes_once_its_targets_are_deregistered(shop: Shop, loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    shop.service()
    shop.pod("a")
    shop.bind(group)
    place = Place(BINDINGS, "shop", "web")
    assert shop.store.get(place)["metadata"]["finalizers"] == ["elbv2.k8s.aws/resources"]
    _, gone = shop.store.delete(place)
    assert gone is False
    shop.work()
    assert shop.store.find(place) is None
    (left,) = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert left["TargetHealth"]["State"] == "draining"


def test_addresses_outside_the_vpc_are_registered_for_all_zones(shop: Shop, loads: Loads, aws: Aws) -> None:
    group = loads.target_group(kind="ip")
    shop.service()
    shop.pod("a")
    shop.addresses["a"] = ("100.64.3.4", True)
    shop.show()
    shop.bind(group)
    (found,) = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert found["Target"] == {"Id": "100.64.3.4", "Port": 8080, "AvailabilityZone": "all"}
    assert aws.subnets
