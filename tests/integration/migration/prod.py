"""A cluster that has run out of addresses, with workloads that serve, beside the deployed stack that migrates it.

Three zones with small node subnets, each with a route table of its own; node groups of managed and self-managed nodes;
Deployments, a StatefulSet and their budgets of disruptions.
"""

import itertools
import json
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml
from lightkube import Client, KubeConfig, codecs
from lightkube.config.models import Cluster, User
from lightkube.generic_resource import load_in_cluster_generic_resources
from lightkube.resources.apps_v1 import DaemonSet, Deployment, StatefulSet
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from demo.stack import Stack
from local.region import Region
from local.world import ACCOUNT, REGION
from tests.integration.migration.started import Started
from tests.integration.migration.waiting import until
from tests.region.kubernetes_cluster import signed

NAME: Final = "prod"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/node"
PROFILE: Final = f"arn:aws:iam::{ACCOUNT}:instance-profile/node"
ZONES: Final = tuple(f"{REGION}{letter}" for letter in "abc")
ACCESS: Final = Path(__file__).parents[3] / "docs" / "reference" / "manifests" / "migration-access.yaml"
INPUT: Final[Mapping[str, Any]] = {
    "nodeGroups": ["web"],
    "cidrs": ["100.64.0.0/16"],
    "podSubnets": {zone: {"cidr": f"100.64.{32 * n}.0/19"} for n, zone in enumerate(ZONES)},
    "settle": "0s",
    "batch": "34%",
    "hold": "2h",
}
NODE_CONFIG: Final = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=="

--==
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: prod
    apiServerEndpoint: https://10.0.0.10
    certificateAuthority: AAAA
    cidr: 172.20.0.0/16

--==--
"""

_numbers = itertools.count(1)


@dataclass
class Prod:
    """The cluster. `stack` is deployed for it by whoever makes it; `size` is the node subnets' prefix length."""

    region: Region
    size: int = 26
    vpc: str = ""
    nodes_in: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    stack: Stack | None = None

    def build(self, mode: str = "API") -> None:
        """VPC and cluster, still without nodes."""
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for number, zone in enumerate(ZONES):
            block = f"10.0.{number}.0/{self.size}"
            made = ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
            ec2.associate_route_table(SubnetId=made, RouteTableId=table)
            self.nodes_in[zone], self.tables[zone] = made, table
        eks = self.client("eks")
        eks.create_cluster(
            name=NAME,
            roleArn=ROLE,
            resourcesVpcConfig={"subnetIds": list(self.nodes_in.values())},
            accessConfig={"authenticationMode": mode},
        )
        eks.create_access_entry(clusterName=NAME, principalArn=ROLE, type="EC2_LINUX")
        with closing(self.kube) as kube:
            load_in_cluster_generic_resources(kube)

    def client(self, service: str) -> Any:
        return self.region.client(service)

    @property
    def kube(self) -> Any:
        """An administrator's client; its token is young."""
        shown = self.client("eks").describe_cluster(name=NAME)["cluster"]
        cluster = Cluster(server=shown["endpoint"], certificate_auth_data=shown["certificateAuthority"]["data"])
        user = User(token=signed(self.region.endpoint, NAME))
        return Client(config=KubeConfig.from_one(cluster=cluster, user=user), trust_env=False)

    @cached_property
    def _subnets(self) -> list[str]:
        return list(self.nodes_in.values())

    def apply_access(self) -> None:
        """The roles that the functions' groups have, as people apply them."""
        with closing(self.kube) as kube:
            for document in yaml.safe_load_all(ACCESS.read_text()):
                kube.apply(codecs.from_dict(document), field_manager="kubectl", force=True)

    def managed(self, name: str = "web", size: int = 6, **more: Any) -> None:
        sizes = {"minSize": 0, "maxSize": 20, "desiredSize": size}
        given = {"instanceTypes": ["m5.large"], "nodeRole": ROLE, "subnets": self._subnets, "scalingConfig": sizes}
        self.client("eks").create_nodegroup(clusterName=NAME, nodegroupName=name, **given | more)

    def self_managed(self, name: str = "api", size: int = 3) -> None:
        data = {"ImageId": "ami-12345678", "InstanceType": "m5.large", "IamInstanceProfile": {"Arn": PROFILE}}
        data["UserData"] = b64encode(NODE_CONFIG.encode()).decode()
        self.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        tags = {f"kubernetes.io/cluster/{NAME}": "owned", "nodenet:cluster": NAME, "team": "payments"}
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            VPCZoneIdentifier=",".join(self._subnets),
            MinSize=0,
            MaxSize=20,
            DesiredCapacity=size,
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
        )

    def deployment(self, name: str, replicas: int, available: int | str = "80%", **pod: Any) -> None:
        """Pods that are ready a while after they run, and a budget of their disruptions."""
        labels = {"app": name}
        self._make("apps/v1", "Deployment", name, _replicated(labels, replicas, **pod))
        self.budget(name, minAvailable=available)

    def stateful_set(self, name: str, replicas: int) -> None:
        labels = {"app": name}
        self._make("apps/v1", "StatefulSet", name, {**_replicated(labels, replicas), "serviceName": name})
        self.budget(name, maxUnavailable=1)

    def budget(self, name: str, **how: Any) -> None:
        self._make("policy/v1", "PodDisruptionBudget", name, {"selector": {"matchLabels": {"app": name}}, **how})

    def change_budget(self, name: str, available: int | str) -> None:
        with closing(self.kube) as kube:
            kube.patch(PodDisruptionBudget, name, {"spec": {"minAvailable": available}}, namespace="default")

    def _make(self, version: str, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        about = {"name": name, "namespace": "default"}
        with closing(self.kube) as kube:
            kube.create(codecs.from_dict({"apiVersion": version, "kind": kind, "metadata": about, "spec": dict(spec)}))

    # ---- what there is ----

    def nodes(self, **labels: str) -> list[Any]:
        with closing(self.kube) as kube:
            return sorted(kube.list(Node, labels=labels or None), key=lambda each: str(each.metadata.name))

    def pods(self, namespace: str = "default") -> list[Any]:
        with closing(self.kube) as kube:
            return list(kube.list(Pod, namespace=namespace))

    def addresses(self) -> dict[str, str]:
        """Of pods that run, but for those of the host's network."""
        return {
            each.metadata.name: each.status.podIP
            for each in self.pods()
            if each.status and each.status.phase == "Running" and not each.spec.hostNetwork
        }

    def variables(self) -> dict[str, str]:
        """aws-node's environment."""
        with closing(self.kube) as kube:
            found = kube.get(DaemonSet, "aws-node", namespace="kube-system").spec.template.spec.containers
        return {each.name: each.value or "" for each in found[0].env if each.valueFrom is None}

    def groups(self) -> list[str]:
        """Managed node groups and Auto Scaling groups."""
        managed = self.client("eks").list_nodegroups(clusterName=NAME)["nodegroups"]
        scaling = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return sorted([*managed, *(each["AutoScalingGroupName"] for each in scaling)])

    def settled(self, nodes: int) -> None:
        """So many nodes are Ready, and all workloads available."""
        until(lambda: sum(is_ready(each) for each in self.nodes()) == nodes, f"{nodes} nodes are Ready")
        until(lambda: not self.short(), "all workloads are available")

    def short(self) -> list[str]:
        """Workloads that have fewer available than they should have."""
        found = []
        with closing(self.kube) as kube:
            for kind in (Deployment, StatefulSet):
                for each in kube.list(kind, namespace="*"):
                    available = (each.status and each.status.availableReplicas) or 0
                    if available < (each.spec.replicas if each.spec.replicas is not None else 1):
                        found.append(f"{each.metadata.namespace}/{each.metadata.name}: {available}")
        return found

    # ---- runs ----

    @property
    def outputs(self) -> Mapping[str, str]:
        assert self.stack
        return self.stack.outputs

    def start(self, name: str = "", **changes: Any) -> Started:
        """Starts a run; `changes` are to the input."""
        name = name or f"run-{next(_numbers)}"
        machine = self.outputs["MigrateStateMachine"]
        given = {key: value for key, value in {**INPUT, **changes}.items() if value is not None}
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=name, input=json.dumps(given)
        )
        return Started(self.region, self.outputs, name, answer["executionArn"])


def _replicated(labels: Mapping[str, str], replicas: int, **pod: Any) -> dict[str, Any]:
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }
    spec = {"containers": [{"name": "app", "image": "app"}], "topologySpreadConstraints": [spread], **pod}
    template = {"metadata": {"labels": dict(labels)}, "spec": spec}
    return {"replicas": replicas, "selector": {"matchLabels": dict(labels)}, "template": template}


def is_ready(thing: Any) -> bool:
    """Whether a node or a pod is Ready."""
    conditions = (thing.status and thing.status.conditions) or []
    return any(each.type == "Ready" and each.status == "True" for each in conditions)
