"""Managed node groups. Sources: EKS user guide, "Simplify node lifecycle with managed node groups" and "Customize
managed nodes with launch templates"; EKS API reference under the name of each call.
"""

import re
from typing import Any

import pytest

from local.eks.timing import timing
from local.world import world
from tests.in_process import refusal
from tests.region.autoscaling_client import LAUNCHING, Aws, aws_region  # noqa: F401
from tests.region.eks_cluster import (
    ROLE,
    cluster,  # noqa: F401
    group_name,
    make_nodegroup,
    nodegroup,
    sizes,
)

pytestmark = pytest.mark.usefixtures("cluster")
UPF: dict[str, Any] = {"clusterName": "prod", "nodegroupName": "upf"}


def test_a_real_group_stands_behind_a_node_group(aws: Aws) -> None:
    made = make_nodegroup(aws)
    assert made["status"] == "CREATING"
    assert nodegroup(aws)["status"] == "ACTIVE"
    name = group_name(aws)
    assert re.fullmatch(r"eks-upf-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name)
    assert aws.states(name) == ["InService", "InService"]
    group = aws.describe(name)
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 6, 2)
    assert group["VPCZoneIdentifier"] == ",".join(aws.subnets)


def test_group_and_instances_bear_the_tags_of_eks(aws: Aws) -> None:
    """User guide, managed node group tags and Cluster Autoscaler."""
    make_nodegroup(aws)
    expected = {
        "eks:cluster-name": "prod",
        "eks:nodegroup-name": "upf",
        "k8s.io/cluster-autoscaler/enabled": "true",
        "k8s.io/cluster-autoscaler/prod": "owned",
        "kubernetes.io/cluster/prod": "owned",
    }
    group = aws.describe(group_name(aws))
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == expected
    assert all(tag["PropagateAtLaunch"] for tag in group["Tags"])
    tags = {tag["Key"]: tag["Value"] for tag in aws.ec2_instance(aws.ids(group_name(aws))[0])["Tags"]}
    assert expected.items() <= tags.items()


def test_eks_puts_its_own_hooks_and_completes_them(aws: Aws) -> None:
    make_nodegroup(aws, size=1)
    name = group_name(aws)
    hooks = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
    assert {hook["LifecycleHookName"] for hook in hooks} == {"Launch-LC-Hook", "Terminate-LC-Hook"}
    assert {(hook["HeartbeatTimeout"], hook["DefaultResult"]) for hook in hooks} == {(1800, "CONTINUE")}
    assert [action["LifecycleHookName"] for action in aws.launches()] == ["Launch-LC-Hook"]
    aws.eks.update_nodegroup_config(**UPF, scalingConfig=sizes(0, 6, 0))
    assert [action["LifecycleHookName"] for action in aws.terminations()] == ["Terminate-LC-Hook"]
    assert aws.instances(name) == []


def test_eks_leaves_other_peoples_hooks_alone(aws: Aws) -> None:
    make_nodegroup(aws, size=1)
    name = group_name(aws)
    aws.hook("mine", LAUNCHING, name)
    assert aws.states(name) == ["InService"]
    aws.eks.update_nodegroup_config(**UPF, scalingConfig=sizes(0, 6, 2))
    assert aws.states(name) == ["InService", "Pending:Wait"]
    mine = next(action for action in aws.launches() if action["LifecycleHookName"] == "mine")
    aws.complete(mine)
    assert aws.states(name) == ["InService", "InService"]


def test_the_group_is_creating_until_its_instances_are_in_service(aws: Aws) -> None:
    world.delays.pending = 30
    timing.join = 60
    make_nodegroup(aws)
    aws.wait(40)
    assert aws.states(group_name(aws)) == ["Pending:Wait", "Pending:Wait"]
    assert nodegroup(aws)["status"] == "CREATING"
    with refusal("ResourceInUseException", "not in Active State"):
        aws.eks.update_nodegroup_config(**UPF, scalingConfig=sizes(0, 6, 3))
    aws.wait(60)
    assert nodegroup(aws)["status"] == "ACTIVE"


def test_a_group_that_only_looks_like_eks_own_keeps_its_actions(aws: Aws) -> None:
    """EKS answers for the groups of its node groups, whatever others name and tag theirs."""
    tag = {"Key": "eks:nodegroup-name", "Value": "upf", "PropagateAtLaunch": True}
    aws.group(size=0, Tags=[{**tag, "ResourceId": "workers", "ResourceType": "auto-scaling-group"}])
    aws.hook("Launch-LC-Hook")
    aws.resize(1)
    aws.wait(60)
    assert aws.states() == ["Pending:Wait"]


def test_instance_types_and_capacity_type_reach_the_instances(aws: Aws) -> None:
    make_nodegroup(aws, size=1, instanceTypes=["c5.large", "c5.xlarge"], capacityType="SPOT")
    (instance,) = aws.instances(group_name(aws))
    assert instance["InstanceType"] == "c5.large"
    assert aws.ec2_instance(instance["InstanceId"])["InstanceLifecycle"] == "spot"


def test_nodes_get_the_cluster_security_group(aws: Aws) -> None:
    make_nodegroup(aws, size=1)
    config = aws.eks.describe_cluster(name="prod")["cluster"]["resourcesVpcConfig"]
    (instance,) = aws.ids(group_name(aws))
    groups = [group["GroupId"] for group in aws.ec2_instance(instance)["SecurityGroups"]]
    assert groups == [config["clusterSecurityGroupId"]]


def test_a_given_launch_template_is_copied_into_eks_own(aws: Aws) -> None:
    data = {
        "ImageId": "ami-03cf127a",
        "InstanceType": "m5.xlarge",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "core"}]}],
    }
    aws.ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData=data)
    make_nodegroup(aws, size=1, launchTemplate={"name": "mine"})
    name = group_name(aws)
    instance = aws.ec2_instance(aws.ids(name)[0])
    assert (instance["ImageId"], instance["InstanceType"]) == ("ami-03cf127a", "m5.xlarge")
    assert {"Key": "team", "Value": "core"} in instance["Tags"]
    source = aws.describe(name)["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert source["LaunchTemplateName"] == name
    assert nodegroup(aws)["launchTemplate"]["version"] == "1"


@pytest.mark.parametrize(
    "data",
    [
        {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]},
        {"IamInstanceProfile": {"Name": "p"}},
    ],
)
def test_a_launch_template_may_not_hold_what_belongs_to_the_node_group(aws: Aws, data: dict[str, Any]) -> None:
    aws.ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData={"ImageId": "ami-03cf127a"} | data)
    with refusal("InvalidParameterException"):
        make_nodegroup(aws, launchTemplate={"name": "mine"})
    assert aws.eks.list_nodegroups(clusterName="prod")["nodegroups"] == []


def test_an_unknown_launch_template_is_refused(aws: Aws) -> None:
    with refusal("InvalidParameterException"):
        make_nodegroup(aws, launchTemplate={"name": "none"})


def test_sizes_must_fit(aws: Aws) -> None:
    with refusal("InvalidParameterException", "can't be greater than"):
        make_nodegroup(aws, scalingConfig=sizes(3, 2, 2))
    with refusal("InvalidParameterException", "can't be greater than max size"):
        make_nodegroup(aws, scalingConfig=sizes(0, 2, 3))


def test_an_update_changes_sizes_labels_and_taints_and_is_recorded(aws: Aws) -> None:
    make_nodegroup(aws)
    taint = {"key": "wired", "value": "no", "effect": "NO_SCHEDULE"}
    update = aws.eks.update_nodegroup_config(
        **UPF,
        scalingConfig=sizes(1, 6, 3),
        labels={"addOrUpdateLabels": {"a": "b"}},
        taints={"addOrUpdateTaints": [taint]},
        updateConfig={"maxUnavailable": 2},
    )["update"]
    assert (update["type"], update["status"]) == ("ConfigUpdate", "InProgress")
    found = nodegroup(aws)
    assert (found["labels"], found["taints"]) == ({"a": "b"}, [taint])
    assert found["scalingConfig"] == sizes(1, 6, 3)
    assert len(aws.instances(group_name(aws))) == 3
    ids = aws.eks.list_updates(name="prod", nodegroupName="upf")["updateIds"]
    assert ids == [update["id"]]
    described = aws.eks.describe_update(name="prod", nodegroupName="upf", updateId=update["id"])["update"]
    assert described["status"] == "Successful"
    assert {"type": "DesiredSize", "value": "3"} in described["params"]
    with refusal("ResourceNotFoundException"):
        aws.eks.describe_update(name="prod", updateId=update["id"])


def test_defaults_are_not_shared_between_node_groups(aws: Aws) -> None:
    aws.eks.create_nodegroup(clusterName="prod", nodegroupName="a", nodeRole=ROLE, subnets=aws.subnets)
    aws.eks.update_nodegroup_config(clusterName="prod", nodegroupName="a", scalingConfig={"desiredSize": 1})
    aws.eks.create_nodegroup(clusterName="prod", nodegroupName="b", nodeRole=ROLE, subnets=aws.subnets)
    assert nodegroup(aws, "b")["scalingConfig"] == sizes(1, 2, 2)


def test_a_version_update_rolls_the_nodes_new_ones_first(aws: Aws) -> None:
    """User guide, "Understand each phase of node updates": scale up before scale down."""
    make_nodegroup(aws, size=3)
    name = group_name(aws)
    before = set(aws.ids(name))
    aws.hook("mine", LAUNCHING, name)
    aws.eks.update_nodegroup_version(**UPF)
    assert nodegroup(aws)["status"] == "UPDATING"
    assert before < set(aws.ids(name))
    while nodegroup(aws)["status"] == "UPDATING":
        waiting = [each["InstanceId"] for each in aws.instances(name) if each["LifecycleState"] == "Pending:Wait"]
        for action in aws.launches():
            if action["LifecycleHookName"] == "mine" and action["EC2InstanceId"] in waiting:
                aws.complete(action)
        assert aws.states(name).count("InService") >= 3
        aws.wait(1)
    assert not before & set(aws.ids(name))
    assert aws.states(name) == ["InService"] * 3


def test_a_new_template_version_reaches_the_nodes(aws: Aws) -> None:
    data = {"ImageId": "ami-03cf127a"}
    aws.ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData=data)
    make_nodegroup(aws, size=1, launchTemplate={"name": "mine", "version": "1"})
    data = {"ImageId": "ami-12c6146b"}
    aws.ec2.create_launch_template_version(LaunchTemplateName="mine", LaunchTemplateData=data)
    aws.eks.update_nodegroup_version(**UPF, launchTemplate={"name": "mine", "version": "2"})
    aws.wait(5)
    assert aws.ec2_instance(aws.ids(group_name(aws))[0])["ImageId"] == "ami-12c6146b"
    assert nodegroup(aws)["launchTemplate"]["version"] == "2"


def test_deleting_drains_the_group_and_removes_it(aws: Aws) -> None:
    timing.join = 60
    make_nodegroup(aws, size=2)
    aws.wait(61)
    name = group_name(aws)
    nodes = aws.ids(name)
    answer = aws.eks.delete_nodegroup(**UPF)
    assert answer["nodegroup"]["status"] == "DELETING"
    assert aws.states(name) == ["Terminating:Wait", "Terminating:Wait"]
    with refusal("ResourceInUseException", "Cluster has nodegroups attached"):
        aws.eks.delete_cluster(name="prod")
    aws.wait(61)
    with refusal("ResourceNotFoundException", "No node group found for name: upf."):
        nodegroup(aws)
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert {aws.ec2_state(node) for node in nodes} == {"terminated"}
    assert aws.eks.delete_cluster(name="prod")["cluster"]["status"] == "DELETING"


def test_a_warm_pool_is_configured_through_the_node_group(aws: Aws) -> None:
    """Service model, WarmPoolConfig."""
    config = {"enabled": True, "minSize": 1, "maxGroupPreparedCapacity": 2, "reuseOnScaleIn": True}
    make_nodegroup(aws, size=1, warmPoolConfig=config)
    described = aws.autoscaling.describe_warm_pool(AutoScalingGroupName=group_name(aws))
    assert described["WarmPoolConfiguration"]["InstanceReusePolicy"] == {"ReuseOnScaleIn": True}
    assert [each["LifecycleState"] for each in described["Instances"]] == ["Warmed:Stopped"]


def test_unknown_subnets_leave_a_health_issue_and_no_instances(aws: Aws) -> None:
    make_nodegroup(aws, subnets=["subnet-0123456789abcdef0"])
    assert nodegroup(aws)["health"]["issues"][0]["code"] == "Ec2SubnetNotFound"
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_names_are_unique_and_clusters_must_exist(aws: Aws) -> None:
    make_nodegroup(aws, size=0)
    with refusal("ResourceInUseException", "NodeGroup already exists with name upf and cluster name prod"):
        make_nodegroup(aws, size=0)
    with refusal("ResourceNotFoundException", "No cluster found for name: none."):
        aws.eks.list_nodegroups(clusterName="none")
    with refusal("ResourceNotFoundException", "No cluster found for name: none."):
        aws.eks.update_nodegroup_config(clusterName="none", nodegroupName="upf", labels={"removeLabels": ["a"]})


def test_node_groups_are_paged(aws: Aws) -> None:
    for name in ("a", "b", "c"):
        make_nodegroup(aws, name, size=0)
    page = aws.eks.list_nodegroups(clusterName="prod", maxResults=2)
    assert page["nodegroups"] == ["a", "b"]
    assert aws.eks.list_nodegroups(clusterName="prod", nextToken=page["nextToken"])["nodegroups"] == ["c"]
    with refusal("InvalidParameterException"):
        aws.eks.list_nodegroups(clusterName="prod", nextToken="none")
