"""What a reading cannot do, it says: permissions, clusters that have no plan, calls that are not answered."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.region import Region
from nodenet.cluster_reading import read_cluster
from nodenet.errors import PermissionsMissing, PlanningError, Throttled
from tests.integration.cluster_reader import (  # noqa: F401
    as_a_role,
    blocks,
    built_cluster,
    let_in,
    populate,
    reader_of_cluster,
)
from tests.integration.running_cluster import CLUSTER, CNI, RunningCluster


def test_all_that_is_denied_is_named_at_once(built: RunningCluster, as_role: Callable[..., None]) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}]}
    built.access("nobody")
    as_role("nobody", json.dumps({"Version": "2012-10-17", **policy}))
    with pytest.raises(PermissionsMissing) as caught:
        read_cluster(CLUSTER)
    assert set(caught.value.denied) == {
        "eks:DescribeAddon",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeInstances",
        "ec2:GetSubnetCidrReservations",
        "kubernetes: get daemonsets.apps kube-system/aws-node",
        "kubernetes: list nodes",
        "kubernetes: list pods",
        "kubernetes: list eniconfigs.crd.k8s.amazonaws.com",
    }
    assert 'cannot list resource "nodes"' in str(caught.value)
    assert "is not authorized to perform: ec2:DescribeSubnets" in str(caught.value)


def test_a_role_without_an_access_entry_is_told_of_it(built: RunningCluster, as_role: Callable[..., None]) -> None:
    as_role("stranger", blocks("json")[0])
    with pytest.raises(PermissionsMissing) as caught:
        read_cluster(CLUSTER)
    assert {each.partition(":")[0] for each in caught.value.denied} == {"kubernetes"}
    assert str(caught.value).count("access entry") == 1


def test_a_cluster_that_nobody_may_describe(built: RunningCluster, as_role: Callable[..., None]) -> None:
    as_role("nobody", None)
    with pytest.raises(PermissionsMissing, match=r"eks:DescribeCluster is missing"):
        read_cluster(CLUSTER)


def test_throttling_is_borne_and_told_where_it_does_not_end(reader: RunningCluster) -> None:
    populate(reader)
    control = reader.region.control
    control.fail("ec2", "DescribeSubnets", code="RequestLimitExceeded", status=503, times=2)
    control.fail("kubernetes", "list nodes", code="TooManyRequests", status=429, times=1)
    control.fail("kubernetes", "list pods", code="Expired", status=410, times=1)
    taken = read_cluster(CLUSTER)
    assert (taken.calls["kubernetes:list nodes"], taken.calls["kubernetes:list pods"]) == (2, 2)
    control.fail("ec2", "DescribeSubnets", code="RequestLimitExceeded", status=503, times=9)
    with pytest.raises(Throttled, match="DescribeSubnets: RequestLimitExceeded"):
        read_cluster(CLUSTER)


def test_what_cannot_be_planned_for_is_refused_with_the_reason(reader: RunningCluster) -> None:
    with pytest.raises(PlanningError, match="no DaemonSet kube-system/aws-node"):
        read_cluster(CLUSTER)
    reader.aws_node(**CNI)
    with pytest.raises(PlanningError, match="no node that the VPC CNI gives addresses"):
        read_cluster(CLUSTER)


def test_a_cluster_that_is_not_there_is_named_to_who_may_know(
    built: RunningCluster, as_role: Callable[..., None]
) -> None:
    let_in(built)
    as_role("planner", blocks("json")[0].replace("cluster/prod", "cluster/*"))
    with pytest.raises(PlanningError, match="no EKS cluster other"):
        read_cluster("other")
    with pytest.raises(PlanningError, match="no DaemonSet kube-system/aws-node"):
        read_cluster(CLUSTER)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"computeConfig": {"enabled": True}}, "EKS Auto Mode"),
        ({"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}, "IPv6 cluster"),
    ],
)
def test_clusters_of_another_kind_are_refused(
    fresh_region: Region, as_role: Callable[..., None], given: dict[str, Any], reason: str
) -> None:
    made = RunningCluster(fresh_region)
    made.build(**given)
    let_in(made)
    as_role("planner", blocks("json")[0])
    with pytest.raises(PlanningError, match=reason):
        read_cluster(CLUSTER)
