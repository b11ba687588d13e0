"""A cluster and its parts, as the tests of EKS make them."""

from typing import Any

import pytest

from local.world import ACCOUNT
from tests.region.autoscaling_client import Aws

ROLE = f"arn:aws:iam::{ACCOUNT}:role/node"


def make_cluster(aws: Aws, name: str = "prod", **more: Any) -> dict[str, Any]:
    answer = aws.eks.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig={"subnetIds": aws.subnets}, **more)
    return dict(answer["cluster"])


def make_nodegroup(aws: Aws, name: str = "upf", size: int = 2, **more: Any) -> dict[str, Any]:
    given = {"nodeRole": ROLE, "subnets": aws.subnets, "scalingConfig": sizes(0, 6, size)}
    answer = aws.eks.create_nodegroup(clusterName="prod", nodegroupName=name, **given | more)
    return dict(answer["nodegroup"])


def sizes(least: int, most: int, wanted: int) -> dict[str, int]:
    return {"minSize": least, "maxSize": most, "desiredSize": wanted}


def nodegroup(aws: Aws, name: str = "upf") -> dict[str, Any]:
    return dict(aws.eks.describe_nodegroup(clusterName="prod", nodegroupName=name)["nodegroup"])


def group_name(aws: Aws, name: str = "upf") -> str:
    return str(nodegroup(aws, name)["resources"]["autoScalingGroups"][0]["name"])


@pytest.fixture
def cluster(aws: Aws) -> dict[str, Any]:
    """The cluster "prod", with access entries."""
    return make_cluster(aws, accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
