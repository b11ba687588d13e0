"""The VPC on which the proof plays: two zones, two families, a network of each kind; made by AWS's own calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import Any, Final

from demo.stage import ACCOUNT, IMAGE
from local.region import Region
from tests.e2e.network.recording import BEYOND_NETWORKS

ZONES: Final = ("eu-west-1a", "eu-west-1b")
CLUSTER: Final = "demo"
NETWORKS: Final = ("nodes", "n3", "n6", "n9", "dp", "n4")
SHARES: Final = {"dp": "n3"}
"""A network whose subnets are another's: only its security group tells them apart."""
INSTANCE_TYPE: Final = "m5.4xlarge"
"""Nitro, eight interfaces of thirty addresses each."""


@dataclass(frozen=True)
class Stage:
    """Subnets by network and zone, security groups by network, IPv6 blocks of the subnets."""

    region: Region
    cluster: str
    vpc_id: str
    subnets: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, str]
    ipv6: Mapping[str, IPv6Network]
    launch_template: str


def build(region: Region, cluster: str = CLUSTER) -> Stage:
    """10.0.0.0/16 and a /56; network number n has 10.0.(16 n).0/24 in its first zone, the next /24 in the other."""
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    vpc_id = vpc["VpcId"]
    block = IPv6Network(_vpc_block(region, vpc_id))
    blocks = block.subnets(new_prefix=64)
    subnets: dict[str, dict[str, str]] = {}
    groups: dict[str, str] = {}
    ipv6: dict[str, IPv6Network] = {}
    for number, network in enumerate(NETWORKS):
        groups[network] = ec2.create_security_group(
            GroupName=f"{cluster}-{network}", Description=network, VpcId=vpc_id
        )["GroupId"]
        if network in SHARES:
            subnets[network] = subnets[SHARES[network]]
            continue
        subnets[network] = {}
        for place, zone in enumerate(ZONES):
            made = ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=f"10.0.{16 * number + place}.0/24",
                Ipv6CidrBlock=str(taken := next(blocks)),
                AvailabilityZone=zone,
            )["Subnet"]["SubnetId"]
            subnets[network][zone] = made
            ipv6[made] = taken
    template = ec2.create_launch_template(
        LaunchTemplateName=f"{cluster}-nodes",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": INSTANCE_TYPE,
            "SecurityGroupIds": [groups["nodes"]],
        },
    )["LaunchTemplate"]["LaunchTemplateName"]
    region.client("eks").create_cluster(
        name=cluster,
        version="1.33",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig={"subnetIds": list(subnets["nodes"].values()), "securityGroupIds": [groups["nodes"]]},
    )
    return Stage(region, cluster, vpc_id, subnets, groups, ipv6, template)


def configuration(stage: Stage) -> dict[str, Any]:
    """Each plan once: prefixes, slices, floating addresses; then ipvlan's other mode, and a link that a pod takes for
    itself, whose network shares its subnets with another one, and has addresses of one kind in each family."""

    def network(name: str, **fields: Any) -> dict[str, Any]:
        return {
            "name": name,
            "subnets": list(stage.subnets[name].values()),
            "securityGroups": [stage.groups[name]],
            **fields,
        }

    six = {name: [stage.ipv6[each] for each in subnets.values()] for name, subnets in stage.subnets.items()}
    prefixes = {"ipv4": {"prefixes": 1}, "ipv6": {"prefixes": 1}}
    slices = {
        "ipv4": {"slice": 16, "from": ["10.0.32.32-10.0.32.223", "10.0.33.32-10.0.33.223"]},
        "ipv6": {"slice": "/80", "from": [str(list(each.subnets(new_prefix=72))[1]) for each in six["n6"]]},
    }
    floating = {
        "ipv4": {"floating": ["10.0.48.224-10.0.48.250", "10.0.49.224-10.0.49.250"]},
        "ipv6": {"floating": [f"{each[0xA00]}-{each[0xAFF]}" for each in six["n9"]]},
    }
    mixed = {"ipv4": {"floating": ["10.0.16.224-10.0.16.250", "10.0.17.224-10.0.17.250"]}, "ipv6": {"prefixes": 1}}
    return {
        "cluster": CLUSTER,
        "networks": [
            network("n3", addresses=prefixes, routes=list(BEYOND_NETWORKS)),
            network("n6", addresses=slices, sourceDestCheck=False),
            network("n9", addresses=floating),
            network("n4", addresses=prefixes, link={"plugin": "ipvlan", "mode": "l3"}),
            network("dp", addresses=mixed, link={"plugin": "host-device"}),
        ],
        "nodeGroups": [{"select": {"eks:nodegroup-name": "upf"}, "networks": ["n3", "n6", "n9", "n4", "dp"]}],
    }


def _vpc_block(region: Region, vpc_id: str) -> str:
    (vpc,) = region.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return str(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
