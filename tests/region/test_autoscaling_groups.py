"""Groups and their instances. Sources: the Auto Scaling API reference under the name of each call, and the user guide's
"Amazon EC2 Auto Scaling instance lifecycle", "Configure termination policies" and "Health checks".
"""

import json
from collections import Counter

import pytest

from local.autoscaling.instance_calls import HEALTH_CHECK
from local.world import world
from tests.in_process import refusal
from tests.region.autoscaling_client import TERMINATING, Aws, aws_region  # noqa: F401

ONE = {"AutoScalingGroupName": "workers"}


def zones(aws: Aws) -> list[int]:
    return sorted(Counter(instance["AvailabilityZone"] for instance in aws.instances()).values())


def test_instances_are_spread_over_the_zones_and_leave_the_fullest_first(aws: Aws) -> None:
    aws.group(size=5)
    assert zones(aws) == [1, 2, 2]
    aws.resize(3)
    assert zones(aws) == [1, 1, 1]


def test_an_instance_bears_the_tags_that_propagate(aws: Aws) -> None:
    """API reference, CreateAutoScalingGroup, Tags: the group's win over the launch template's."""
    data = {
        "ImageId": "ami-12c6146b",
        "InstanceType": "m5.large",
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "t"}, {"Key": "b", "Value": "t"}]}
        ],
    }
    aws.ec2.create_launch_template(LaunchTemplateName="tagged", LaunchTemplateData=data)
    tags = [
        {"Key": "a", "Value": "group", "PropagateAtLaunch": True},
        {"Key": "c", "Value": "group", "PropagateAtLaunch": False},
    ]
    aws.group(LaunchTemplate={"LaunchTemplateName": "tagged"}, Tags=tags)
    found = {tag["Key"]: tag["Value"] for tag in aws.ec2_instance(aws.ids()[0])["Tags"]}
    assert (found["a"], found["b"], found["aws:autoscaling:groupName"]) == ("group", "t", "workers")
    assert "c" not in found


def test_groups_start_from_a_launch_configuration_too(aws: Aws) -> None:
    aws.autoscaling.create_launch_configuration(
        LaunchConfigurationName="old", ImageId="ami-12c6146b", InstanceType="c5.large"
    )
    aws.group(LaunchConfigurationName="old")
    (instance,) = aws.instances()
    assert (instance["InstanceType"], instance["LaunchConfigurationName"]) == ("c5.large", "old")
    with refusal("ValidationError"):
        aws.group("others", LaunchConfigurationName="none")


def test_a_mixed_group_splits_markets_and_counts_weights(aws: Aws) -> None:
    """API reference, InstancesDistribution; user guide, "Configure an Auto Scaling group to use instance weights"."""
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": aws.template},
            "Overrides": [{"InstanceType": "m5.xlarge", "WeightedCapacity": "2"}, {"InstanceType": "m5.large"}],
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 50},
    }
    aws.group(size=6, MixedInstancesPolicy=policy)
    assert [instance["InstanceType"] for instance in aws.instances()] == ["m5.xlarge"] * 3
    markets = Counter(aws.ec2_instance(each).get("InstanceLifecycle", "on-demand") for each in aws.ids())
    assert markets == {"on-demand": 2, "spot": 1}


def test_an_instance_keeps_the_template_version_it_started_from(aws: Aws) -> None:
    aws.group(size=1)
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=aws.template, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "m5.xlarge"}
    )
    aws.resize(2)
    assert [instance["LaunchTemplate"]["Version"] for instance in aws.instances()] == ["1", "2"]


def test_an_existing_name_is_refused(aws: Aws) -> None:
    aws.group(size=0)
    with refusal("AlreadyExists"):
        aws.group(size=0)


def test_sizes_must_fit(aws: Aws) -> None:
    with refusal("ValidationError", "Desired capacity:11 must be between the specified min size:0 and max size:10"):
        aws.group(size=11)
    aws.group(size=1, MinSize=1)
    with refusal("ValidationError", "New SetDesiredCapacity value 11 is above max value 10 for the AutoScalingGroup."):
        aws.resize(11)
    with refusal("ValidationError", "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."):
        aws.resize(0)


def test_the_desired_capacity_follows_new_bounds(aws: Aws) -> None:
    aws.group(size=1)
    aws.autoscaling.update_auto_scaling_group(**ONE, MinSize=3)
    assert len(aws.instances()) == 3
    aws.autoscaling.update_auto_scaling_group(**ONE, MinSize=0, MaxSize=2)
    assert (len(aws.instances()), aws.describe()["DesiredCapacity"]) == (2, 2)


def test_an_update_keeps_the_launch_template(aws: Aws) -> None:
    aws.group(size=1)
    aws.autoscaling.update_auto_scaling_group(**ONE, MaxSize=4)
    assert aws.describe()["LaunchTemplate"]["LaunchTemplateId"] == aws.template


def test_terminate_without_decrement_is_replaced_at_once(aws: Aws) -> None:
    aws.group(size=1)
    aws.hook("drain", TERMINATING)
    (first,) = aws.ids()
    answer = aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=first, ShouldDecrementDesiredCapacity=False
    )
    assert answer["Activity"]["StatusCode"] == "InProgress"
    assert aws.states() == ["InService", "Terminating:Wait"]


def test_terminate_with_decrement_shrinks(aws: Aws) -> None:
    aws.group(size=2)
    aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=aws.ids()[0], ShouldDecrementDesiredCapacity=True
    )
    assert (len(aws.instances()), aws.describe()["DesiredCapacity"]) == (1, 1)
    aws.autoscaling.update_auto_scaling_group(**ONE, MinSize=1)
    with refusal("ValidationError", "Currently, desiredSize equals minSize (1)"):
        aws.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=aws.ids()[0], ShouldDecrementDesiredCapacity=True
        )


def test_an_unmanaged_instance_cannot_be_terminated_here(aws: Aws) -> None:
    with refusal("ValidationError", "Instance Id not found - No managed instance found for instance ID"):
        aws.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId="i-0123456789abcdef0", ShouldDecrementDesiredCapacity=False
        )


@pytest.mark.parametrize("how", ["terminate_instances", "stop_instances"])
def test_an_instance_that_leaves_by_itself_is_replaced(aws: Aws, how: str) -> None:
    """User guide, health checks: every state but running is unhealthy."""
    aws.group(size=2)
    first, second = aws.ids()
    getattr(aws.ec2, how)(InstanceIds=[first])
    assert aws.ids() == [first, second]
    aws.wait(HEALTH_CHECK)
    assert aws.states() == ["InService", "InService"]
    assert second in aws.ids()
    assert first not in aws.ids()
    assert aws.ec2_state(first) == "terminated"
    causes = [activity["Cause"] for activity in aws.autoscaling.describe_scaling_activities(**ONE)["Activities"]]
    assert any("EC2 health check" in cause for cause in causes)


def test_an_instance_that_dies_while_pending_is_replaced(aws: Aws) -> None:
    world.delays.pending = 30
    aws.group(size=1)
    aws.hook()
    (first,) = aws.ids()
    aws.ec2.terminate_instances(InstanceIds=[first])
    aws.wait(HEALTH_CHECK + 30)
    assert first not in aws.ids()
    assert aws.states() == ["Pending:Wait"]


def test_an_unhealthy_instance_is_replaced(aws: Aws) -> None:
    aws.group(size=1)
    (first,) = aws.ids()
    aws.autoscaling.set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    assert aws.instances()[0]["HealthStatus"] == "Unhealthy"
    aws.wait(60)
    assert aws.ids() != [first]
    assert aws.states() == ["InService"]


def test_a_detached_instance_lives_and_is_replaced(aws: Aws) -> None:
    aws.group(size=1)
    (first,) = aws.ids()
    aws.autoscaling.detach_instances(**ONE, InstanceIds=[first], ShouldDecrementDesiredCapacity=False)
    assert aws.ec2_state(first) == "running"
    assert first not in aws.ids()
    assert aws.states() == ["InService"]
    with refusal("ValidationError", f"The instance {first} is not part of Auto Scaling group workers."):
        aws.autoscaling.detach_instances(**ONE, InstanceIds=[first], ShouldDecrementDesiredCapacity=False)


def test_an_attached_instance_raises_the_desired_capacity(aws: Aws) -> None:
    aws.group(size=1, MaxSize=2)
    run = aws.ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=2, MaxCount=2, InstanceType="m5.large", SubnetId=aws.subnets[0]
    )
    first, second = (instance["InstanceId"] for instance in run["Instances"])
    aws.autoscaling.attach_instances(**ONE, InstanceIds=[first])
    assert aws.describe()["DesiredCapacity"] == 2
    assert first in aws.ids()
    with refusal("ValidationError"):
        aws.autoscaling.attach_instances(**ONE, InstanceIds=[second])


def test_standby_is_replaced_or_lowers_the_desired_capacity(aws: Aws) -> None:
    aws.group(size=2)
    first, second = aws.ids()
    aws.autoscaling.enter_standby(**ONE, InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    assert aws.states() == ["InService", "Standby"]
    aws.autoscaling.enter_standby(**ONE, InstanceIds=[second], ShouldDecrementDesiredCapacity=False)
    assert aws.states() == ["InService", "Standby", "Standby"]
    aws.autoscaling.exit_standby(**ONE, InstanceIds=[first])
    assert aws.states() == ["InService", "InService", "Standby"]
    assert aws.describe()["DesiredCapacity"] == 2
    with refusal("ValidationError"):
        aws.autoscaling.exit_standby(**ONE, InstanceIds=[first])


def test_suspended_launch_and_terminate_hold_the_size(aws: Aws) -> None:
    """User guide, "Suspend and resume Amazon EC2 Auto Scaling processes"."""
    aws.group(size=2)
    aws.autoscaling.suspend_processes(**ONE, ScalingProcesses=["Launch", "Terminate"])
    aws.resize(3)
    assert len(aws.instances()) == 2
    aws.resize(1)
    assert len(aws.instances()) == 2
    aws.autoscaling.resume_processes(**ONE, ScalingProcesses=["Terminate"])
    assert len(aws.instances()) == 1
    aws.resize(2)
    assert len(aws.instances()) == 1
    aws.autoscaling.resume_processes(**ONE)
    assert len(aws.instances()) == 2


def test_uneven_zones_are_evened_by_launching_first(aws: Aws) -> None:
    """User guide, rebalancing: the new instance comes before the old one goes."""
    aws.group(size=6)
    emptied = aws.instances()[0]["AvailabilityZone"]
    gone = [each["InstanceId"] for each in aws.instances() if each["AvailabilityZone"] == emptied]
    aws.autoscaling.detach_instances(**ONE, InstanceIds=gone, ShouldDecrementDesiredCapacity=True)
    assert zones(aws) == [2, 2]
    aws.hook()
    aws.wait(600)
    assert zones(aws) == [1, 2, 2]
    aws.complete(aws.launches()[0])
    assert zones(aws) == [1, 1, 2]


def test_rebalancing_can_be_suspended(aws: Aws) -> None:
    aws.group(size=6)
    aws.autoscaling.suspend_processes(**ONE, ScalingProcesses=["AZRebalance"])
    emptied = aws.instances()[0]["AvailabilityZone"]
    gone = [each["InstanceId"] for each in aws.instances() if each["AvailabilityZone"] == emptied]
    aws.autoscaling.detach_instances(**ONE, InstanceIds=gone, ShouldDecrementDesiredCapacity=True)
    aws.wait(600)
    assert zones(aws) == [2, 2]


def test_protected_instances_stay_on_scale_in(aws: Aws) -> None:
    aws.group(size=2)
    first = aws.ids()[0]
    aws.autoscaling.set_instance_protection(**ONE, InstanceIds=[first], ProtectedFromScaleIn=True)
    aws.resize(0)
    assert aws.ids() == [first]


def test_a_termination_policy_chooses_inside_the_zone(aws: Aws) -> None:
    aws.group(size=1, VPCZoneIdentifier=aws.subnets[0], TerminationPolicies=["NewestInstance"])
    (oldest,) = aws.ids()
    aws.wait(10)
    aws.resize(2)
    aws.resize(1)
    assert aws.ids() == [oldest]


def test_the_default_policy_takes_the_outdated_template_first(aws: Aws) -> None:
    aws.group(size=2, VPCZoneIdentifier=aws.subnets[0], LaunchTemplate={"LaunchTemplateId": aws.template})
    aws.wait(10)
    data = {"ImageId": "ami-12c6146b", "InstanceType": "m5.xlarge"}
    aws.ec2.create_launch_template_version(LaunchTemplateId=aws.template, LaunchTemplateData=data)
    template = {"LaunchTemplateId": aws.template, "Version": "2"}
    aws.autoscaling.update_auto_scaling_group(**ONE, LaunchTemplate=template, DesiredCapacity=3)
    aws.resize(1)
    assert [instance["LaunchTemplate"]["Version"] for instance in aws.instances()] == ["2"]


def test_a_refused_launch_is_recorded_told_and_tried_again(aws: Aws) -> None:
    """User guide, "Troubleshoot Amazon EC2 Auto Scaling": launches fail asynchronously, with an activity."""
    small = aws.ec2.create_subnet(
        VpcId=aws.ec2.describe_subnets(SubnetIds=aws.subnets[:1])["Subnets"][0]["VpcId"], CidrBlock="10.0.9.0/28"
    )["Subnet"]["SubnetId"]
    aws.group(size=0, MaxSize=20, VPCZoneIdentifier=small)
    aws.resize(12)
    assert len(aws.instances()) == 11
    failed = aws.autoscaling.describe_scaling_activities(**ONE)["Activities"]
    assert [activity["StatusCode"] for activity in failed].count("Failed") == 1
    (event,) = aws.details("EC2 Instance Launch Unsuccessful")
    assert (event["StatusCode"], event["EC2InstanceId"]) == ("Failed", "")
    aws.autoscaling.update_auto_scaling_group(**ONE, VPCZoneIdentifier=aws.subnets[0])
    assert len(aws.instances()) == 12


def test_another_zone_takes_what_one_refuses(aws: Aws) -> None:
    """User guide, availability zones: if one is unavailable, instances launch in another."""
    vpc = aws.ec2.describe_subnets(SubnetIds=aws.subnets[:1])["Subnets"][0]["VpcId"]
    zone = "eu-west-1a"
    small = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/28", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    aws.group(size=0, MaxSize=30, VPCZoneIdentifier=f"{small},{aws.subnets[1]}")
    aws.resize(26)
    assert zones(aws) == [11, 15]


def test_success_is_told_with_the_documented_fields(aws: Aws) -> None:
    """User guide, event reference, "Successful scaling events"."""
    aws.group(size=1)
    (instance,) = aws.instances()
    (launched,) = aws.details("EC2 Instance Launch Successful")
    places = {"Availability Zone": instance["AvailabilityZone"], "Subnet ID": aws.subnets[0]}
    assert launched["StatusCode"] == "InProgress"
    assert launched["Description"] == f"Launching a new EC2 instance: {instance['InstanceId']}"
    assert launched["Details"] == places
    assert (launched["Origin"], launched["Destination"]) == ("EC2", "AutoScalingGroup")
    event = next(e for e in aws.events if e["detail-type"] == "EC2 Instance Launch Successful")
    assert event["resources"][0] == aws.describe()["AutoScalingGroupARN"]
    assert event["resources"][1].endswith(f"instance/{instance['InstanceId']}")
    aws.resize(0)
    (ended,) = aws.details("EC2 Instance Terminate Successful")
    assert (ended["Origin"], ended["Destination"]) == ("AutoScalingGroup", "EC2")
    activity = aws.autoscaling.describe_scaling_activities(**ONE)["Activities"][-1]
    assert (activity["StatusCode"], json.loads(activity["Details"])) == ("Successful", places)


def test_activities_in_progress_come_first(aws: Aws) -> None:
    """Model, ActivitiesType."""
    aws.group(size=1)
    aws.hook()
    aws.resize(2)
    aws.resize(3)
    aws.complete(aws.launches()[1])
    states = [a["StatusCode"] for a in aws.autoscaling.describe_scaling_activities(**ONE)["Activities"]]
    assert states == ["MidLifecycleAction", "Successful", "Successful"]


def test_groups_are_filtered_by_tags_and_paged(aws: Aws) -> None:
    """API reference, DescribeAutoScalingGroups, Filters: tag-key, tag-value, tag:<key>."""
    for number in range(3):
        tags = [{"Key": "team", "Value": f"t{number % 2}", "PropagateAtLaunch": False}]
        aws.group(f"g{number}", size=0, Tags=tags)
    aws.group("bare", size=0)
    ask = aws.autoscaling.describe_auto_scaling_groups

    def names(**filters: object) -> list[str]:
        return [group["AutoScalingGroupName"] for group in ask(**filters)["AutoScalingGroups"]]

    assert names(Filters=[{"Name": "tag-key", "Values": ["team"]}]) == ["g0", "g1", "g2"]
    assert names(Filters=[{"Name": "tag-value", "Values": ["t1"]}]) == ["g1"]
    assert names(Filters=[{"Name": "tag:team", "Values": ["t0"]}]) == ["g0", "g2"]
    paged = aws.autoscaling.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["AutoScalingGroups"]) for page in paged] == [2, 2]
    with refusal("InvalidNextToken"):
        ask(NextToken="none")


def test_instances_are_found_over_all_groups(aws: Aws) -> None:
    aws.group("one", size=1)
    aws.group("two", size=1)
    found = aws.autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert {each["AutoScalingGroupName"] for each in found} == {"one", "two"}
    assert {each["LifecycleState"] for each in found} == {"InService"}


def test_a_group_with_instances_is_deleted_by_force_only(aws: Aws) -> None:
    aws.group(size=1)
    (instance,) = aws.ids()
    with refusal("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances"):
        aws.autoscaling.delete_auto_scaling_group(**ONE)
    aws.hook("drain", TERMINATING)
    aws.resize(0)
    with refusal("ScalingActivityInProgress"):
        aws.autoscaling.delete_auto_scaling_group(**ONE)
    aws.autoscaling.delete_auto_scaling_group(**ONE, ForceDelete=True)
    assert aws.ec2_state(instance) == "terminated"
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_an_unknown_group_is_a_validation_error(aws: Aws) -> None:
    with refusal("ValidationError", "AutoScalingGroup name not found"):
        aws.resize(1, "none")
    with refusal("ValidationError", "AutoScalingGroup name not found"):
        aws.hook(group="none")
    with refusal("ValidationError", "AutoScalingGroup name not found"):
        aws.autoscaling.create_or_update_tags(
            Tags=[{"ResourceId": "none", "ResourceType": "auto-scaling-group", "Key": "k", "Value": "v"}]
        )


def test_a_policy_never_leads_beyond_the_bounds(aws: Aws) -> None:
    """User guide, "Step and simple scaling policies"."""
    aws.group(size=2, MaxSize=3)
    for name, kind, change in (("up", "ChangeInCapacity", 5), ("half", "PercentChangeInCapacity", -50)):
        aws.autoscaling.put_scaling_policy(**ONE, PolicyName=name, AdjustmentType=kind, ScalingAdjustment=change)
    aws.autoscaling.execute_policy(**ONE, PolicyName="up")
    assert aws.describe()["DesiredCapacity"] == 3
    aws.autoscaling.execute_policy(**ONE, PolicyName="half")
    assert aws.describe()["DesiredCapacity"] == 2
