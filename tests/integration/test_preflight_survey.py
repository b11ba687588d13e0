"""A preflight reads a cluster of the local region over the wire: EKS, EC2, Auto Scaling, load balancers, the cluster's
API server."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.region import Region
from local.world import ACCOUNT, REGION
from nodenet.aws.eks import Eks
from nodenet.aws.eks_token import token
from nodenet.aws.survey_eks import EksSurvey
from nodenet.aws.survey_groups import GroupsSurvey
from nodenet.aws.survey_loads import LoadsSurvey
from nodenet.aws.survey_vpc import VpcSurvey
from nodenet.errors import PlanningError
from nodenet.kubernetes.connection import with_token
from nodenet.kubernetes.survey import KubernetesSurvey
from nodenet.migration.preflight.look import preflight
from nodenet.migration.preflight.reading import Survey
from nodenet.migration.request import GroupWish, Request, SubnetWish
from tests.integration.cluster_reader import built_cluster  # noqa: F401
from tests.integration.running_cluster import CLUSTER, RunningCluster

ROLE = f"arn:aws:iam::{ACCOUNT}:role/nodes"


def vpc_survey(region: Region) -> VpcSurvey:
    return VpcSurvey(region.client("ec2"), Eks(region.client("eks")))


@contextmanager
def survey(cluster: RunningCluster) -> Iterator[Survey]:
    region = cluster.region
    authority = base64.b64encode(cluster.authority.encode()).decode()
    with with_token(cluster.endpoint, authority, token(CLUSTER, region.client("sts"))) as connection:
        yield Survey(
            EksSurvey(region.client("eks")),
            vpc_survey(region),
            GroupsSurvey(region.client("autoscaling")),
            LoadsSurvey(region.client("elbv2"), region.client("service-quotas")),
            KubernetesSurvey(connection),
        )


def node_group(cluster: RunningCluster, name: str = "web", **more: Any) -> str:
    """A managed node group of two m5.large, one in each zone; its Auto Scaling group."""
    eks = cluster.region.client("eks")
    eks.create_nodegroup(
        clusterName=CLUSTER,
        nodegroupName=name,
        scalingConfig={"minSize": 2, "maxSize": 4, "desiredSize": 2},
        subnets=[cluster.subnets["nodes-a"], cluster.subnets["nodes-b"]],
        instanceTypes=["m5.large"],
        nodeRole=ROLE,
        tags={"team": "shop"},
        labels={"tier": "front"},
        **more,
    )
    eks.get_waiter("nodegroup_active").wait(clusterName=CLUSTER, nodegroupName=name, WaiterConfig={"Delay": 1})
    group = eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=name)["nodegroup"]
    return str(group["resources"]["autoScalingGroups"][0]["name"])


def test_eks_tells_of_cluster_groups_and_entries(built: RunningCluster) -> None:
    scaling = node_group(built)
    built.access("operators", "admins")
    eks = EksSurvey(built.region.client("eks"))
    cluster, plane = eks.cluster(CLUSTER)
    assert (cluster.vpc_id, plane.status, plane.authentication) == (built.vpc, "ACTIVE", "API")
    assert plane.services.count("/") == 1
    (group,) = eks.managed_groups(CLUSTER).values()
    assert (group.name, group.auto_scaling_groups, group.status) == ("web", (scaling,), "ACTIVE")
    assert (group.minimum, group.desired, group.maximum, group.role) == (2, 2, 4, ROLE)
    assert (group.labels, group.tags, group.capacity_type) == ({"tier": "front"}, {"team": "shop"}, "ON_DEMAND")
    assert eks.access_entries(CLUSTER)[f"arn:aws:iam::{ACCOUNT}:role/operators"] == "STANDARD"
    assert list(eks.fargate_profiles(CLUSTER)) == []
    assert eks.addon(CLUSTER) is None


def test_a_cluster_that_is_not_there(fresh_region: Region) -> None:
    with pytest.raises(PlanningError, match="no EKS cluster nowhere"):
        EksSurvey(fresh_region.client("eks")).cluster("nowhere")


def test_the_managed_add_on(built: RunningCluster) -> None:
    eks = built.region.client("eks")
    eks.create_addon(clusterName=CLUSTER, addonName="vpc-cni", configurationValues='{"env": {"WARM_IP_TARGET": "3"}}')
    eks.get_waiter("addon_active").wait(clusterName=CLUSTER, addonName="vpc-cni", WaiterConfig={"Delay": 1})
    found = EksSurvey(eks).addon(CLUSTER)
    assert found
    assert found[0].environment == {"WARM_IP_TARGET": "3"}
    assert (found[1].status, found[1].issues) == ("ACTIVE", ())


def test_ec2_tells_of_routes_rules_peers_and_lists(built: RunningCluster) -> None:
    ec2, subnet = built.region.client("ec2"), built.subnets["nodes-a"]
    table = ec2.create_route_table(VpcId=built.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=built.vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    group = ec2.create_security_group(GroupName="db", Description="db", VpcId=built.vpc)["GroupId"]
    ranges = [{"CidrIp": "10.0.0.0/24"}, {"CidrIp": "10.0.1.0/24"}]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": ranges}]
    )
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=built.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.create_managed_prefix_list(
        PrefixListName="pods", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/24"}]
    )

    seen = vpc_survey(built.region)
    tables = {each.id: each for each in seen.route_tables(built.vpc)}
    assert tables[table].subnets == (subnet,)
    assert ("0.0.0.0/0", gateway) in {(each.destination, each.target) for each in tables[table].routes}
    assert [each.main for each in tables.values()].count(True) == 1
    rules = {each.name: each.rules for each in seen.security_groups(built.vpc)}
    assert rules["db"]["ingress tcp 5432"] == ("10.0.0.0/24", "10.0.1.0/24")
    (acl,) = seen.acls(built.vpc)
    assert acl.default
    assert {(each.number, each.block, each.allow, each.every) for each in acl.entries} == {
        (100, "0.0.0.0/0", True, True)
    }
    assert [(each.id, each.blocks) for each in seen.peerings(built.vpc)] == [
        (peering["VpcPeeringConnectionId"], ("10.9.0.0/16",))
    ]
    assert [each.blocks for each in seen.peerings(other)] == [("10.0.0.0/16",)]
    assert [(each.name, each.blocks) for each in seen.prefix_lists(ACCOUNT)] == [("pods", ("10.0.0.0/24",))]


def test_launch_templates_with_their_user_data(built: RunningCluster) -> None:
    data = base64.b64encode(b"#!/bin/bash\necho hello\n").decode()
    made = built.region.client("ec2").create_launch_template(
        LaunchTemplateName="own", LaunchTemplateData={"ImageId": "ami-12345678", "UserData": data}
    )["LaunchTemplate"]["LaunchTemplateId"]
    found = vpc_survey(built.region).launch_templates([(made, "$Latest"), ("lt-0123456789abcdef0", "1")])
    assert found.keys() == {(made, "$Latest")}
    assert (found[made, "$Latest"].image, found[made, "$Latest"].user_data) == (
        "ami-12345678",
        "#!/bin/bash\necho hello\n",
    )


def test_auto_scaling_tells_of_groups_in_full(built: RunningCluster) -> None:
    name = node_group(built)
    autoscaling = built.region.client("autoscaling")
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=name, ScheduledActionName="night", Recurrence="0 20 * * *", MinSize=0
    )
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=name, LifecycleHookName="own", LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING"
    )
    autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    seen = GroupsSurvey(autoscaling)
    found = seen.scaling_groups(CLUSTER, ())[name]
    assert set(found.subnets) == {built.subnets["nodes-a"], built.subnets["nodes-b"]}
    assert len(found.instances) == found.desired == 2
    assert found.instance_types == ("m5.large",)
    assert found.template
    assert found.suspended == ("AZRebalance",)
    details = seen.details(name)
    assert details.schedules == ("night",)
    assert "own" in details.hooks
    assert not details.refreshing


def test_load_balancers_tell_of_targets(built: RunningCluster) -> None:
    balancing = built.region.client("elbv2")
    arn = balancing.create_target_group(Name="shop", Protocol="HTTP", Port=80, VpcId=built.vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    balancing.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.99", "Port": 80}])
    (found,) = LoadsSurvey(balancing, None).target_groups(built.vpc)
    assert (found.arn, found.type, set(found.targets)) == (arn, "ip", {"10.0.0.99"})


def test_a_preflight_of_the_cluster(built: RunningCluster) -> None:
    """Every question is asked, and the group is found with the nodes of its instances."""
    name = node_group(built)
    built.aws_node(WARM_ENI_TARGET="1", ENABLE_SUBNET_DISCOVERY="true")
    autoscaling = built.region.client("autoscaling")
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    for place, each in enumerate(group["Instances"]):
        built.put(
            "/api/v1/nodes",
            {
                "metadata": {"name": f"n{place}", "labels": {"node.kubernetes.io/instance-type": "m5.large"}},
                "spec": {"providerID": f"aws:///{each['AvailabilityZone']}/{each['InstanceId']}"},
                "status": {
                    "capacity": {"pods": "29"},
                    "allocatable": {"cpu": "1930m", "memory": "7Gi"},
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            },
        )
        built.pod(f"n{place}", f"bare-{place}")
    request = Request(
        CLUSTER,
        (GroupWish("web"),),
        pod_subnets=(
            SubnetWish(f"{REGION}a", id=built.subnets["pods-a"]),
            SubnetWish(f"{REGION}b", id=built.subnets["pods-b"]),
        ),
    )
    with survey(built) as look:
        report = preflight(request, look(request))
    assert report.facts["groups"] == [
        {
            "name": "web",
            "kind": "managed",
            "autoScalingGroups": [name],
            "zones": [f"{REGION}a", f"{REGION}b"],
            "subnets": [built.subnets["nodes-a"], built.subnets["nodes-b"]],
            "nodes": 2,
            "instanceTypes": ["m5.large"],
            "networks": [],
        }
    ]
    assert [each.id for each in report.blockers] == ["pods.bare"]
    needs = {each.name: each for each in report.needs}
    assert needs[built.subnets["pods-a"]].after > 0
    assert needs[built.subnets["nodes-a"]].meanwhile == needs[built.subnets["nodes-a"]].before + 1
