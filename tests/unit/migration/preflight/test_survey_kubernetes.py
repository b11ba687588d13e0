"""What a preflight reads of an API server's answers."""

from collections.abc import Mapping
from typing import Any

import httpx2

from nodenet.kubernetes.survey import KubernetesSurvey
from nodenet.migration.cluster import Owner
from nodenet.migration.preflight.seen_kubernetes import ApiService, Binding, NodePool, Service, Webhook
from tests.unit.kubernetes_server import Server, items, refused

SET = {"kind": "ReplicaSet", "name": "web-1", "uid": "rs-1", "controller": True}
POD: Mapping[str, Any] = {
    "metadata": {
        "name": "web-1-x",
        "namespace": "shop",
        "uid": "p-1",
        "labels": {"app": "web"},
        "annotations": {"vpc.amazonaws.com/pod-eni": "[]"},
        "ownerReferences": [SET],
    },
    "spec": {
        "nodeName": "n1",
        "nodeSelector": {"disk": "ssd"},
        "readinessGates": [{"conditionType": "target-health.elbv2.k8s.aws/web"}],
        "volumes": [
            {"name": "scratch", "emptyDir": {}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "tmp", "ephemeral": {}},
        ],
        "containers": [
            {"name": "a", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}},
            {"name": "b", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
        ],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]},
                        {
                            "matchExpressions": [
                                {"key": "zone", "operator": "In", "values": ["b"]},
                                {"key": "only", "operator": "In", "values": ["here"]},
                            ]
                        },
                    ]
                }
            },
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]
            },
        },
    },
    "status": {"phase": "Running", "podIP": "10.0.0.9", "conditions": [{"type": "Ready", "status": "True"}]},
}


def survey(lists: Mapping[str, Any]) -> KubernetesSurvey:
    """A server that has these lists, by their path, and knows no other kind."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        found = lists.get(request.url.path)
        if found is None:
            return httpx2.Response(404, text="404 page not found\n")
        return items(*found) if isinstance(found, list) else httpx2.Response(200, json=found)

    return KubernetesSurvey(Server(answer).connection())


def test_a_pod_with_what_keeps_it_where_it_is() -> None:
    replica_set = {
        "metadata": {
            "name": "web-1",
            "namespace": "shop",
            "uid": "rs-1",
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "d", "controller": True}],
        }
    }
    (found,) = survey({"/api/v1/pods": [POD], "/apis/apps/v1/namespaces/shop/replicasets/web-1": replica_set}).pods()
    assert found.owner == Owner("Deployment", "shop", "web")
    assert (found.cpu, found.memory) == (1100, (1 << 30) + (64 << 20))
    assert (found.empty_dir, found.claims, found.branch, found.ready) == (True, ("data", "web-1-x-tmp"), True, True)
    assert found.gates == ("target-health.elbv2.k8s.aws/web",)
    assert found.apart
    # Either term may hold, so only what both restrict is certain.
    assert found.wants == {"disk": ("ssd",), "zone": ("a", "b")}


def test_a_container_that_requests_nothing_leaves_the_sum_unknown() -> None:
    silent = {**POD, "spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}, "metadata": {"name": "p"}}
    (found,) = survey({"/api/v1/pods": [silent]}).pods()
    assert (found.cpu, found.memory, found.owner) == (1000, None, None)


def test_a_node_and_what_is_allocatable() -> None:
    node = {
        "metadata": {"name": "n1", "labels": {"node.kubernetes.io/instance-type": "m5.large"}},
        "spec": {"providerID": "aws:///eu-west-1a/i-1"},
        "status": {"capacity": {"pods": "29"}, "allocatable": {"cpu": "1930m", "memory": "7Gi"}},
    }
    far = {"metadata": {"name": "f"}, "spec": {"providerID": "eks-hybrid:///eu-west-1/prod/mi-1"}}
    found, other = survey({"/api/v1/nodes": [node, far]}).nodes()
    assert (found.instance_id, found.zone, found.instance_type) == ("i-1", "eu-west-1a", "m5.large")
    assert (found.cpu, found.memory, found.max_pods, found.ready) == (1930, 7 << 30, 29, False)
    assert (other.instance_id, other.zone) == ("", "")


def test_budgets_choose_by_labels_by_expressions_all_or_none() -> None:
    """policy/v1: an empty selector matches every pod of the namespace, none at all no pod."""
    selectors: list[Any] = [
        {"matchLabels": {"app": "web"}},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]},
        {},
        None,
    ]
    budgets = [
        {
            "metadata": {"name": f"b{place}", "namespace": "shop"},
            "spec": {"selector": selector} if selector is not None else {},
        }
        for place, selector in enumerate(selectors)
    ]
    found = survey({"/apis/policy/v1/poddisruptionbudgets": budgets}).budgets()
    matching = [
        [bool(each.chooses and each.chooses.matches(labels)) for labels in ({"app": "web"}, {"app": "api"}, {})]
        for each in found
    ]
    assert matching == [[True, False, False], [True, True, False], [True, True, True], [False, False, False]]


def test_volumes_say_where_they_are() -> None:
    def volume(name: str, key: str, **more: Any) -> dict[str, Any]:
        terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": ["x"]}]}]
        spec = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}, **more}
        return {"metadata": {"name": name}, "spec": spec}

    claims = [
        {"metadata": {"name": name, "namespace": "shop"}, "spec": {"volumeName": name}}
        for name in ("ebs", "disk", "nfs")
    ]
    found = survey(
        {
            "/api/v1/persistentvolumes": [
                volume("ebs", "topology.ebs.csi.aws.com/zone", csi={"driver": "ebs.csi.aws.com"}),
                volume("disk", "kubernetes.io/hostname", local={"path": "/mnt"}),
                {"metadata": {"name": "nfs"}, "spec": {"nfs": {}}},
            ],
            "/api/v1/persistentvolumeclaims": claims,
        }
    ).claims()
    ebs, disk, nfs = (found["shop", name] for name in ("ebs", "disk", "nfs"))
    assert (ebs.zones, ebs.driver, ebs.local) == (("x",), "ebs.csi.aws.com", False)
    assert (disk.hosts, disk.local) == (("x",), True)
    assert (nfs.zones, nfs.hosts, nfs.local) == ((), (), False)


def test_policies_name_blocks_by_rule_and_exceptions_apart() -> None:
    policy = {
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.0.9.0/24"]}}, {"podSelector": {}}],
                    "ports": [{"protocol": "TCP", "port": 5432}],
                },
                {"from": [{"ipBlock": {"cidr": "100.64.0.0/16"}}], "ports": [{"port": 5432}]},
            ],
            "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
        },
    }
    plain = {"metadata": {"name": "none", "namespace": "shop"}, "spec": {"ingress": [{}]}}
    (found,) = survey({"/apis/networking.k8s.io/v1/networkpolicies": [policy, plain]}).policies()
    assert found.rules == {
        "ingress TCP 5432": ("10.0.0.0/16", "100.64.0.0/16"),
        "ingress TCP 5432 except": ("10.0.9.0/24",),
        "egress": ("0.0.0.0/0",),
    }


def test_calico_is_read_in_both_groups_and_told_once() -> None:
    """Calico's API server serves as projectcalico.org what is kept as crd.projectcalico.org, where policies of the
    default tier are named `default.` and their name."""
    rule = {"source": {"nets": ["10.0.0.0/16"]}, "destination": {"notNets": ["10.0.1.0/24"]}}
    policy = {"metadata": {"name": "allow"}, "spec": {"ingress": [rule]}}
    kept = {"metadata": {"name": "default.allow"}, "spec": {"ingress": [rule]}}
    nets = {"metadata": {"name": "pods"}, "spec": {"nets": ["10.0.0.0/16"]}}
    found = survey(
        {
            "/apis/networking.k8s.io/v1/networkpolicies": [],
            "/apis/projectcalico.org/v3/globalnetworkpolicies": [policy],
            "/apis/crd.projectcalico.org/v1/globalnetworkpolicies": [kept],
            "/apis/crd.projectcalico.org/v1/globalnetworksets": [nets],
        }
    ).policies()
    assert {each.label: each.rules for each in found} == {
        "Calico GlobalNetworkPolicy allow": {
            "ingress 0 source nets": ("10.0.0.0/16",),
            "ingress 0 destination notNets": ("10.0.1.0/24",),
        },
        "Calico GlobalNetworkSet pods": {"nets": ("10.0.0.0/16",)},
    }


def test_what_is_installed() -> None:
    def deployment(name: str, image: str, **more: Any) -> dict[str, Any]:
        container = {"name": name, "image": image, "args": ["--v=4"], "env": [{"name": "RESERVED_ENIS", "value": "1"}]}
        about = {"name": name, "namespace": "kube-system", **more}
        return {"metadata": about, "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}}}

    found = survey(
        {
            "/apis/apps/v1/daemonsets": [
                {"metadata": {"name": "aws-node", "namespace": "kube-system", "labels": {"a": "b"}}}
            ],
            "/apis/apps/v1/deployments": [
                deployment(
                    "ca",
                    "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.0",
                    annotations={"argocd.argoproj.io/tracking-id": "x"},
                ),
                deployment("karpenter", "public.ecr.aws/karpenter/controller:1.8.0"),
                deployment("web", "nginx:1"),
            ],
        }
    ).installed()
    assert found.daemon_sets == {"kube-system/aws-node": {"a": "b"}}
    assert [(each.kind, each.replicas, each.owner) for each in found.scalers] == [
        ("cluster-autoscaler", 2, "Argo CD"),
        ("karpenter", 2, ""),
    ]
    assert found.scalers[1].environment == {"RESERVED_ENIS": "1"}


def test_node_pools_with_their_classes() -> None:
    requirement = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1a"]}
    spec = {"template": {"spec": {"requirements": [requirement], "nodeClassRef": {"name": "default"}}}}
    lists = {
        "/apis/karpenter.sh/v1/nodepools": [{"metadata": {"name": "pool"}, "spec": spec}],
        "/apis/karpenter.k8s.aws/v1/ec2nodeclasses": [
            {"metadata": {"name": "default"}, "spec": {"kubelet": {"maxPods": 20}}}
        ],
    }
    assert survey(lists).node_pools() == [NodePool("pool", ("eu-west-1a",), 20)]
    assert survey({}).node_pools() == []


def test_webhooks_apis_services_bindings_and_roles() -> None:
    client = {"service": {"namespace": "shop", "name": "hook"}}
    hooks = [{"name": "check", "clientConfig": client, "rules": [{"resources": ["pods"]}]}]
    outside = [{"name": "url", "failurePolicy": "Ignore", "clientConfig": {"url": "https://x"}}]
    found = survey(
        {
            "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": [
                {"metadata": {"name": "v"}, "webhooks": hooks}
            ],
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": [
                {"metadata": {"name": "m"}, "webhooks": outside}
            ],
            "/apis/apiregistration.k8s.io/v1/apiservices": [
                {"metadata": {"name": "v1."}, "spec": {}},
                {
                    "metadata": {"name": "v1beta1.metrics.k8s.io"},
                    "spec": client,
                    "status": {"conditions": [{"type": "Available", "status": "False"}]},
                },
            ],
            "/api/v1/services": [
                {
                    "metadata": {"name": "web", "namespace": "shop"},
                    "spec": {"selector": {"app": "web"}, "type": "LoadBalancer", "externalTrafficPolicy": "Local"},
                }
            ],
            "/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings": [
                {
                    "metadata": {"name": "web", "namespace": "shop"},
                    "spec": {"targetGroupARN": "arn", "targetType": "ip", "serviceRef": {"name": "web"}},
                }
            ],
            "/api/v1/namespaces/kube-system/configmaps/aws-auth": {
                "data": {"mapRoles": "- rolearn: arn:aws:iam::1:role/nodes\n  username: x\n"}
            },
        }
    )
    assert found.webhooks() == [
        Webhook("v", "check", fails=True, service=("shop", "hook"), resources=("pods",)),
        Webhook("m", "url", fails=False, service=None),
    ]
    assert found.api_services() == [ApiService("v1beta1.metrics.k8s.io", ("shop", "hook"), available=False)]
    assert found.services() == {("shop", "web"): Service("shop", "web", {"app": "web"}, "LoadBalancer", "Local")}
    assert found.bindings() == [Binding("shop", "web", "arn", "ip", "web")]
    assert found.aws_auth() == ("arn:aws:iam::1:role/nodes",)


def test_a_cluster_without_aws_auth_names_no_roles() -> None:
    server = Server(lambda _: refused(404, "NotFound", "configmaps aws-auth not found"))
    assert KubernetesSurvey(server.connection()).aws_auth() == ()
