"""Instance refresh. Sources: Auto Scaling user guide, "How an instance refresh works in an Auto Scaling group"; API
reference, StartInstanceRefresh, RefreshPreferences, CancelInstanceRefresh.
"""

from typing import Any

from tests.in_process import refusal
from tests.region.autoscaling_client import LAUNCHING, Aws, aws_region  # noqa: F401

ONE = {"AutoScalingGroupName": "workers"}


def start(aws: Aws, **preferences: Any) -> str:
    answer = aws.autoscaling.start_instance_refresh(**ONE, Preferences=preferences)
    return str(answer["InstanceRefreshId"])


def latest(aws: Aws) -> dict[str, Any]:
    return dict(aws.autoscaling.describe_instance_refreshes(**ONE)["InstanceRefreshes"][0])


def test_a_refresh_replaces_every_instance(aws: Aws) -> None:
    aws.group(size=3)
    before = set(aws.ids())
    refresh_id = start(aws)
    assert not before & set(aws.ids())
    assert aws.states() == ["InService"] * 3
    assert latest(aws)["InstanceRefreshId"] == refresh_id
    assert (latest(aws)["Status"], latest(aws)["PercentageComplete"]) == ("Successful", 100)
    kinds = [event["detail-type"] for event in aws.events if "Refresh" in event["detail-type"]]
    assert kinds == ["EC2 Auto Scaling Instance Refresh Started", "EC2 Auto Scaling Instance Refresh Succeeded"]


def test_the_healthy_percentage_bounds_how_many_go_at_once(aws: Aws) -> None:
    aws.group(size=4)
    aws.hook(HeartbeatTimeout=600)
    start(aws, MinHealthyPercentage=50)
    assert aws.states() == ["InService"] * 2 + ["Pending:Wait"] * 2
    for action in aws.launches():
        aws.complete(action)
    assert aws.states() == ["InService"] * 2 + ["Pending:Wait"] * 2
    assert latest(aws)["InstancesToUpdate"] == 0
    assert latest(aws)["Status"] == "InProgress"


def test_a_hundred_percent_replaces_one_at_a_time(aws: Aws) -> None:
    """User guide: with 100 the group replaces one instance at a time."""
    aws.group(size=3)
    aws.hook()
    start(aws, MinHealthyPercentage=100)
    assert aws.states() == ["InService"] * 2 + ["Pending:Wait"]


def test_above_a_hundred_percent_new_instances_come_first(aws: Aws) -> None:
    aws.group(size=2)
    aws.hook()
    before = set(aws.ids())
    start(aws, MinHealthyPercentage=100, MaxHealthyPercentage=150)
    assert aws.states() == ["InService"] * 2 + ["Pending:Wait"]
    assert before < set(aws.ids())
    while latest(aws)["Status"] == "InProgress":
        assert len([state for state in aws.states() if state == "InService"]) >= 2
        aws.complete(aws.launches()[-1])
    assert not before & set(aws.ids())
    assert aws.states() == ["InService"] * 2


def test_the_warm_up_is_waited_for(aws: Aws) -> None:
    aws.group(size=2, VPCZoneIdentifier=aws.subnets[0])
    start(aws, InstanceWarmup=100)
    aws.wait(99)
    assert latest(aws)["InstancesToUpdate"] == 1
    aws.wait(200)
    assert latest(aws)["Status"] == "Successful"


def test_a_desired_configuration_becomes_the_groups(aws: Aws) -> None:
    aws.group(size=1, LaunchTemplate={"LaunchTemplateId": aws.template, "Version": "1"})
    data = {"ImageId": "ami-12c6146b", "InstanceType": "m5.xlarge"}
    aws.ec2.create_launch_template_version(LaunchTemplateId=aws.template, LaunchTemplateData=data)
    template = {"LaunchTemplateId": aws.template, "Version": "2"}
    aws.autoscaling.start_instance_refresh(**ONE, DesiredConfiguration={"LaunchTemplate": template})
    assert aws.instances()[0]["InstanceType"] == "m5.xlarge"
    assert aws.describe()["LaunchTemplate"]["Version"] == "2"


def test_matching_instances_can_be_skipped(aws: Aws) -> None:
    aws.group(size=2)
    before = set(aws.ids())
    start(aws, SkipMatching=True)
    assert set(aws.ids()) == before
    assert latest(aws)["Status"] == "Successful"


def test_only_one_refresh_runs_and_it_can_be_cancelled(aws: Aws) -> None:
    aws.group(size=2)
    with refusal("ActiveInstanceRefreshNotFound"):
        aws.autoscaling.cancel_instance_refresh(**ONE)
    aws.hook("wire", LAUNCHING)
    start(aws)
    with refusal("InstanceRefreshInProgress"):
        start(aws)
    aws.autoscaling.cancel_instance_refresh(**ONE)
    assert latest(aws)["Status"] == "Cancelling"
    aws.complete(aws.launches()[0])
    assert latest(aws)["Status"] == "Cancelled"
    assert aws.states() == ["InService"] * 2


def test_percentages_too_far_apart_are_refused(aws: Aws) -> None:
    aws.group(size=1)
    with refusal("ValidationError"):
        start(aws, MinHealthyPercentage=90, MaxHealthyPercentage=200)
