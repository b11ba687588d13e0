"""IAM's decisions on calls to EKS: each on the resource that the service authorization reference names."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region
from tests.region.kubernetes_cluster import create
from tests.region.test_plane_identity import ACCOUNT, Role

EKS = f"arn:aws:eks:eu-west-1:{ACCOUNT}"


@pytest.fixture
def role(fresh_region: Region) -> Iterator[Role]:
    create(fresh_region, "prod")
    fresh_region.control.enforce_identity(True)
    yield Role(fresh_region)
    fresh_region.control.enforce_identity(False)


def denied(call: Any, **request: Any) -> bool:
    try:
        call(**request)
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "AccessDeniedException")
    return False


def test_an_add_on_is_a_resource_of_its_own(role: Role, fresh_region: Region) -> None:
    fresh_region.client("eks").create_addon(clusterName="prod", addonName="vpc-cni")
    role.allow({"Action": "eks:DescribeAddon", "Resource": f"{EKS}:addon/prod/vpc-cni/*"})
    assert not denied(role.client("eks").describe_addon, clusterName="prod", addonName="vpc-cni")
    role.allow({"Action": "eks:DescribeAddon", "Resource": f"{EKS}:cluster/prod"})
    assert denied(role.client("eks").describe_addon, clusterName="prod", addonName="vpc-cni")


def test_a_node_group_is_made_on_its_cluster_with_the_tags_of_the_request(role: Role, fresh_region: Region) -> None:
    condition = {"StringEquals": {"aws:RequestTag/nodenet:cluster": "prod"}}
    role.allow({"Action": "eks:CreateNodegroup", "Resource": f"{EKS}:cluster/prod", "Condition": condition})
    [subnet, *_] = fresh_region.client("eks").describe_cluster(name="prod")["cluster"]["resourcesVpcConfig"][
        "subnetIds"
    ]
    request = {
        "clusterName": "prod",
        "nodegroupName": "web",
        "subnets": [subnet],
        "nodeRole": f"arn:aws:iam::{ACCOUNT}:role/node",
        "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 0},
    }
    create_nodegroup = role.client("eks").create_nodegroup
    assert denied(create_nodegroup, **request, tags={"nodenet:cluster": "other"})
    assert not denied(create_nodegroup, **request, tags={"nodenet:cluster": "prod"})


def test_a_node_group_is_deleted_by_its_tags(role: Role, fresh_region: Region) -> None:
    eks = fresh_region.client("eks")
    [subnet, *_] = eks.describe_cluster(name="prod")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    for name, tags in (("ours", {"nodenet:cluster": "prod"}), ("theirs", {})):
        eks.create_nodegroup(
            clusterName="prod",
            nodegroupName=name,
            subnets=[subnet],
            nodeRole=f"arn:aws:iam::{ACCOUNT}:role/node",
            scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0},
            tags=tags,
        )
    condition = {"StringEquals": {"aws:ResourceTag/nodenet:cluster": "prod"}}
    role.allow({"Action": "eks:DeleteNodegroup", "Resource": f"{EKS}:nodegroup/prod/*/*", "Condition": condition})
    delete = role.client("eks").delete_nodegroup
    assert denied(delete, clusterName="prod", nodegroupName="theirs")
    assert not denied(delete, clusterName="prod", nodegroupName="ours")
