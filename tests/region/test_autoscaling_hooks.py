"""Lifecycle hooks. Sources, unless a test names another: Auto Scaling user guide, "How lifecycle hooks work in Amazon
EC2 Auto Scaling groups"; API reference, PutLifecycleHook, CompleteLifecycleAction, RecordLifecycleActionHeartbeat.
"""

import pytest

from local.autoscaling import events
from local.autoscaling.instance_calls import HEALTH_CHECK
from local.world import world
from tests.in_process import refusal
from tests.region.autoscaling_client import LAUNCHING, TERMINATING, Aws, aws_region  # noqa: F401


def held(aws: Aws, **hook: object) -> dict[str, object]:
    """A group with one instance in Pending:Wait; returns the detail of its event."""
    aws.group(size=0)
    aws.hook(**hook)  # type: ignore[arg-type]
    aws.resize(1)
    return aws.launches()[-1]


def test_a_hook_has_the_documented_defaults(aws: Aws) -> None:
    aws.group(size=0)
    aws.hook()
    hook = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="workers")["LifecycleHooks"][0]
    assert hook == {
        "LifecycleHookName": "wire",
        "AutoScalingGroupName": "workers",
        "LifecycleTransition": LAUNCHING,
        "HeartbeatTimeout": 3600,
        "GlobalTimeout": 172800,
        "DefaultResult": "ABANDON",
    }


def test_the_global_timeout_is_a_hundred_heartbeats_where_that_is_less_than_two_days(aws: Aws) -> None:
    """Service model, LifecycleHook, GlobalTimeout."""
    aws.group(size=0)
    aws.hook(HeartbeatTimeout=600)
    hook = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="workers")["LifecycleHooks"][0]
    assert hook["GlobalTimeout"] == 60000


@pytest.mark.parametrize("seconds", [29, 7201])
def test_a_heartbeat_out_of_range_is_refused(aws: Aws, seconds: int) -> None:
    aws.group(size=0)
    with refusal("ValidationError"):
        aws.hook(HeartbeatTimeout=seconds)


def test_an_update_keeps_what_it_does_not_give(aws: Aws) -> None:
    aws.group(size=0)
    aws.hook(HeartbeatTimeout=600, NotificationMetadata="m")
    aws.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="workers", LifecycleHookName="wire", DefaultResult="CONTINUE"
    )
    hook = aws.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="workers")["LifecycleHooks"][0]
    assert (hook["HeartbeatTimeout"], hook["NotificationMetadata"], hook["DefaultResult"]) == (600, "m", "CONTINUE")


def test_the_fifty_first_hook_is_refused(aws: Aws) -> None:
    """User guide, "Quotas for Amazon EC2 Auto Scaling": 50 lifecycle hooks per group."""
    aws.group(size=0)
    for number in range(50):
        aws.hook(f"hook-{number}")
    with refusal("LimitExceeded"):
        aws.hook("hook-50")
    aws.hook("hook-0", HeartbeatTimeout=60)


def test_a_launch_waits_and_tells_the_bus(aws: Aws) -> None:
    """User guide, "Amazon EC2 Auto Scaling event reference"."""
    action = held(aws, NotificationMetadata="more")
    (instance,) = aws.ids()
    assert aws.states() == ["Pending:Wait"]
    token = action.pop("LifecycleActionToken")
    assert isinstance(token, str)
    assert len(token) == 36
    assert action == {
        "AutoScalingGroupName": "workers",
        "LifecycleHookName": "wire",
        "EC2InstanceId": instance,
        "LifecycleTransition": LAUNCHING,
        "NotificationMetadata": "more",
        "Origin": "EC2",
        "Destination": "AutoScalingGroup",
    }
    event = next(e for e in aws.events if e["detail-type"] == "EC2 Instance-launch Lifecycle Action")
    assert event["source"] == "aws.autoscaling"
    assert event["resources"] == [aws.describe()["AutoScalingGroupARN"]]


def test_an_instance_comes_to_wait_once_it_runs(aws: Aws) -> None:
    """User guide, "Amazon EC2 Auto Scaling lifecycle hooks": it completes its startup sequence, then it waits."""
    world.delays.pending = 20
    aws.group(size=0)
    aws.hook()
    aws.resize(1)
    assert (aws.states(), aws.launches()) == (["Pending"], [])
    aws.wait(20)
    assert aws.states() == ["Pending:Wait"]
    (action,) = aws.launches()
    assert aws.ec2_state(action["EC2InstanceId"]) == "running"
    aws.complete(action)
    assert aws.states() == ["InService"]


def test_a_hook_that_goes_while_the_instance_starts_does_not_hold_it(aws: Aws) -> None:
    world.delays.pending = 20
    aws.group(size=0)
    aws.hook()
    aws.resize(1)
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="workers", LifecycleHookName="wire")
    aws.wait(20)
    assert (aws.states(), aws.launches()) == (["InService"], [])


def test_continue_by_token_puts_the_instance_in_service(aws: Aws) -> None:
    aws.complete(held(aws))
    assert aws.states() == ["InService"]
    kinds = [e["detail-type"] for e in aws.events if e["source"] == "aws.autoscaling"]
    assert kinds == ["EC2 Instance-launch Lifecycle Action", "EC2 Instance Launch Successful"]


def test_continue_by_instance_id_does_the_same(aws: Aws) -> None:
    action = held(aws)
    aws.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName="workers",
        LifecycleHookName="wire",
        InstanceId=action["EC2InstanceId"],
        LifecycleActionResult="CONTINUE",
    )
    assert aws.states() == ["InService"]


def test_a_finished_action_cannot_be_completed_again(aws: Aws) -> None:
    """The words are those that clients of AWS look for."""
    action = held(aws)
    aws.complete(action)
    with refusal("ValidationError", f"No active Lifecycle Action found with token {action['LifecycleActionToken']}"):
        aws.complete(action)
    instance = action["EC2InstanceId"]
    with refusal("ValidationError", f"No active Lifecycle Action found with instance ID {instance}"):
        aws.autoscaling.record_lifecycle_action_heartbeat(
            AutoScalingGroupName="workers", LifecycleHookName="wire", InstanceId=instance
        )


def test_an_action_belongs_to_its_hook(aws: Aws) -> None:
    action = held(aws)
    with refusal("ValidationError", "No active Lifecycle Action found"):
        aws.complete(action | {"LifecycleHookName": "other"})
    assert aws.states() == ["Pending:Wait"]


def test_abandon_at_launch_terminates_and_replaces(aws: Aws) -> None:
    action = held(aws)
    aws.complete(action, "ABANDON")
    first = str(action["EC2InstanceId"])
    assert aws.ec2_state(first) == "terminated"
    assert aws.states() == ["Pending:Wait"]
    assert aws.ids() != [first]
    (failed,) = aws.details("EC2 Instance Launch Unsuccessful")
    assert failed["EC2InstanceId"] == first
    assert failed["StatusCode"] == "Failed"
    assert str(action["LifecycleActionToken"]) in failed["StatusMessage"]


def test_an_abandoned_launch_is_a_cancelled_activity_with_the_reason(aws: Aws) -> None:
    """User guide, "Verify a scaling activity" and the lifecycle hook tutorial: status and words of the activity."""
    action = held(aws)
    aws.complete(action, "ABANDON")
    activities = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName="workers")["Activities"]
    (cancelled,) = [activity for activity in activities if activity["StatusCode"] == "Cancelled"]
    reason = (
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token "
        f"{action['LifecycleActionToken']} was abandoned: Lifecycle Action Completed with ABANDON Result"
    )
    assert cancelled["StatusMessage"] == reason
    assert cancelled["Description"].endswith(f"{action['EC2InstanceId']}.  Status Reason: {reason}")


def test_an_instance_ended_in_ec2_still_meets_the_terminate_hook(aws: Aws) -> None:
    """The health check finds it gone and takes it through Terminating; the instance itself is not held by that."""
    aws.group(size=1)
    aws.hook("drain", TERMINATING)
    (first,) = aws.ids()
    aws.ec2.terminate_instances(InstanceIds=[first])
    assert aws.ec2_state(first) == "terminated"
    aws.wait(HEALTH_CHECK)
    assert aws.states() == ["InService", "Terminating:Wait"]
    aws.complete(aws.terminations()[0])
    assert first not in aws.ids()


def test_a_launch_timeout_abandons_by_default(aws: Aws) -> None:
    action = held(aws, HeartbeatTimeout=60)
    aws.wait(59)
    assert aws.ids() == [action["EC2InstanceId"]]
    aws.wait(1)
    assert aws.ids() != [action["EC2InstanceId"]]
    with refusal("ValidationError", "No active Lifecycle Action found"):
        aws.complete(action)


def test_a_launch_timeout_continues_where_the_hook_says_so(aws: Aws) -> None:
    held(aws, HeartbeatTimeout=60, DefaultResult="CONTINUE")
    aws.wait(60)
    assert aws.states() == ["InService"]


def test_a_heartbeat_starts_the_timeout_anew(aws: Aws) -> None:
    action = held(aws, HeartbeatTimeout=60, DefaultResult="CONTINUE")
    names = ("AutoScalingGroupName", "LifecycleHookName", "LifecycleActionToken")
    aws.wait(50)
    aws.autoscaling.record_lifecycle_action_heartbeat(**{name: action[name] for name in names})
    aws.wait(59)
    assert aws.states() == ["Pending:Wait"]
    aws.wait(1)
    assert aws.states() == ["InService"]


def test_heartbeats_cannot_hold_beyond_the_global_timeout(aws: Aws) -> None:
    """API reference, RecordLifecycleActionHeartbeat; model, GlobalTimeout: 100 heartbeats of 30 s are 3,000 s."""
    action = held(aws, HeartbeatTimeout=30, DefaultResult="CONTINUE")
    names = ("AutoScalingGroupName", "LifecycleHookName", "LifecycleActionToken")
    for _ in range(149):
        aws.wait(20)
        aws.autoscaling.record_lifecycle_action_heartbeat(**{name: action[name] for name in names})
    assert aws.states() == ["Pending:Wait"]
    aws.wait(20)
    assert aws.states() == ["InService"]


def test_all_hooks_of_a_transition_are_asked_at_once_and_all_must_continue(aws: Aws) -> None:
    aws.group(size=0)
    aws.hook("first")
    aws.hook("second")
    aws.resize(1)
    one, two = aws.launches()
    assert {one["LifecycleHookName"], two["LifecycleHookName"]} == {"first", "second"}
    aws.complete(one)
    assert aws.states() == ["Pending:Wait"]
    aws.complete(two)
    assert aws.states() == ["InService"]


def test_abandon_of_one_hook_ends_the_others(aws: Aws) -> None:
    aws.group(size=0)
    aws.hook("first")
    aws.hook("second")
    aws.resize(1)
    one, two = aws.launches()
    aws.complete(one, "ABANDON")
    with refusal("ValidationError", "No active Lifecycle Action found"):
        aws.complete(two)


@pytest.mark.parametrize("result", ["CONTINUE", "ABANDON"])
def test_a_termination_waits_and_ends_either_way(aws: Aws, result: str) -> None:
    """User guide: "If the instance is terminating, both abandon and continue allow it to terminate"."""
    aws.group(size=1)
    aws.hook("drain", TERMINATING)
    (instance,) = aws.ids()
    aws.resize(0)
    assert aws.states() == ["Terminating:Wait"]
    assert aws.ec2_state(instance) == "running"
    (action,) = aws.terminations()
    assert (action["Origin"], action["Destination"]) == ("AutoScalingGroup", "EC2")
    aws.complete(action, result)
    assert aws.instances() == []
    assert aws.ec2_state(instance) == "terminated"
    assert aws.events[-1]["detail-type"] == "EC2 Instance Terminate Successful"


def test_a_terminating_instance_stays_until_ec2_is_done(aws: Aws) -> None:
    world.delays.shutting_down = 30
    aws.group(size=1)
    aws.hook("drain", TERMINATING)
    aws.resize(0)
    aws.complete(aws.terminations()[0])
    assert aws.states() == ["Terminating:Proceed"]
    aws.wait(30)
    assert aws.instances() == []


def test_a_hook_added_later_misses_the_launch_under_way(aws: Aws) -> None:
    world.delays.pending = 30
    aws.group(size=1)
    aws.hook()
    aws.wait(30)
    assert aws.states() == ["InService"]
    assert aws.launches() == []


def test_hooks_of_the_specification_hold_the_first_instances(aws: Aws) -> None:
    """API reference, CreateAutoScalingGroup, LifecycleHookSpecificationList."""
    specification = {"LifecycleHookName": "wire", "LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 600}
    aws.group(size=2, LifecycleHookSpecificationList=[specification])
    assert aws.states() == ["Pending:Wait", "Pending:Wait"]
    assert len(aws.launches()) == 2


def test_deleting_a_hook_abandons_launches_and_continues_terminations(aws: Aws) -> None:
    """API reference, DeleteLifecycleHook."""
    action = held(aws)
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="workers", LifecycleHookName="wire")
    assert aws.states() == ["InService"]
    assert aws.ids() != [action["EC2InstanceId"]]
    aws.hook("drain", TERMINATING)
    aws.resize(0)
    aws.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="workers", LifecycleHookName="drain")
    assert aws.instances() == []


def test_a_target_gets_a_test_message_and_then_the_actions(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """API reference, PutLifecycleHook, NotificationTargetARN."""
    sent: list[tuple[str | None, dict[str, object]]] = []
    monkeypatch.setattr(
        events, "on_notification", [lambda hook, m: sent.append((hook.notification_target_arn, dict(m)))]
    )
    queue, role = "arn:aws:sqs:eu-west-1:111122223333:hooks", "arn:aws:iam::111122223333:role/hooks"
    held(aws, NotificationTargetARN=queue, RoleARN=role)
    assert [target for target, _ in sent] == [queue, queue]
    assert sent[0][1]["Event"] == "autoscaling:TEST_NOTIFICATION"
    assert sent[1][1]["LifecycleActionToken"] == aws.launches()[0]["LifecycleActionToken"]
    with refusal("ValidationError"):
        aws.hook("other", NotificationTargetARN=queue)


def test_attach_detach_standby_and_force_delete_ask_no_hook(aws: Aws) -> None:
    """User guide, "Amazon EC2 Auto Scaling lifecycle hooks", considerations."""
    aws.group(size=1)
    aws.hook("wire", LAUNCHING)
    aws.hook("drain", TERMINATING)
    (instance,) = aws.ids()
    one = {"AutoScalingGroupName": "workers", "InstanceIds": [instance]}
    aws.autoscaling.enter_standby(**one, ShouldDecrementDesiredCapacity=True)
    aws.autoscaling.exit_standby(**one)
    aws.autoscaling.detach_instances(**one, ShouldDecrementDesiredCapacity=True)
    aws.autoscaling.attach_instances(**one)
    assert aws.states() == ["InService"]
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="workers", ForceDelete=True)
    assert aws.ec2_state(instance) == "terminated"
    assert aws.launches() + aws.terminations() == []
