"""Owners of pods with their numbers, budgets, sizes; Karpenter's pools; load balancers' bindings."""

from typing import Any

import httpx2
import pytest

from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.karpenter import Karpenter
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.cluster import Budget, Owner, Workload
from nodenet.migration.objects import Deployment, TargetGroupBinding
from tests.unit.kubernetes_server import Server, routed

APPS = "/apis/apps/v1"
WEB = Owner("Deployment", "shop", "web")
SCALE = f"{APPS}/namespaces/shop/deployments/web/scale"
NO_PATH = httpx2.Response(404, text="404 page not found\n")


def thing(name: str, spec: Any, status: Any = None, above: tuple[str, str] | None = None) -> dict[str, Any]:
    owners = [{"kind": above[0], "name": above[1], "uid": "u", "controller": True}] if above else []
    about = {"name": name, "namespace": "shop", "uid": name, "ownerReferences": owners}
    return {"metadata": about, "spec": spec, "status": status or {}}


def workloads(**lists: list[dict[str, Any]]) -> list[Workload]:
    plurals = {kind: f"{APPS}/{kind}" for kind in ("deployments", "statefulsets", "replicasets")}
    plurals["replicationcontrollers"] = "/api/v1/replicationcontrollers"
    server = routed({f"GET {path}": {"items": lists.get(kind, [])} for kind, path in plurals.items()})
    return Workloads(server.connection()).workloads()


def test_owners_are_counted_by_their_controllers() -> None:
    selector = {"matchLabels": {"app": "web"}}
    assert workloads(
        deployments=[thing("web", {"replicas": 3, "selector": selector}, {"availableReplicas": 2})],
        statefulsets=[thing("db", {"selector": selector}, {"availableReplicas": 1})],
        replicasets=[thing("own", {"replicas": 0, "selector": selector})],
        replicationcontrollers=[thing("old", {"replicas": 2, "selector": {"app": "web"}}, {"availableReplicas": 2})],
    ) == [
        Workload(WEB, 3, 2, {"app": "web"}),
        Workload(Owner("StatefulSet", "shop", "db"), 1, 1, {"app": "web"}),
        Workload(Owner("ReplicaSet", "shop", "own"), 0, 0, {"app": "web"}),
        Workload(Owner("ReplicationController", "shop", "old"), 2, 2, {"app": "web"}),
    ]


def test_a_deployments_replica_sets_are_not_counted_twice() -> None:
    assert workloads(replicasets=[thing("web-5d", {"replicas": 3}, above=("Deployment", "web"))]) == []


def test_replica_sets_of_an_owner_that_is_not_known_count_for_it_together() -> None:
    rollout = ("Rollout", "web")
    assert workloads(
        replicasets=[
            thing("web-1", {"replicas": 2}, {"availableReplicas": 2}, rollout),
            thing("web-2", {"replicas": 1}, {"availableReplicas": 0}, rollout),
        ]
    ) == [Workload(Owner("Rollout", "shop", "web"), 3, 2)]


def test_budgets_say_what_they_allow_and_whom_they_are_for() -> None:
    """policy/v1: an empty selector is for all pods of the namespace, none is for no pod."""
    status = {"disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3}
    expressions = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    listed = [
        thing("labels", {"selector": {"matchLabels": {"app": "web"}}}, status),
        thing("expressions", {"selector": expressions}, status),
        thing("all", {"selector": {}}),
        thing("none", {}),
    ]
    server = routed({"GET /apis/policy/v1/poddisruptionbudgets": {"items": listed}})
    assert Workloads(server.connection()).budgets() == [
        Budget("shop", "labels", 1, 3, 2, 3, {"app": "web"}),
        Budget("shop", "expressions", 1, 3, 2, 3, expressions=True),
        Budget("shop", "all", 0, 0, 0, 0, expressions=True),
    ]


def test_deployments_are_found_by_labels_images_and_arguments() -> None:
    containers = [{"name": "a", "image": "registry/cluster-autoscaler:v1", "command": ["./ca"], "args": ["--v=4"]}]
    item = thing("ca", {"replicas": 2, "template": {"spec": {"containers": containers}}})
    item["metadata"]["labels"] = {"app": "cluster-autoscaler"}
    server = routed({f"GET {APPS}/namespaces/shop/deployments": {"items": [item]}})
    assert Workloads(server.connection()).deployments("app=cluster-autoscaler", "shop") == [
        Deployment(
            Owner("Deployment", "shop", "ca"),
            2,
            {"app": "cluster-autoscaler"},
            ("registry/cluster-autoscaler:v1",),
            ("./ca", "--v=4"),
        )
    ]
    assert server.asked[0].url.params["labelSelector"] == "app=cluster-autoscaler"


def test_a_size_is_read_and_set_by_its_own_resource() -> None:
    server = routed({f"GET {SCALE}": thing("web", {"replicas": 3}), f"PATCH {SCALE}": thing("web", {})})
    found = Workloads(server.connection())
    assert found.scale(WEB) == 3
    assert found.set_scale(WEB, 0)
    assert server.body() == {"spec": {"replicas": 0}}


def test_no_replicas_are_left_out_by_the_server() -> None:
    """autoscaling/v1, ScaleSpec: omitempty."""
    assert Workloads(routed({f"GET {SCALE}": thing("web", {})}).connection()).scale(WEB) == 0


def test_the_size_of_what_is_gone_or_not_scaled_is_none() -> None:
    found = Workloads(routed({}).connection())
    assert found.scale(WEB) is None
    assert not found.set_scale(WEB, 1)
    assert found.scale(Owner("DaemonSet", "shop", "web")) is None


def test_karpenters_budgets_are_read_and_put_in_place() -> None:
    pools = "/apis/karpenter.sh/v1/nodepools"
    budgets = [{"nodes": "10%"}, {"nodes": "0", "schedule": "@daily", "duration": "10m"}]
    listed = [
        {"metadata": {"name": "batch"}, "spec": {"disruption": {"budgets": budgets}}},
        {"metadata": {"name": "none"}, "spec": {"disruption": {"budgets": []}}},
    ]
    server = routed({f"GET {pools}": {"items": listed}, f"PATCH {pools}/batch": listed[0]})
    karpenter = Karpenter(server.connection())
    assert karpenter.node_pools() == {"batch": budgets, "none": []}
    assert karpenter.set_budgets("batch", [{"nodes": "0"}])
    assert server.body() == {"spec": {"disruption": {"budgets": [{"nodes": "0"}]}}}
    assert not karpenter.set_budgets("gone", [])


@pytest.mark.parametrize("read", [lambda it: Karpenter(it).node_pools(), lambda it: Bindings(it).bindings()])
def test_a_cluster_without_the_kind_has_none(read: Any) -> None:
    assert not read(Server(lambda _: NO_PATH).connection())


def test_bindings_name_target_groups_and_services_their_pods() -> None:
    spec = {"targetGroupARN": "arn:tg", "targetType": "ip", "serviceRef": {"name": "web", "port": 80}}
    server = routed(
        {
            "GET /apis/elbv2.k8s.aws/v1beta1/targetgroupbindings": {"items": [thing("b", spec)]},
            "GET /api/v1/services": {"items": [thing("web", {"selector": {"app": "web"}}), thing("outside", {})]},
        }
    )
    bindings = Bindings(server.connection())
    assert bindings.bindings() == [TargetGroupBinding("shop", "b", "arn:tg", "ip", "web")]
    assert bindings.selectors() == {("shop", "web"): {"app": "web"}}
