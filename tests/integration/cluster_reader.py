"""A reader of the running cluster, with the permissions of the guide and no others."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from local.region import Region
from local.world import ACCOUNT
from nodenet.aws import clients
from tests.integration.running_cluster import CLUSTER, CNI, RunningCluster

GUIDE = (Path(__file__).parents[2] / "docs/guides/read-a-cluster.md").read_text()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}
OURS = {"nodenet:cluster": CLUSTER, "nodenet:network": "n3", "node.k8s.amazonaws.com/no_manage": "true"}


def blocks(language: str) -> list[str]:
    """The guide's code in this language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(name="built")
def built_cluster(fresh_region: Region) -> RunningCluster:
    made = RunningCluster(fresh_region)
    made.build()
    return made


@pytest.fixture(name="as_role")
def as_a_role(fresh_region: Region, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str | None], None]]:
    """Makes the environment's credentials those of a role with this policy, and nothing else allowed."""

    def become(role: str, policy: str | None) -> None:
        iam, sts = fresh_region.client("iam"), fresh_region.client("sts")
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
        if policy:
            iam.put_role_policy(RoleName=role, PolicyName="reading", PolicyDocument=policy)
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        keys = sts.assume_role(RoleArn=arn, RoleSessionName="someone")["Credentials"]
        fresh_region.control.enforce_identity(True)
        for name, value in fresh_region.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        clients._client.cache_clear()

    yield become
    clients._client.cache_clear()


@pytest.fixture(name="reader")
def reader_of_cluster(built: RunningCluster, as_role: Callable[[str, str | None], None]) -> RunningCluster:
    """The cluster, with the environment's credentials those of a reader as the guide makes one."""
    let_in(built)
    as_role("planner", blocks("json")[0])
    return built


def let_in(cluster: RunningCluster) -> None:
    """Role "planner", as the guide lets it in."""
    cluster.access("planner", "nodenet-readers")
    role, binding = yaml.safe_load_all(blocks("yaml")[0])
    cluster.put("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
    cluster.put("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)


def populate(cluster: RunningCluster) -> dict[str, Any]:
    """Two managed nodes and one of a node pool, a network of nodenet's, strangers; what the strangers have."""
    cluster.aws_node(**CNI)
    web = {"eks.amazonaws.com/nodegroup": "web"}
    first = cluster.node("nodes-a", pods=7, labels=web)
    second = cluster.node("nodes-b", pods=4, labels=web, unschedulable=True)
    cluster.node("nodes-a", pods=6, branch=2, type_="c5.xlarge", most=58, labels={"karpenter.sh/nodepool": "batch"})
    cluster.node("nodes-b", asg="own-asg", ready=False)
    cluster.pod("node-1", "done", phase="Succeeded")
    cluster.pod("", "waiting", phase="Pending")
    created = {"node.k8s.amazonaws.com/instance_id": first}
    trunk = cluster.interface("nodes-a", first, 1, created, SecondaryPrivateIpAddressCount=9)
    cluster.interface("nodes-a", tags={"vpcresources.k8s.aws/trunk-eni-id": trunk["NetworkInterfaceId"]})
    cluster.interface("n3-a", first, 2, OURS, Ipv4PrefixCount=1)
    stranger = cluster.interface("nodes-a", SecondaryPrivateIpAddressCount=2)
    prefix = cluster.interface("nodes-b", Ipv4Prefixes=[{"Ipv4Prefix": "10.0.1.64/28"}])
    multus = cluster.interface("nodes-b", second, 1, {"node.k8s.amazonaws.com/no_manage": "true"})
    ec2 = cluster.region.client("ec2")
    ec2.create_subnet_cidr_reservation(
        SubnetId=cluster.subnets["nodes-b"], Cidr="10.0.1.128/27", ReservationType="prefix"
    )
    tagged = [{"Key": "kubernetes.io/role/cni", "Value": "1"}]
    ec2.create_tags(Resources=[cluster.subnets["pods-a"]], Tags=tagged)
    ec2.create_tags(
        Resources=[cluster.subnets["pods-b"]], Tags=[*tagged, {"Key": "kubernetes.io/cluster/other", "Value": "shared"}]
    )
    own = [multus["PrivateIpAddress"], prefix["PrivateIpAddress"]]
    return {
        "nodes-a": {each["PrivateIpAddress"] for each in stranger["PrivateIpAddresses"]},
        "nodes-b": {*own, *(f"10.0.1.{number}" for number in range(64, 80))},
    }
