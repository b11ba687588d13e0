"""A batch of going-away events, at the region's own EC2 and Auto Scaling."""

from dataclasses import replace

from nodenet.aws.autoscaling import Result
from nodenet.events import Ignored, InstanceState, LifecycleAction, TerminateAction
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import State
from tests.unit.cloud import Cloud
from tests.unit.deliveries import ended, older


def wired_group(cloud: Cloud, size: int = 1) -> None:
    cloud.group(size)
    cloud.launch(*cloud.launch_actions())


def shrink(cloud: Cloud) -> list[Message]:
    cloud.autoscaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=0)
    return cloud.messages("EC2 Instance-terminate Lifecycle Action")


def test_a_terminate_action_costs_one_call_and_the_interfaces_go_with_the_instance(cloud: Cloud) -> None:
    wired_group(cloud)
    (outcome,) = cloud.terminate(*shrink(cloud))
    assert outcome.state is State.GONE
    assert cloud.calls == ["CompleteLifecycleAction"]
    assert cloud.state_of(outcome.instance_id) == "terminated"
    assert not cloud.enis()


def test_a_terminate_action_that_comes_twice_ends_the_same(cloud: Cloud) -> None:
    wired_group(cloud)
    (message,) = shrink(cloud)
    cloud.terminate(message)
    (again,) = cloud.terminate(message)
    assert again.state is State.GONE
    assert "had ended before" in again.reason


def test_a_terminate_action_always_continues(cloud: Cloud) -> None:
    wired_group(cloud)
    answers: list[str] = []
    complete = cloud.actions.complete

    def listen(action: LifecycleAction, result: Result) -> bool:
        answers.append(result)
        return complete(action, result)

    cloud.actions.complete = listen  # type: ignore[method-assign]
    cloud.terminate(*shrink(cloud))
    assert answers == ["CONTINUE"]


def test_interfaces_that_are_to_be_kept_stay_behind_when_the_others_go(cloud: Cloud) -> None:
    cloud.configure(networks={"n6": "retention: keep"})
    wired_group(cloud)
    cloud.terminate(*shrink(cloud))
    cloud.terminate(*ended(cloud))
    (kept,) = cloud.enis()
    assert kept["Status"] == "available"
    assert {"Key": "nodenet:network", "Value": "n6"} in kept["TagSet"]


def test_a_hook_of_somebody_else_is_not_answered(cloud: Cloud) -> None:
    wired_group(cloud)
    (message,) = shrink(cloud)
    assert isinstance(message.event, TerminateAction)
    theirs = replace(message.event, action=replace(message.event.action, hook="Terminate-LC-Hook"))
    (outcome,) = cloud.terminate(replace(message, event=theirs))
    assert outcome.state is State.IGNORED
    assert not cloud.calls
    assert cloud.states() == ["Terminating:Wait"]


def test_a_move_into_the_warm_pool_is_no_end(cloud: Cloud) -> None:
    wired_group(cloud)
    cloud.autoscaling.put_warm_pool(
        AutoScalingGroupName="workers",
        MaxGroupPreparedCapacity=1,
        PoolState="Stopped",
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )
    (outcome,) = cloud.terminate(*shrink(cloud))
    assert outcome.state is State.IGNORED
    assert "warm pool" in outcome.reason
    assert len(cloud.enis(**{"attachment.instance-id": outcome.instance_id})) == 2


def test_an_instance_that_left_nothing_costs_one_describe_for_the_whole_batch(cloud: Cloud) -> None:
    for _ in range(3):
        cloud.ec2.terminate_instances(InstanceIds=[cloud.instance()])
    outcomes = cloud.terminate(*ended(cloud))
    assert {outcome.state for outcome in outcomes} == {State.IGNORED}
    assert cloud.calls == ["DescribeNetworkInterfaces"]


def test_an_interface_that_outlived_its_instance_is_deleted(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.launch(cloud.running(instance_id))
    for eni in cloud.enis():
        cloud.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=eni["NetworkInterfaceId"],
            Attachment={"AttachmentId": eni["Attachment"]["AttachmentId"], "DeleteOnTermination": False},
        )
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    assert len(cloud.enis()) == 2
    (outcome,) = cloud.terminate(*ended(cloud))
    assert outcome.state is State.GONE
    assert "2 left-over" in outcome.reason
    assert not cloud.enis()


def test_nothing_is_taken_from_an_instance_of_which_only_an_event_says_that_it_is_gone(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.launch(cloud.running(instance_id))
    running = cloud.running(instance_id)
    assert isinstance(running.event, InstanceState)
    lie = replace(running, event=replace(running.event, state="terminated"))
    (outcome,) = cloud.terminate(lie)
    assert outcome.state is State.WAITING
    assert cloud.networks_of(instance_id) == ["n3", "n6"]


def test_interfaces_that_ec2_has_not_detached_yet_are_looked_at_again(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.launch(cloud.running(instance_id))
    attachments = [eni["Attachment"]["AttachmentId"] for eni in cloud.enis()]
    cloud.fail("DeleteNetworkInterface", "InvalidNetworkInterface.InUse", times=2)
    for attachment in attachments:
        cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    (first,) = cloud.terminate(*ended(cloud))
    assert first.state is State.WAITING
    (second,) = cloud.terminate(*cloud.queue.take())
    assert second.state is State.GONE
    assert not cloud.enis()


def test_an_end_that_comes_before_the_launch_event_is_handled_leaves_nothing(cloud: Cloud) -> None:
    cloud.group()
    (launch,) = cloud.launch_actions()
    instance_id = launch.event.instance_id  # type: ignore[union-attr]
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    cloud.terminate(*ended(cloud))
    (outcome,) = cloud.launch(launch)
    assert outcome.state is State.GONE
    assert not cloud.enis()


def test_an_instance_that_ends_while_it_is_being_wired_leaves_nothing(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    message = cloud.running(instance_id)

    def end() -> None:
        cloud.ec2.terminate_instances(InstanceIds=[instance_id])

    cloud.fail("AttachNetworkInterface", "", action=end)
    cloud.launch(message)
    cloud.terminate(*ended(cloud))
    for _ in range(3):
        cloud.launch(*cloud.queue.take())
        cloud.terminate(*cloud.queue.take())
    assert not cloud.enis()


def test_deletes_that_are_throttled_are_tried_again(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.configure(names="n3")
    cloud.fail("ModifyNetworkInterfaceAttribute", "RequestLimitExceeded")
    cloud.launch(cloud.running(instance_id))
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    cloud.queue.sent.clear()
    cloud.fail("DeleteNetworkInterface", "RequestLimitExceeded")
    (message,) = ended(cloud)
    (first,) = cloud.terminate(message)
    assert first.state is State.WAITING
    (second,) = cloud.terminate(*cloud.queue.take())
    assert second.state is State.GONE
    assert not cloud.enis()


def test_what_is_for_the_launch_function_or_for_nobody_is_ignored_with_a_reason(cloud: Cloud) -> None:
    cloud.group()
    strange = Message("m", "{}", Ignored("no event of nodenet's"))
    running = cloud.messages("EC2 Instance State-change Notification", state="running")
    outcomes = cloud.terminate(strange, *running, *cloud.launch_actions())
    assert {outcome.state for outcome in outcomes} == {State.IGNORED}
    assert all(outcome.reason for outcome in outcomes)
    assert not cloud.calls


def test_an_action_whose_answer_is_throttled_is_answered_later(cloud: Cloud) -> None:
    wired_group(cloud)
    cloud.fail("CompleteLifecycleAction", "Throttling")
    (first,) = cloud.terminate(*shrink(cloud))
    assert first.state is State.WAITING
    (second,) = cloud.terminate(*cloud.queue.take())
    assert second.state is State.GONE
    assert cloud.states() == []


def test_when_even_the_describe_is_throttled_the_whole_batch_comes_again(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.ec2.terminate_instances(InstanceIds=[cloud.instance()])
    cloud.fail("DescribeNetworkInterfaces", "RequestLimitExceeded")
    outcomes = cloud.terminate(*ended(cloud))
    assert {outcome.state for outcome in outcomes} == {State.WAITING}
    assert len(cloud.queue.sent) == 2


def test_a_missing_permission_is_for_a_person(cloud: Cloud) -> None:
    wired_group(cloud)
    cloud.fail("CompleteLifecycleAction", "AccessDenied", "not allowed")
    (held,) = cloud.terminate(*shrink(cloud))
    assert held.state is State.HELD
    assert len(cloud.queue.sent) == 1


def test_an_action_that_cannot_be_answered_is_given_up_when_its_longest_wait_is_over(cloud: Cloud) -> None:
    """48 hours at most (Auto Scaling API Reference, LifecycleHook, GlobalTimeout)."""
    wired_group(cloud)
    (message,) = shrink(cloud)
    cloud.fail("CompleteLifecycleAction", "AccessDenied", "not allowed", times=2)
    (held,) = cloud.terminate(older(message, hours=47))
    assert held.state is State.HELD
    assert len(cloud.queue.take()) == 1
    (given_up,) = cloud.terminate(older(message, hours=49))
    assert given_up.state is State.GIVEN_UP
    assert "not allowed" in given_up.reason
    assert not cloud.queue.sent


def test_left_overs_that_cannot_be_deleted_are_given_up_after_two_days(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(cloud.running(instance_id))
    cloud.queue.take()
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    (message,) = ended(cloud)
    cloud.fail("DeleteNetworkInterface", "UnauthorizedOperation", "not allowed", times=99)
    (held,) = cloud.terminate(older(message, hours=47))
    assert held.state is State.HELD
    assert len(cloud.queue.take()) == 1
    (given_up,) = cloud.terminate(older(message, hours=49))
    assert given_up.state is State.GIVEN_UP
    assert "not allowed" in given_up.reason
    assert not cloud.queue.sent


def test_a_describe_that_is_refused_is_given_up_after_two_days(cloud: Cloud) -> None:
    cloud.ec2.terminate_instances(InstanceIds=[cloud.instance()])
    cloud.fail("DescribeNetworkInterfaces", "UnauthorizedOperation")
    (given_up,) = cloud.terminate(older(*ended(cloud), hours=49))
    assert given_up.state is State.GIVEN_UP
    assert not cloud.queue.sent
