"""What a cluster stands on, made by AWS's own calls: a VPC in three zones, extra networks, node groups of each kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.region import Region

ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
NETWORKS: Final = ("n3", "n6")
IMAGE: Final = "ami-0abcdef1234567890"
ACCOUNT: Final = "111122223333"

DOCUMENT: Final = """\
cluster: {cluster}
networks:
  - name: n3
    subnets: [{n3}]
    securityGroups: [{sg3}]
    tags: {{owner: "core=5g"}}
    addresses: {{ipv4: {{prefixes: 1}}}}
  - name: n6
    subnets: {{network: n6-{name}}}
    securityGroups: [{sg6}]
    sourceDestCheck: false
    addresses: {{ipv4: {{slice: 16, from: [{slices}]}}}}
nodeGroups:
  - select: {{eks:nodegroup-name: "upf*"}}
    networks: [n3, n6]
  - select: {{role: edge}}
    networks: [n3]
  - select: {{karpenter.sh/nodepool: fast}}
    networks: [n6]
"""


@dataclass
class Stage:
    """A VPC for one cluster. `subnets` and `groups` are by network; "nodes" is the nodes' own.

    `slices` are the ranges of which n6 gives each node's pods a slice.
    """

    region: Region
    cluster: str
    vpc_id: str
    subnets: Mapping[str, Sequence[str]]
    security_groups: Mapping[str, str]
    launch_template: str
    slices: Sequence[str]

    def document(self, template: str = DOCUMENT) -> str:
        """The configuration of this cluster's networks."""
        return template.format(
            cluster=self.cluster,
            name=self.cluster,
            n3=", ".join(self.subnets["n3"]),
            n6=", ".join(self.subnets["n6"]),
            sg3=self.security_groups["n3"],
            sg6=self.security_groups["n6"],
            slices=", ".join(self.slices),
        )

    def managed_group(self, name: str, size: int, instance_type: str = "m5.2xlarge") -> str:
        """A managed node group, whose first nodes EKS launches before anybody can hook its Auto Scaling group.

        Returns the name of that group.
        """
        eks = self.region.client("eks")
        eks.create_nodegroup(
            clusterName=self.cluster,
            nodegroupName=name,
            scalingConfig={"minSize": 0, "maxSize": 20, "desiredSize": size},
            subnets=list(self.subnets["nodes"]),
            nodeRole=f"arn:aws:iam::{ACCOUNT}:role/nodes",
            instanceTypes=[instance_type],
        )
        described = eks.describe_nodegroup(clusterName=self.cluster, nodegroupName=name)["nodegroup"]
        return str(described["resources"]["autoScalingGroups"][0]["name"])

    def self_managed_group(
        self, name: str, size: int, tags: Mapping[str, str], hooks: Iterable[Mapping[str, Any]] = ()
    ) -> str:
        """An Auto Scaling group of the owner's own; with `hooks` in its specification its first node is held too."""
        self.region.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=0,
            MaxSize=20,
            DesiredCapacity=size,
            VPCZoneIdentifier=",".join(self.subnets["nodes"]),
            LaunchTemplate={"LaunchTemplateName": self.launch_template, "Version": "$Latest"},
            LifecycleHookSpecificationList=list(hooks),
            Tags=[
                {
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": True,
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                }
                for key, value in tags.items()
            ],
        )
        return name

    def lone_node(self, tags: Mapping[str, str], zone: int = 0, instance_type: str = "c6i.2xlarge") -> str:
        """A node without a group, as Karpenter makes them. Returns its id."""
        answer = self.region.client("ec2").run_instances(
            ImageId=IMAGE,
            InstanceType=instance_type,
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnets["nodes"][zone],
            SecurityGroupIds=[self.security_groups["nodes"]],
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            ],
        )
        return str(answer["Instances"][0]["InstanceId"])

    def resize(self, group: str, size: int) -> None:
        self.region.client("autoscaling").set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=size)

    def members(self, group: str) -> list[Mapping[str, Any]]:
        """The instances of an Auto Scaling group, with their lifecycle states."""
        answer = self.region.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        return list(answer["AutoScalingGroups"][0]["Instances"])

    def instances(self, ids: Iterable[str]) -> list[Mapping[str, Any]]:
        wanted = list(ids)
        if not wanted:
            return []
        pages = self.region.client("ec2").describe_instances(InstanceIds=wanted)
        return [each for reservation in pages["Reservations"] for each in reservation["Instances"]]

    def interfaces(self) -> list[Mapping[str, Any]]:
        """Every ENI that was made for the cluster's extra networks."""
        filters = [{"Name": "tag:nodenet:cluster", "Values": [self.cluster]}]
        return list(self.region.client("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"])


def build(region: Region, cluster: str, block: int = 0) -> Stage:
    """Makes the VPC (10.`block`.0.0/16) and the cluster."""
    ec2 = region.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock=f"10.{block}.0.0/16")["Vpc"]["VpcId"]
    subnets: dict[str, list[str]] = {}
    groups: dict[str, str] = {}
    for place, name in enumerate(("nodes", *NETWORKS)):
        groups[name] = ec2.create_security_group(
            GroupName=f"{cluster}-{name}", Description=f"{name} of {cluster}", VpcId=vpc_id
        )["GroupId"]
        subnets[name] = [
            ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=f"10.{block}.{_third(place, index)}.0/20",
                AvailabilityZone=zone,
                TagSpecifications=[
                    {"ResourceType": "subnet", "Tags": [{"Key": "network", "Value": f"{name}-{cluster}"}]}
                ],
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate(ZONES)
        ]
    template = ec2.create_launch_template(
        LaunchTemplateName=f"{cluster}-nodes",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "m5.2xlarge",
            "SecurityGroupIds": [groups["nodes"]],
        },
    )["LaunchTemplate"]["LaunchTemplateName"]
    region.client("eks").create_cluster(
        name=cluster,
        version="1.33",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig={"subnetIds": subnets["nodes"], "securityGroupIds": [groups["nodes"]]},
    )
    starts = [_third(len(NETWORKS), index) for index in range(len(ZONES))]
    slices = [f"10.{block}.{start + 1}.0-10.{block}.{start + 15}.239" for start in starts]
    return Stage(region, cluster, vpc_id, subnets, groups, template, slices)


def _third(place: int, index: int) -> int:
    """The third number of the addresses of a network's subnet: /20 blocks, one after the other."""
    return (place * len(ZONES) + index) * 16
