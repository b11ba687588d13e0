"""A cluster whose nodes are instances of the region: a VPC in three zones, and who asks EC2, EKS and Kubernetes."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from lightkube import Client, KubeConfig
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_global_resource
from lightkube.models.apps_v1 import DeploymentSpec
from lightkube.models.core_v1 import Container, PodSpec, PodTemplateSpec, Toleration
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.resources.apps_v1 import DaemonSet, Deployment
from lightkube.resources.core_v1 import Event, Node, Pod

from local.region import Region
from local.world import ACCOUNT, REGION
from tests.region.kubernetes_cluster import signed

ROLE = f"arn:aws:iam::{ACCOUNT}:role/node"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/node"
ENIConfig = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")
CNI = {"clusterName": "prod", "addonName": "vpc-cni"}
CUSTOM = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"}
SPEED = 60.0


@dataclass
class Stage:
    """`nodes_in` are the subnets of the nodes by zone letter, `pods_in` those of a secondary range."""

    region: Region
    mode: str = "API_AND_CONFIG_MAP"
    size: int = 24
    nodes_in: dict[str, str] = field(default_factory=dict)
    pods_in: dict[str, str] = field(default_factory=dict)
    group: str = ""

    def __post_init__(self) -> None:
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/16")
        self.vpc = vpc
        for number, zone in enumerate("abc"):
            self.nodes_in[zone] = self.subnet(f"10.0.{number}.0/{self.size}", zone)
            self.pods_in[zone] = self.subnet(f"100.64.{number * 16}.0/20", zone)
        self.group = self.ec2.create_security_group(GroupName="pods", Description="pods", VpcId=vpc)["GroupId"]
        self.eks.create_cluster(
            name="prod",
            roleArn=ROLE,
            resourcesVpcConfig={"subnetIds": list(self.nodes_in.values())},
            accessConfig={"authenticationMode": self.mode},
        )

    @cached_property
    def ec2(self) -> Any:
        return self.region.client("ec2")

    @cached_property
    def eks(self) -> Any:
        return self.region.client("eks")

    @cached_property
    def scaling(self) -> Any:
        return self.region.client("autoscaling")

    @cached_property
    def kube(self) -> Any:
        shown = self.eks.describe_cluster(name="prod")["cluster"]
        cluster = Cluster(server=shown["endpoint"], certificate_auth_data=shown["certificateAuthority"]["data"])
        user = User(token=signed(self.region.endpoint, "prod"))
        return Client(config=KubeConfig.from_one(cluster=cluster, user=user), trust_env=False)

    def subnet(self, block: str, zone: str = "a") -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=REGION + zone)
        return str(made["Subnet"]["SubnetId"])

    def managed(self, name: str = "web", size: int = 1, zones: str = "a", **more: Any) -> None:
        given = {"instanceTypes": ["m5.large"], "nodeRole": ROLE, "subnets": [self.nodes_in[zone] for zone in zones]}
        sizes = {"minSize": 0, "maxSize": 20, "desiredSize": size}
        self.eks.create_nodegroup(clusterName="prod", nodegroupName=name, scalingConfig=sizes, **given | more)

    def self_managed(self, name: str, user_data: str = "", size: int = 1, profile: str | None = PROFILE) -> None:
        data: dict[str, Any] = {"ImageId": "ami-12345678", "InstanceType": "m5.large"}
        data |= {"UserData": b64encode(user_data.encode()).decode()} if user_data else {}
        data |= {"IamInstanceProfile": {"Arn": profile}} if profile else {}
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        self.scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            VPCZoneIdentifier=self.nodes_in["a"],
            MinSize=0,
            MaxSize=10,
            DesiredCapacity=size,
            Tags=[{"Key": "kubernetes.io/cluster/prod", "Value": "owned", "PropagateAtLaunch": True}],
        )

    def nodes(self, **labels: str) -> list[Any]:
        return sorted(self.kube.list(Node, labels=dict(labels)), key=lambda each: str(each.metadata.name))

    def ready(self, count: int, **labels: str) -> list[Any]:
        """So many nodes that are Ready, waited for."""
        until(lambda: sum(status_of(node) == "True" for node in self.nodes(**labels)) == count)
        return self.nodes(**labels)

    def deploy(self, name: str, replicas: int, node: str = "", **spec: Any) -> None:
        """Pods of one container, on one node where it is named, whatever its taints."""
        given: dict[str, Any] = {"nodeSelector": {"kubernetes.io/hostname": node}} if node else {}
        containers = [Container(name="app", image="app")]
        pod = PodSpec(containers=containers, tolerations=[Toleration(operator="Exists")], **given | spec)
        template = PodTemplateSpec(metadata=ObjectMeta(labels={"app": name}), spec=pod)
        selector = LabelSelector(matchLabels={"app": name})
        about = ObjectMeta(name=name, namespace="default")
        whole = DeploymentSpec(replicas=replicas, selector=selector, template=template)
        self.kube.create(Deployment(metadata=about, spec=whole))

    def pods(self, name: str) -> list[Any]:
        return list(self.kube.list(Pod, namespace="default", labels={"app": name}))

    def running(self, name: str, count: int) -> list[str]:
        """The addresses of so many running pods, waited for."""
        until(lambda: sum(bool(address_of(pod)) for pod in self.pods(name)) == count)
        return sorted(address for pod in self.pods(name) if (address := address_of(pod)))

    def scale(self, name: str, replicas: int) -> None:
        self.kube.patch(Deployment, name, {"spec": {"replicas": replicas}}, namespace="default")

    def set_env(self, **values: str) -> None:
        """As `kubectl set env` does it."""
        env = [{"name": name, "value": value} for name, value in values.items()]
        containers = [{"name": "aws-node", "env": env}]
        change = {"spec": {"template": {"spec": {"containers": containers}}}}
        self.kube.patch(DaemonSet, "aws-node", change, namespace="kube-system", field_manager="kubectl-set")
        self.rolled_out()

    def rolled_out(self) -> None:
        def complete() -> bool:
            status = self.daemons().status
            wanted, generation = status.desiredNumberScheduled, self.daemons().metadata.generation
            return bool(
                (status.observedGeneration or 0) >= generation
                and (status.updatedNumberScheduled or 0) == wanted == (status.numberAvailable or 0)
            )

        until(complete)

    def daemons(self) -> Any:
        return self.kube.get(DaemonSet, "aws-node", namespace="kube-system")

    def environment(self) -> dict[str, str]:
        container = self.daemons().spec.template.spec.containers[0]
        return {each.name: each.value for each in container.env if each.value is not None}

    def eni_config(self, name: str, subnet: str, *groups: str) -> None:
        spec: dict[str, Any] = {"subnet": subnet} | ({"securityGroups": list(groups)} if groups else {})
        self.kube.create(ENIConfig(metadata=ObjectMeta(name=name), spec=spec))

    def eni_configs(self, zones: str = "abc") -> None:
        for zone in zones:
            self.eni_config(REGION + zone, self.pods_in[zone], self.group)

    def interfaces(self, node: Any) -> list[dict[str, Any]]:
        """Of a node's instance, by their device index."""
        mine = [{"Name": "attachment.instance-id", "Values": [instance_of(node)]}]
        found = self.ec2.describe_network_interfaces(Filters=mine)["NetworkInterfaces"]
        return sorted(found, key=lambda each: each["Attachment"]["DeviceIndex"])

    def free(self, subnet: str) -> int:
        return int(self.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])

    def cordon(self, node: Any, *, on: bool = True) -> None:
        self.kube.patch(Node, name_of(node), {"spec": {"unschedulable": on}})
        until(lambda: (taint("node.kubernetes.io/unschedulable", self.kube.get(Node, name_of(node))) is not None) == on)

    def events(self, reason: str) -> list[Any]:
        return [each for each in self.kube.list(Event, namespace="*") if each.reason == reason]

    def close(self) -> None:
        self.kube.close()

    def wait(self, seconds: float) -> None:
        """Simulated seconds."""
        end = self.region.control.now() + seconds
        until(lambda: self.region.control.now() >= end)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Real seconds, after which the condition must have come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it has not come true in time"
        time.sleep(0.05)


def name_of(node: Any) -> str:
    return str(node.metadata.name)


def instance_of(node: Any) -> str:
    return str(node.spec.providerID).rpartition("/")[2]


def status_of(node: Any) -> str:
    """Of the Ready condition."""
    conditions = node.status.conditions or []
    return next((each.status for each in conditions if each.type == "Ready"), "")


def taint(key: str, node: Any) -> Any:
    taints = node.spec.taints or []
    return next((each for each in taints if each.key == key), None)


def address_of(pod: Any) -> str | None:
    """Of a pod that runs and is not going."""
    going, status = pod.metadata.deletionTimestamp, pod.status
    return status.podIP if status and status.phase == "Running" and not going else None


def inside(address: str, block: str) -> bool:
    return ip_address(address) in ip_network(block)


def addresses(interface: Mapping[str, Any]) -> set[str]:
    """The secondary ones."""
    return {each["PrivateIpAddress"] for each in interface["PrivateIpAddresses"] if not each["Primary"]}


def gone(call: Callable[[], Any]) -> bool:
    """Whether the API server answers 404."""
    try:
        call()
    except ApiError as refused:
        return bool(refused.status.code == 404)
    return False


@pytest.fixture(name="quick")
def quick_region(fresh_region: Region) -> Iterator[Region]:
    """A region where clusters have controllers, and a minute passes in a second."""
    fresh_region.control.kubernetes(controllers=True)
    fresh_region.control.speed = SPEED
    yield fresh_region
    fresh_region.control.reset()


@pytest.fixture(name="stage")
def stage_of_nodes(quick: Region) -> Iterator[Stage]:
    with closing(Stage(quick)) as stage:
        yield stage
