"""Warm pools. Sources: Auto Scaling user guide, "Warm pools for Amazon EC2 Auto Scaling", "Use lifecycle hooks with a
warm pool" and "Warm pool example events and patterns"; API reference, PutWarmPool, DeleteWarmPool.
"""

from typing import Any

from tests.in_process import refusal
from tests.region.autoscaling_client import TERMINATING, Aws, aws_region  # noqa: F401

ONE = {"AutoScalingGroupName": "workers"}


def pool(aws: Aws) -> list[dict[str, Any]]:
    return list(aws.autoscaling.describe_warm_pool(**ONE)["Instances"])


def route(action: dict[str, Any]) -> tuple[str, str]:
    return action["Origin"], action["Destination"]


def test_the_pool_fills_the_gap_up_to_the_maximum_size(aws: Aws) -> None:
    aws.group(size=1, MaxSize=3)
    aws.autoscaling.put_warm_pool(**ONE)
    assert [instance["LifecycleState"] for instance in pool(aws)] == ["Warmed:Stopped", "Warmed:Stopped"]
    assert {aws.ec2_state(instance["InstanceId"]) for instance in pool(aws)} == {"stopped"}
    assert aws.states() == ["InService"]
    assert aws.describe()["WarmPoolSize"] == 2


def test_prepared_capacity_and_minimum_size_bound_the_pool(aws: Aws) -> None:
    aws.group(size=2, MaxSize=9)
    aws.autoscaling.put_warm_pool(**ONE, MaxGroupPreparedCapacity=4, PoolState="Running")
    assert [instance["LifecycleState"] for instance in pool(aws)] == ["Warmed:Running"] * 2
    aws.autoscaling.put_warm_pool(**ONE, MaxGroupPreparedCapacity=2, MinSize=1)
    assert len(pool(aws)) == 1
    aws.autoscaling.put_warm_pool(**ONE, MaxGroupPreparedCapacity=-1)
    assert len(pool(aws)) == 7


def test_an_instance_waits_on_its_way_into_the_pool_and_out_of_it(aws: Aws) -> None:
    aws.group(size=0, MaxSize=1)
    aws.hook()
    aws.autoscaling.put_warm_pool(**ONE)
    (action,) = aws.launches()
    assert route(action) == ("EC2", "WarmPool")
    assert pool(aws)[0]["LifecycleState"] == "Warmed:Pending:Wait"
    assert aws.ec2_state(action["EC2InstanceId"]) == "running"
    aws.complete(action)
    assert pool(aws)[0]["LifecycleState"] == "Warmed:Stopped"
    aws.resize(1)
    (_, drawn) = aws.launches()
    assert route(drawn) == ("WarmPool", "AutoScalingGroup")
    assert drawn["EC2InstanceId"] == action["EC2InstanceId"]
    assert aws.states() == ["Pending:Wait"]
    assert aws.ec2_state(action["EC2InstanceId"]) == "running"
    aws.complete(drawn)
    assert aws.states() == ["InService"]
    assert pool(aws) == []


def test_scale_in_returns_instances_where_the_policy_says_so(aws: Aws) -> None:
    aws.group(size=1, MaxSize=1)
    aws.hook("drain", TERMINATING)
    aws.autoscaling.put_warm_pool(**ONE, InstanceReusePolicy={"ReuseOnScaleIn": True})
    (instance,) = aws.ids()
    aws.resize(0)
    (action,) = aws.terminations()
    assert route(action) == ("AutoScalingGroup", "WarmPool")
    assert pool(aws)[0]["LifecycleState"] == "Warmed:Pending:Wait"
    aws.complete(action)
    assert pool(aws)[0] == pool(aws)[0] | {"InstanceId": instance, "LifecycleState": "Warmed:Stopped"}
    assert aws.ec2_state(instance) == "stopped"


def test_scale_in_terminates_by_default(aws: Aws) -> None:
    aws.group(size=1, MaxSize=1)
    aws.autoscaling.put_warm_pool(**ONE)
    (instance,) = aws.ids()
    aws.resize(0)
    assert aws.ec2_state(instance) == "terminated"
    assert instance not in [each["InstanceId"] for each in pool(aws)]


def test_deleting_the_pool_takes_its_instances_through_the_hooks(aws: Aws) -> None:
    aws.group(size=0, MaxSize=1)
    aws.hook("drain", TERMINATING)
    aws.autoscaling.put_warm_pool(**ONE)
    aws.autoscaling.delete_warm_pool(**ONE)
    (action,) = aws.terminations()
    assert route(action) == ("WarmPool", "EC2")
    assert pool(aws)[0]["LifecycleState"] == "Warmed:Terminating:Wait"
    described = aws.autoscaling.describe_warm_pool(**ONE)
    assert described["WarmPoolConfiguration"]["Status"] == "PendingDelete"
    aws.complete(action)
    assert "WarmPoolConfiguration" not in aws.autoscaling.describe_warm_pool(**ONE)
    assert aws.ec2_state(action["EC2InstanceId"]) == "terminated"


def test_a_forced_delete_waits_for_nothing(aws: Aws) -> None:
    aws.group(size=0, MaxSize=2)
    aws.hook("drain", TERMINATING)
    aws.autoscaling.put_warm_pool(**ONE)
    aws.autoscaling.delete_warm_pool(**ONE, ForceDelete=True)
    assert pool(aws) == []
    assert aws.terminations() == []


def test_warm_instances_are_described_as_auto_scaling_instances(aws: Aws) -> None:
    """API reference, AutoScalingInstanceDetails, LifecycleState."""
    aws.group(size=0, MaxSize=1)
    aws.autoscaling.put_warm_pool(**ONE)
    (instance,) = aws.autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert instance["LifecycleState"] == "Warmed:Stopped"
    with refusal("ValidationError"):
        aws.autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=instance["InstanceId"], ShouldDecrementDesiredCapacity=False
        )


def test_an_abandoned_warm_up_is_replaced(aws: Aws) -> None:
    aws.group(size=0, MaxSize=1)
    aws.hook()
    aws.autoscaling.put_warm_pool(**ONE)
    (first,) = aws.launches()
    aws.complete(first, "ABANDON")
    assert aws.ec2_state(first["EC2InstanceId"]) == "terminated"
    assert [each["LifecycleState"] for each in pool(aws)] == ["Warmed:Pending:Wait"]
