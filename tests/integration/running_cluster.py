"""An EKS cluster of the local region with nodes and pods, built call by call as AWS and Kubernetes would have it."""

import itertools
import json
import ssl
import urllib.request
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from local.region import Region
from local.world import ACCOUNT, REGION
from nodenet.aws.eks_token import token

CLUSTER = "prod"
CNI = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "CLUSTER_NAME": CLUSTER,
    "ENABLE_POD_ENI": "true",
    "ENABLE_SUBNET_DISCOVERY": "true",
    "WARM_ENI_TARGET": "0",
    "WARM_IP_TARGET": "3",
}


@dataclass
class RunningCluster:
    """Cluster "prod" in a VPC of two blocks and two zones."""

    region: Region
    vpc: str = ""
    subnets: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def build(self, **more: Any) -> None:
        """VPC, subnets and cluster; further arguments go to CreateCluster."""
        ec2 = self.region.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.associate_vpc_cidr_block(VpcId=self.vpc, CidrBlock="100.64.0.0/16")
        for name, zone, cidr in (
            ("nodes-a", "a", "10.0.0.0/24"),
            ("nodes-b", "b", "10.0.1.0/24"),
            ("pods-a", "a", "100.64.0.0/20"),
            ("pods-b", "b", "100.64.16.0/20"),
            ("n3-a", "a", "10.0.4.0/24"),
            ("data", "a", "10.0.5.0/24"),
        ):
            made = ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")
            self.subnets[name] = made["Subnet"]["SubnetId"]
        eks = self.region.client("eks")
        cluster = eks.create_cluster(
            name=CLUSTER,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
            resourcesVpcConfig={"subnetIds": [self.subnets["nodes-a"], self.subnets["nodes-b"]]},
            accessConfig={"authenticationMode": "API"},
            **more,
        )["cluster"]
        self.endpoint = cluster["endpoint"]
        self.authority = b64decode(cluster["certificateAuthority"]["data"]).decode()
        self.trust = ssl.create_default_context(cadata=self.authority)

    def put(self, path: str, thing: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """Creates or replaces an object of Kubernetes."""
        request = urllib.request.Request(self.endpoint + path, json.dumps(thing).encode(), method=method)
        request.add_header("Authorization", f"Bearer {token(CLUSTER, self.region.client('sts'))}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, context=self.trust) as answer:
            return dict(json.load(answer))

    def eni_config(self, thing: dict[str, Any]) -> None:
        kind = {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig"}
        self.put("/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs", {**kind, **thing})

    def aws_node(self, **environment: str) -> None:
        """DaemonSet kube-system/aws-node."""
        variables: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in environment.items()]
        variables.append({"name": "MY_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}})
        containers = [
            {"name": "aws-node", "image": "602401143452.dkr.ecr/amazon-k8s-cni:v1.23.1-eksbuild.1", "env": variables},
            {"name": "aws-eks-nodeagent", "image": "agent:v1.4.2", "env": [{"name": "WARM_ENI_TARGET", "value": "9"}]},
        ]
        labels = {"k8s-app": "aws-node"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        self.put("/apis/apps/v1/namespaces/kube-system/daemonsets", {"metadata": {"name": "aws-node"}, "spec": spec})

    def node(
        self, subnet: str, *, pods: int = 0, branch: int = 0, type_: str = "m5.large", most: int = 29, **more: Any
    ) -> str:
        """An instance with the node and pods that run on it; the instance's id. `asg` starts it in a group of that
        name; `labels`, `unschedulable`, `ready`, `provider_id`: the node's."""
        ec2, number = self.region.client("ec2"), next(self._numbers)
        instance = self._instance(self.subnets[subnet], type_, more.get("asg", ""))
        answer = ec2.describe_instances(InstanceIds=[instance])
        zone = answer["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
        labels = {"node.kubernetes.io/instance-type": type_, "topology.kubernetes.io/zone": zone}
        ready = "True" if more.get("ready", True) else "False"
        name = f"node-{number}"
        self.put(
            "/api/v1/nodes",
            {
                "metadata": {"name": name, "labels": labels | more.get("labels", {})},
                "spec": {
                    "providerID": more.get("provider_id", f"aws:///{zone}/{instance}"),
                    "unschedulable": more.get("unschedulable", False),
                },
                "status": {"capacity": {"pods": str(most)}, "conditions": [{"type": "Ready", "status": ready}]},
            },
        )
        for place in range(2):
            self.pod(name, f"host-{number}-{place}", hostNetwork=True)
        for place in range(pods):
            annotations = {"vpc.amazonaws.com/pod-eni": "[]"} if place < branch else {}
            self.pod(name, f"pod-{number}-{place}", annotations)
        return instance

    def _instance(self, subnet: str, type_: str, asg: str) -> str:
        given = {"ImageId": "ami-12345678", "InstanceType": type_}
        if not asg:
            answer = self.region.client("ec2").run_instances(MinCount=1, MaxCount=1, SubnetId=subnet, **given)
            return str(answer["Instances"][0]["InstanceId"])
        autoscaling = self.region.client("autoscaling")
        autoscaling.create_launch_configuration(LaunchConfigurationName=asg, **given)
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=asg, LaunchConfigurationName=asg, MinSize=1, MaxSize=1, VPCZoneIdentifier=subnet
        )
        group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])["AutoScalingGroups"][0]
        return str(group["Instances"][0]["InstanceId"])

    def pod(
        self, node: str, name: str, annotations: dict[str, str] | None = None, phase: str = "Running", **spec: Any
    ) -> None:
        containers = [{"name": "app", "image": "app"}]
        pods = "/api/v1/namespaces/default/pods"
        made = self.put(
            pods,
            {
                "metadata": {"name": name, "annotations": annotations or {}},
                "spec": {"nodeName": node, "containers": containers, **spec},
            },
        )
        status = {"phase": phase} | ({"podIP": "10.0.0.9"} if phase == "Running" else {})
        self.put(f"{pods}/{name}/status", {**made, "status": status}, method="PUT")

    def interface(
        self,
        subnet: str,
        instance: str = "",
        index: int = 1,
        tags: dict[str, str] | None = None,
        card: int = 0,
        **more: Any,
    ) -> dict[str, Any]:
        """A network interface, attached where an instance is given, to this network card."""
        ec2 = self.region.client("ec2")
        marks = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        given = {"TagSpecifications": [{"ResourceType": "network-interface", "Tags": marks}]} if marks else {}
        made = ec2.create_network_interface(SubnetId=self.subnets[subnet], **given, **more)["NetworkInterface"]
        if instance:
            ec2.attach_network_interface(
                NetworkInterfaceId=made["NetworkInterfaceId"],
                InstanceId=instance,
                DeviceIndex=index,
                NetworkCardIndex=card,
            )
        return dict(made)

    def access(self, role: str, *groups: str) -> str:
        """Lets an IAM role in; its ARN."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        self.region.client("eks").create_access_entry(
            clusterName=CLUSTER, principalArn=arn, kubernetesGroups=list(groups)
        )
        return arn
