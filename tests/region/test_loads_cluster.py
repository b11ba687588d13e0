"""Pods behind a load balancer, in a cluster whose nodes are instances: no pod is ready before its target is, in the
nodes' subnets as in a secondary range.

Source: aws-load-balancer-controller v3, docs/deploy/pod_readiness_gate.md, docs/guide/targetgroupbinding/spec.md.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from lightkube import codecs
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.core_v1 import PodReadinessGate, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.core_v1 import Service

from local.region import Region
from tests.kubernetes.nodes_stage import CUSTOM, Stage, inside, until
from tests.kubernetes.nodes_stage import quick_region as quick_region  # the fixture `quick`
from tests.kubernetes.nodes_stage import stage_of_nodes as stage_of_nodes  # the fixture `stage`

Binding = create_namespaced_resource("elbv2.k8s.aws", "v1beta1", "TargetGroupBinding", "targetgroupbindings")
GATE = PodReadinessGate(conditionType="target-health.elbv2.k8s.aws/web")
INGRESS = {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"protocol": "TCP"}]}]}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "targetgroupbindings.elbv2.k8s.aws"},
    "spec": {
        "group": "elbv2.k8s.aws",
        "scope": "Namespaced",
        "names": {"plural": "targetgroupbindings", "singular": "targetgroupbinding", "kind": "TargetGroupBinding"},
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@pytest.fixture
def group(stage: Stage) -> str:
    """The ARN of the target group of the Service "web", behind a network load balancer in zone a."""
    elbv2 = stage.region.client("elbv2")
    checks: Any = {"HealthCheckIntervalSeconds": 60, "HealthCheckTimeoutSeconds": 5, "UnhealthyThresholdCount": 2}
    made = elbv2.create_target_group(Name="web", Protocol="TCP", Port=80, VpcId=stage.vpc, TargetType="ip", **checks)
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    made = elbv2.create_load_balancer(Name="front", Type="network", Subnets=[stage.nodes_in["a"]])
    forward: Any = [{"Type": "forward", "TargetGroupArn": arn}]
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=80, DefaultActions=forward)
    stage.kube.create(codecs.from_dict(DEFINITION))
    until(lambda: _established(stage))
    ports = [ServicePort(name="http", port=80, targetPort=8080)]
    about = ObjectMeta(name="web", namespace="default")
    stage.kube.create(Service(metadata=about, spec=ServiceSpec(selector={"app": "web"}, ports=ports)))
    spec = {"targetGroupARN": arn, "targetType": "ip", "serviceRef": {"name": "web", "port": "http"}}
    stage.kube.create(Binding(metadata=about, spec=spec | {"networking": INGRESS}))
    return arn


def states(region: Region, group: str) -> Mapping[str, str]:
    found = region.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in found}


def test_pods_are_ready_once_their_targets_are_healthy_and_drain_when_they_go(stage: Stage, group: str) -> None:
    stage.managed(size=1)
    stage.ready(1)
    stage.deploy("web", 2, readinessGates=[GATE])
    found = stage.running("web", 2)

    def all_ready() -> bool:
        ready = {pod.status.podIP for pod in stage.pods("web") if _ready(pod) == "True"}
        seen = states(stage.region, group)
        assert all(seen[address] == "healthy" for address in ready)
        return ready == set(found)

    until(all_ready)
    assert set(states(stage.region, group).values()) == {"healthy"}
    stage.scale("web", 1)
    until(lambda: sorted(states(stage.region, group).values()) == ["draining", "healthy"])


def test_pods_of_a_secondary_range_are_targets_like_others(stage: Stage, group: str) -> None:
    stage.eni_configs()
    stage.set_env(**CUSTOM)
    stage.managed(size=1)
    stage.ready(1)
    stage.deploy("web", 2, readinessGates=[GATE])
    found = stage.running("web", 2)
    assert all(inside(address, "100.64.0.0/16") for address in found)
    until(lambda: states(stage.region, group) == dict.fromkeys(found, "healthy"))


def test_an_ambiguous_security_group_keeps_pods_out_of_the_balancer(stage: Stage, group: str) -> None:
    more = stage.ec2.create_security_group(GroupName="more", Description="more", VpcId=stage.vpc)["GroupId"]
    stage.eni_config("eu-west-1a", stage.pods_in["a"], stage.group, more)
    stage.set_env(**CUSTOM)
    stage.managed(size=1)
    stage.ready(1)
    stage.deploy("web", 1, readinessGates=[GATE])
    (address,) = stage.running("web", 1)
    until(lambda: states(stage.region, group) == {address: "unhealthy"})
    (event, *_) = stage.events("FailedNetworkReconcile")
    assert "expected exactly one securityGroup tagged with kubernetes.io/cluster/prod" in event.message
    assert [_ready(pod) for pod in stage.pods("web")] == ["False"]
    stage.ec2.create_tags(Resources=[more], Tags=[{"Key": "kubernetes.io/cluster/prod", "Value": "owned"}])
    until(lambda: states(stage.region, group) == {address: "healthy"})
    until(lambda: [_ready(pod) for pod in stage.pods("web")] == ["True"])


def _established(stage: Stage) -> bool:
    shown = stage.kube.get(CustomResourceDefinition, "targetgroupbindings.elbv2.k8s.aws")
    return any(one.type == "Established" for one in (shown.status and shown.status.conditions) or ())


def _ready(pod: Any) -> str:
    return next((str(one.status) for one in pod.status.conditions or () if one.type == "Ready"), "")
