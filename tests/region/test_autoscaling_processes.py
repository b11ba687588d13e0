"""What a group is told beside its size, and shows again: all that a copy of it needs.

Sources: Auto Scaling API reference (CreateAutoScalingGroup, PutScalingPolicy, PutScheduledUpdateGroupAction,
PutNotificationConfiguration, EnableMetricsCollection, SuspendProcesses, AttachTrafficSources); user guide, "Suspend and
resume processes", "Attach an Elastic Load Balancing target group".
"""

from typing import Any

import pytest

from tests.in_process import refusal
from tests.region.autoscaling_client import LAUNCHING, TERMINATING, Aws
from tests.region.autoscaling_client import aws_region as aws_region  # the fixture `aws`
from tests.region.loads_client import Loads
from tests.region.loads_client import loads_region as loads_region  # the fixture `loads`

TOPIC = "arn:aws:sns:eu-west-1:111122223333:scaling"


def suspended(aws: Aws) -> list[str]:
    return sorted(one["ProcessName"] for one in aws.describe()["SuspendedProcesses"])


def test_a_group_shows_everything_that_it_was_made_with(aws: Aws, loads: Loads) -> None:
    target_group = loads.target_group()
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": aws.template, "Version": "1"},
            "Overrides": [
                {"InstanceType": "m5.large", "WeightedCapacity": "1"},
                {"InstanceType": "m5.xlarge", "WeightedCapacity": "2"},
            ],
        },
        "InstancesDistribution": {
            "OnDemandAllocationStrategy": "prioritized",
            "OnDemandBaseCapacity": 1,
            "OnDemandPercentageAboveBaseCapacity": 50,
            "SpotAllocationStrategy": "price-capacity-optimized",
        },
    }
    given: dict[str, Any] = {
        "MixedInstancesPolicy": policy,
        "MinSize": 1,
        "MaxSize": 7,
        "DesiredCapacity": 2,
        "DefaultCooldown": 120,
        "HealthCheckType": "EC2,ELB",
        "HealthCheckGracePeriod": 45,
        "PlacementGroup": "spread",
        "TerminationPolicies": ["OldestInstance", "Default"],
        "NewInstancesProtectedFromScaleIn": True,
        "CapacityRebalance": True,
        "MaxInstanceLifetime": 604800,
        "Context": "ours",
        "DesiredCapacityType": "units",
        "DefaultInstanceWarmup": 30,
        "InstanceMaintenancePolicy": {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120},
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-only"},
        "AvailabilityZoneImpairmentPolicy": {
            "ZonalShiftEnabled": True,
            "ImpairedZoneHealthCheckBehavior": "ReplaceUnhealthy",
        },
        "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
        "DeletionProtection": "none",
        "ServiceLinkedRoleARN": "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/ours",
    }
    sources = [{"Identifier": target_group, "Type": "elbv2"}]
    tags = [{"Key": "team", "Value": "core", "PropagateAtLaunch": True}]
    hooks = [{"LifecycleHookName": "wire", "LifecycleTransition": TERMINATING, "DefaultResult": "CONTINUE"}]
    aws.group(**given, TrafficSources=sources, Tags=tags, LifecycleHookSpecificationList=hooks, size=2)
    shown = aws.describe()
    template = shown["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert template.pop("LaunchTemplateName") == "workers"
    assert {key: shown[key] for key in given} == given
    assert (shown["TrafficSources"], shown["TargetGroupARNs"]) == (sources, [target_group])
    assert [{k: tag[k] for k in tags[0]} for tag in shown["Tags"]] == tags
    (hook,) = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="workers")["LifecycleHooks"]
    assert {key: hook[key] for key in hooks[0]} == hooks[0]


def test_an_update_changes_what_it_names_and_keeps_the_rest(aws: Aws) -> None:
    aws.group(
        MaxInstanceLifetime=604800, InstanceMaintenancePolicy={"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120}
    )
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="workers", MaxInstanceLifetime=0, Context="ours")
    shown = aws.describe()
    assert (shown["MaxInstanceLifetime"], shown["Context"]) == (0, "ours")
    assert shown["InstanceMaintenancePolicy"]["MinHealthyPercentage"] == 90


def test_suspended_processes_are_shown_with_a_reason_until_they_are_resumed(aws: Aws) -> None:
    aws.group(size=0)
    aws.autoscaling.suspend_processes(AutoScalingGroupName="workers", ScalingProcesses=["AZRebalance", "Launch"])
    assert suspended(aws) == ["AZRebalance", "Launch"]
    assert all(one["SuspensionReason"].startswith("User suspended at") for one in aws.describe()["SuspendedProcesses"])
    aws.resize(2)
    assert aws.states() == []
    aws.autoscaling.resume_processes(AutoScalingGroupName="workers", ScalingProcesses=["Launch"])
    assert (suspended(aws), aws.states()) == (["AZRebalance"], ["InService"] * 2)
    aws.autoscaling.suspend_processes(AutoScalingGroupName="workers")
    assert len(suspended(aws)) == 9
    aws.resize(0)
    assert aws.states() == ["InService"] * 2
    aws.autoscaling.resume_processes(AutoScalingGroupName="workers")
    assert (suspended(aws), aws.states()) == ([], [])
    with refusal("ValidationError"):
        aws.autoscaling.suspend_processes(AutoScalingGroupName="workers", ScalingProcesses=["Sleep"])


def test_uneven_zones_stay_as_they_are_while_rebalancing_is_suspended(aws: Aws) -> None:
    aws.group(size=3)
    aws.autoscaling.suspend_processes(AutoScalingGroupName="workers", ScalingProcesses=["AZRebalance"])
    first = aws.subnets[0]
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="workers", VPCZoneIdentifier=first, DesiredCapacity=6
    )
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="workers", VPCZoneIdentifier=",".join(aws.subnets))
    before = aws.ids()
    aws.wait(3600)
    assert aws.ids() == before
    aws.autoscaling.resume_processes(AutoScalingGroupName="workers", ScalingProcesses=["AZRebalance"])
    aws.wait(3600)
    zones = [one["AvailabilityZone"] for one in aws.instances()]
    assert max(zones.count(zone) for zone in zones) == 2


def test_two_groups_may_have_policies_of_the_same_name(aws: Aws) -> None:
    tracking = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
        "DisableScaleIn": True,
    }
    for name in ("workers", "copies"):
        aws.group(name, size=0)
        aws.autoscaling.put_scaling_policy(
            AutoScalingGroupName=name,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration=tracking,
            EstimatedInstanceWarmup=60,
            Enabled=name == "workers",
        )
    found = aws.autoscaling.describe_policies(AutoScalingGroupName="workers")["ScalingPolicies"]
    assert [(one["PolicyName"], one["PolicyType"], one["EstimatedInstanceWarmup"]) for one in found] == [
        ("cpu", "TargetTrackingScaling", 60)
    ]
    assert (found[0]["TargetTrackingConfiguration"], found[0]["Enabled"]) == (tracking, True)
    (copy,) = aws.autoscaling.describe_policies(AutoScalingGroupName="copies")["ScalingPolicies"]
    assert (copy["Enabled"], copy["PolicyARN"] == found[0]["PolicyARN"]) == (False, False)
    with refusal("ValidationError"):
        aws.autoscaling.delete_policy(PolicyName="cpu")
    aws.autoscaling.delete_policy(PolicyName="cpu", AutoScalingGroupName="copies")
    assert aws.autoscaling.describe_policies(AutoScalingGroupName="copies")["ScalingPolicies"] == []
    aws.autoscaling.delete_policy(PolicyName=found[0]["PolicyARN"])
    assert aws.autoscaling.describe_policies()["ScalingPolicies"] == []
    with refusal("ValidationError"):
        aws.autoscaling.put_scaling_policy(
            AutoScalingGroupName="nobody", PolicyName="cpu", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
        )


def test_a_step_policy_is_shown_as_it_was_put(aws: Aws) -> None:
    aws.group(size=0)
    steps = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 3},
    ]
    aws.autoscaling.put_scaling_policy(
        AutoScalingGroupName="workers",
        PolicyName="steps",
        PolicyType="StepScaling",
        AdjustmentType="ChangeInCapacity",
        MetricAggregationType="Maximum",
        StepAdjustments=steps,
    )
    (seen,) = aws.autoscaling.describe_policies(PolicyNames=["steps"])["ScalingPolicies"]
    assert (seen["StepAdjustments"], seen["MetricAggregationType"], seen["AdjustmentType"]) == (
        steps,
        "Maximum",
        "ChangeInCapacity",
    )


def test_two_groups_may_have_scheduled_actions_of_the_same_name(aws: Aws) -> None:
    for name in ("workers", "copies"):
        aws.group(name, size=0)
        aws.autoscaling.put_scheduled_update_group_action(
            AutoScalingGroupName=name,
            ScheduledActionName="nights",
            Recurrence="0 20 * * *",
            TimeZone="Europe/Dublin",
            MinSize=0,
            MaxSize=3,
            DesiredCapacity=1,
        )
    describe = aws.autoscaling.describe_scheduled_actions
    (seen,) = describe(AutoScalingGroupName="workers")["ScheduledUpdateGroupActions"]
    assert (seen["Recurrence"], seen["TimeZone"], seen["MinSize"], seen["MaxSize"], seen["DesiredCapacity"]) == (
        "0 20 * * *",
        "Europe/Dublin",
        0,
        3,
        1,
    )
    assert seen["ScheduledActionARN"].endswith("autoScalingGroupName/workers:scheduledActionName/nights")
    aws.autoscaling.delete_scheduled_action(AutoScalingGroupName="workers", ScheduledActionName="nights")
    assert describe(AutoScalingGroupName="workers")["ScheduledUpdateGroupActions"] == []
    assert len(describe()["ScheduledUpdateGroupActions"]) == 1
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="copies")
    assert describe()["ScheduledUpdateGroupActions"] == []


def test_notifications_and_metrics_are_kept(aws: Aws) -> None:
    aws.group(size=0)
    kinds = ["autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"]
    aws.autoscaling.put_notification_configuration(
        AutoScalingGroupName="workers", TopicARN=TOPIC, NotificationTypes=kinds
    )
    found = aws.autoscaling.describe_notification_configurations(AutoScalingGroupNames=["workers"])
    assert [(one["TopicARN"], one["NotificationType"]) for one in found["NotificationConfigurations"]] == [
        (TOPIC, kind) for kind in kinds
    ]
    aws.autoscaling.delete_notification_configuration(AutoScalingGroupName="workers", TopicARN=TOPIC)
    assert aws.autoscaling.describe_notification_configurations()["NotificationConfigurations"] == []
    enable: Any = {"AutoScalingGroupName": "workers", "Granularity": "1Minute"}
    aws.autoscaling.enable_metrics_collection(**enable, Metrics=["GroupMinSize", "GroupMaxSize"])
    assert [one["Metric"] for one in aws.describe()["EnabledMetrics"]] == ["GroupMinSize", "GroupMaxSize"]
    aws.autoscaling.enable_metrics_collection(**enable)
    known = aws.autoscaling.describe_metric_collection_types()["Metrics"]
    assert [one["Metric"] for one in aws.describe()["EnabledMetrics"]] == [one["Metric"] for one in known]
    aws.autoscaling.disable_metrics_collection(AutoScalingGroupName="workers")
    assert aws.describe()["EnabledMetrics"] == []


def test_instances_are_registered_in_service_and_deregistered_when_they_leave_it(aws: Aws, loads: Loads) -> None:
    group = loads.target_group()
    hooks = [{"LifecycleHookName": "wire", "LifecycleTransition": LAUNCHING}]
    aws.group(size=1, TargetGroupARNs=[group], LifecycleHookSpecificationList=hooks, VPCZoneIdentifier=aws.subnets[0])
    assert loads.health(group) == {}
    aws.complete(aws.launches()[-1])
    (instance,) = aws.ids()
    assert loads.health(group)[instance][0] == "initial"
    aws.wait(10)
    assert loads.health(group)[instance][0] == "healthy"
    aws.hook("leave", TERMINATING)
    aws.resize(0)
    assert (aws.states(), loads.health(group)[instance][0]) == (["Terminating:Wait"], "draining")


def test_target_groups_are_attached_and_detached(aws: Aws, loads: Loads) -> None:
    group, name = loads.target_group(), aws.group(size=1, VPCZoneIdentifier=aws.subnets[0])
    (instance,) = aws.ids()
    asked: Any = {"AutoScalingGroupName": name, "TargetGroupARNs": [group]}
    aws.autoscaling.attach_load_balancer_target_groups(**asked)
    states = aws.autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName=name)
    assert states["LoadBalancerTargetGroups"] == [{"LoadBalancerTargetGroupARN": group, "State": "Added"}]
    assert list(loads.health(group)) == [instance]
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, HealthCheckType="ELB")
    aws.wait(10)
    (source,) = aws.autoscaling.describe_traffic_sources(AutoScalingGroupName=name)["TrafficSources"]
    assert (source["Identifier"], source["Type"], source["State"]) == (group, "elbv2", "InService")
    aws.autoscaling.detach_traffic_sources(
        AutoScalingGroupName=name, TrafficSources=[{"Identifier": group, "Type": "elbv2"}]
    )
    assert (aws.describe()["TargetGroupARNs"], loads.health(group)[instance][0]) == ([], "draining")
    with refusal("ValidationError"):
        aws.autoscaling.detach_load_balancer_target_groups(**asked)
    unknown = group[:-4] + "dead"
    with refusal("ValidationError", "Provided Target Groups may not be valid"):
        aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=[unknown])
    with refusal("ValidationError", "Provided Target Groups may not be valid"):
        aws.group("other", size=0, TargetGroupARNs=[unknown])


def test_what_comes_while_adding_is_suspended_is_not_registered_later(aws: Aws, loads: Loads) -> None:
    group = loads.target_group()
    aws.group(size=1, TargetGroupARNs=[group])
    (first,) = aws.ids()
    process: Any = {"AutoScalingGroupName": "workers", "ScalingProcesses": ["AddToLoadBalancer"]}
    aws.autoscaling.suspend_processes(**process)
    aws.resize(2)
    assert list(loads.health(group)) == [first]
    aws.autoscaling.resume_processes(**process)
    assert list(loads.health(group)) == [first]
    aws.resize(3)
    assert len(loads.health(group)) == 2


@pytest.mark.parametrize("name", ["nobody", "workers"])
def test_a_group_that_is_not_there_has_no_traffic_sources(aws: Aws, name: str) -> None:
    aws.group(size=0)
    if name == "nobody":
        with refusal("ValidationError", "not found"):
            aws.autoscaling.describe_traffic_sources(AutoScalingGroupName=name)
    else:
        assert aws.autoscaling.describe_traffic_sources(AutoScalingGroupName=name)["TrafficSources"] == []
