"""A batch of launch events, at the region's own EC2 and Auto Scaling."""

from collections import Counter
from dataclasses import replace

import pytest

from local.world import world
from nodenet.events import InstanceState, LaunchAction
from nodenet.nodes.failure import STORM
from nodenet.nodes.outcome import State
from tests.unit.cloud import LAUNCH_HOOK, Cloud, Killed
from tests.unit.deliveries import older

# ---- the straight way


def test_two_networks_cost_seven_calls_and_one_describe(cloud: Cloud) -> None:
    cloud.group()
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.READY
    assert Counter(cloud.calls) == {
        "DescribeInstances": 1,
        "CreateNetworkInterface": 2,
        "AttachNetworkInterface": 2,
        "ModifyNetworkInterfaceAttribute": 2,
        "CompleteLifecycleAction": 1,
    }
    assert cloud.networks_of(outcome.instance_id) == ["n3", "n6"]
    assert cloud.states() == ["InService"]
    assert cloud.bus.kinds == ["Node Network Ready"]


def test_a_batch_of_nodes_shares_one_describe(cloud: Cloud) -> None:
    cloud.group(size=6)
    outcomes = cloud.launch(*cloud.launch_actions())
    assert {outcome.state for outcome in outcomes} == {State.READY}
    assert Counter(cloud.calls)["DescribeInstances"] == 1
    assert len(cloud.calls) == 6 * 7 + 1


def test_a_node_without_a_hook_is_wired_by_its_running_event(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    (outcome,) = cloud.launch(cloud.running(instance_id))
    assert outcome.state is State.READY
    assert cloud.networks_of(instance_id) == ["n3", "n6"]
    assert "CompleteLifecycleAction" not in cloud.calls


def test_the_running_event_of_a_node_in_the_same_batch_as_its_action_costs_nothing(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    (running,) = cloud.messages("EC2 Instance State-change Notification", state="running")
    outcomes = cloud.launch(action, running)
    assert [outcome.state for outcome in outcomes] == [State.READY, State.READY]
    assert len(cloud.calls) == 8


def test_a_running_event_that_comes_first_leaves_only_the_answer_to_the_action(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    (running,) = cloud.messages("EC2 Instance State-change Notification", state="running")
    cloud.launch(running)
    (outcome,) = cloud.launch(action)
    assert outcome.state is State.READY
    assert cloud.calls == ["DescribeInstances", "CompleteLifecycleAction"]
    assert cloud.states() == ["InService"]


def test_while_one_delivery_is_at_work_a_twin_makes_no_call_but_the_describe(cloud: Cloud) -> None:
    cloud.group()
    (action,) = cloud.launch_actions()
    cloud.store.claim(action.event.instance_id, 9e9, "twin")  # type: ignore[union-attr]
    (outcome,) = cloud.launch(action)
    assert outcome.state is State.WAITING
    assert cloud.calls == ["DescribeInstances"]
    assert [seconds for _, seconds in cloud.queue.sent] == [2]


def test_every_node_has_a_record_of_what_happened(cloud: Cloud) -> None:
    (outcome,) = cloud.launch(cloud.running(cloud.instance()))
    (record,) = cloud.store.records
    assert record == outcome
    assert "Create, Attach, SetDeleteOnTermination" in record.reason


# ---- interrupted


@pytest.mark.parametrize("calls", range(1, 9))
def test_cut_off_after_any_call_the_next_delivery_ends_in_the_same_place(cloud: Cloud, calls: int) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    cloud.kill_after = calls
    with pytest.raises(Killed):
        cloud.launch(message)
    cloud.kill_after = None
    (outcome,) = cloud.launch(replace(message, receives=2))
    assert outcome.state is State.READY
    assert cloud.networks_of(outcome.instance_id) == ["n3", "n6"]
    assert len(cloud.enis()) == 2
    assert all(eni["Attachment"]["DeleteOnTermination"] for eni in cloud.enis())
    assert cloud.states() == ["InService"]
    assert "Node Network Ready" in cloud.bus.kinds


@pytest.mark.parametrize("calls", range(1, 9))
def test_cut_off_after_any_call_and_terminated_nothing_is_left(cloud: Cloud, calls: int) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    cloud.kill_after = calls
    with pytest.raises(Killed):
        cloud.launch(message)
    cloud.kill_after = None
    instance_id = message.event.instance_id  # type: ignore[union-attr]
    cloud.ec2.terminate_instances(InstanceIds=[instance_id])
    (outcome,) = cloud.launch(replace(message, receives=2))
    assert outcome.state is State.GONE
    cloud.terminate(*cloud.messages("EC2 Instance State-change Notification", state="terminated"))
    assert not cloud.enis()


@pytest.mark.parametrize(
    "operation", ["CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute"]
)
def test_a_call_that_was_done_but_not_answered_is_not_done_twice(cloud: Cloud, operation: str) -> None:
    cloud.group()
    cloud.fail(operation, "InternalError", done=True)
    (first,) = cloud.launch(*cloud.launch_actions())
    assert first.state is State.WAITING
    (again,) = cloud.launch(*cloud.queue.take())
    assert again.state is State.READY
    assert len(cloud.enis()) == 2


def test_an_interface_that_is_not_visible_at_once_is_waited_for(cloud: Cloud) -> None:
    world.delays.visibility = 0.3
    cloud.patience = 5
    (outcome,) = cloud.launch(cloud.running(cloud.instance()))
    assert outcome.state is State.READY


def test_a_pending_instance_is_looked_at_again_before_anything_is_made(cloud: Cloud) -> None:
    early = cloud.running(cloud.instance())
    assert isinstance(early.event, InstanceState)
    world.delays.pending = 60
    (first,) = cloud.launch(replace(early, event=replace(early.event, instance_id=cloud.instance())))
    assert first.state is State.WAITING
    assert "pending" in first.reason
    assert cloud.calls == ["DescribeInstances"]


def test_an_instance_that_ec2_does_not_show_yet_is_waited_for_and_later_given_up(cloud: Cloud) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    assert isinstance(message.event, LaunchAction)
    unknown = replace(message.event, action=replace(message.event.action, instance_id="i-0123456789abcdef0"))
    (early,) = cloud.launch(replace(message, event=unknown))
    assert early.state is State.WAITING
    (late,) = cloud.launch(older(replace(message, event=unknown), seconds=200))
    assert late.state is State.GONE


def test_a_token_spent_on_other_parameters_leads_to_the_interface_that_it_made(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    message = cloud.running(instance_id)
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(message)
    made = {eni["NetworkInterfaceId"] for eni in cloud.enis()}
    cloud.queue.sent.clear()
    # The tags are parameters of the create as well. As a first delivery it does not look for what is there.
    cloud.configure(networks={"n3": "tags: {new: tag}"})
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.READY
    assert {eni["NetworkInterfaceId"] for eni in cloud.enis()} == made


def test_when_the_interface_of_a_token_is_gone_the_next_attempt_has_new_tokens(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    message = cloud.running(instance_id)
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded", times=2)
    cloud.launch(message)
    for eni in cloud.enis():
        cloud.ec2.delete_network_interface(NetworkInterfaceId=eni["NetworkInterfaceId"])
    outcomes = []
    for _ in range(4):
        outcomes += cloud.launch(*cloud.queue.take())
        if outcomes[-1].state is State.READY:
            break
    assert outcomes[-1].state is State.READY
    assert cloud.networks_of(instance_id) == ["n3", "n6"]


@pytest.mark.parametrize(
    "operation", ["DescribeInstances", "CompleteLifecycleAction", "ModifyNetworkInterfaceAttribute"]
)
def test_a_throttle_at_any_call_sends_the_message_anew_and_counts_as_no_crash(cloud: Cloud, operation: str) -> None:
    cloud.group()
    cloud.fail(operation, "RequestLimitExceeded" if operation != "CompleteLifecycleAction" else "Throttling")
    (first,) = cloud.launch(*cloud.launch_actions())
    assert first.state is State.WAITING
    (again,) = cloud.launch(*cloud.queue.take())
    assert again.state is State.READY
    assert len(cloud.enis()) == 2
    assert cloud.states() == ["InService"]


# ---- not possible


def test_after_a_failure_the_node_is_replaced_and_the_next_one_may_succeed(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet")
    (failed,) = cloud.launch(*cloud.launch_actions())
    assert failed.state is State.FAILED
    assert cloud.bus.kinds == ["Node Network Failed"]
    assert list(cloud.store.failed.values()) == [1]
    cloud.terminate(*cloud.messages("EC2 Instance-terminate Lifecycle Action"))
    assert not cloud.enis()
    replacement = cloud.launch_actions()[-1]
    assert replacement.event.instance_id != failed.instance_id  # type: ignore[union-attr]
    (ready,) = cloud.launch(replacement)
    assert ready.state is State.READY
    assert not +cloud.store.failed


def test_after_several_failures_in_a_row_nodes_are_held_and_no_replacement_storm_starts(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", times=99)
    for _ in range(STORM):
        (failed,) = cloud.launch(cloud.launch_actions()[-1])
        assert failed.state is State.FAILED
        cloud.terminate(cloud.messages("EC2 Instance-terminate Lifecycle Action")[-1])
    (held,) = cloud.launch(cloud.launch_actions()[-1])
    assert held.state is State.HELD
    assert "in a row" in held.reason
    assert len(cloud.launch_actions()) == STORM + 1
    cloud.faults.clear()
    (ready,) = cloud.launch(*cloud.queue.take())
    assert ready.state is State.READY


def test_several_deliveries_of_one_failure_are_one_failure(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", times=99)
    (message,) = cloud.launch_actions()
    for _ in range(STORM + 1):
        cloud.launch(message)
    assert list(cloud.store.failed.values()) == [1]


def test_a_refusal_that_nobody_knows_holds_the_node_and_keeps_its_action_alive(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("CreateNetworkInterface", "SomethingNewAtEc2", "of tomorrow", times=2)
    (message,) = cloud.launch_actions()
    (held,) = cloud.launch(older(message, seconds=90))
    assert held.state is State.HELD
    assert "SomethingNewAtEc2: of tomorrow" in held.reason
    assert "RecordLifecycleActionHeartbeat" in cloud.calls


def test_a_roll_back_that_is_throttled_goes_on_later(cloud: Cloud) -> None:
    cloud.configure(group="onFailure: continue")
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", skip=1)
    cloud.launch(*cloud.launch_actions())
    cloud.fail("DescribeNetworkInterfaces", "RequestLimitExceeded")
    (waiting,) = cloud.launch(*cloud.queue.take())
    assert waiting.state is State.WAITING
    cloud.launch(*cloud.queue.take())
    assert not cloud.enis()


def test_with_the_policy_continue_the_node_lives_on_and_what_was_made_is_taken_off(cloud: Cloud) -> None:
    cloud.configure(group="onFailure: continue")
    cloud.group()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", skip=1)
    (failed,) = cloud.launch(*cloud.launch_actions())
    assert failed.state is State.FAILED
    assert cloud.states() == ["InService"]
    (finished,) = cloud.launch(*cloud.queue.take())
    assert finished.state is State.GONE
    assert not cloud.enis()


def test_a_node_that_lives_on_keeps_the_interfaces_it_had_before(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    cloud.configure(names="n3")
    cloud.launch(cloud.running(instance_id))
    cloud.configure()
    cloud.fail("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet")
    (failed,) = cloud.launch(cloud.running(instance_id))
    assert failed.state is State.FAILED
    cloud.launch(*cloud.queue.take())
    assert cloud.networks_of(instance_id) == ["n3"]


def test_a_wrong_configuration_touches_no_node_and_waits_for_the_mending(cloud: Cloud) -> None:
    cloud.group()
    right = cloud.load
    cloud.mistaken("networks[0].name: too long")
    (held,) = cloud.launch(*cloud.launch_actions())
    assert held.state is State.HELD
    assert "networks[0].name: too long" in held.reason
    assert cloud.calls == ["DescribeInstances", "RecordLifecycleActionHeartbeat"]
    assert cloud.states() == ["Pending:Wait"]
    cloud.load = right  # type: ignore[method-assign]
    (ready,) = cloud.launch(*cloud.queue.take())
    assert ready.state is State.READY


def test_a_wrong_configuration_does_not_keep_events_of_strangers(cloud: Cloud) -> None:
    cloud.mistaken("cluster: missing")
    (outcome,) = cloud.launch(cloud.running(cloud.instance(tags={"Name": "bastion"})))
    assert outcome.state is State.IGNORED
    assert not cloud.queue.sent


def test_a_missing_permission_holds_the_node_instead_of_replacing_it(cloud: Cloud) -> None:
    cloud.group()
    cloud.fail("AttachNetworkInterface", "UnauthorizedOperation", "You are not authorized", times=2)
    (held,) = cloud.launch(*cloud.launch_actions())
    assert held.state is State.HELD
    assert "You are not authorized" in held.reason
    assert cloud.states() == ["Pending:Wait"]


def test_while_a_node_waits_its_action_is_kept_alive_and_it_is_looked_at_less_and_less(cloud: Cloud) -> None:
    cloud.group()
    cloud.mistaken("anything")
    (message,) = cloud.launch_actions()
    waits = []
    for _ in range(6):
        cloud.launch(older(message, seconds=90))
        assert cloud.calls == ["DescribeInstances", "RecordLifecycleActionHeartbeat"]
        ((message, seconds),) = cloud.queue.sent
        waits.append(seconds)
        cloud.queue.sent.clear()
    assert waits == [60, 120, 240, 240, 240, 240]


def test_a_heartbeat_that_fails_does_not_keep_the_message_from_coming_again(cloud: Cloud) -> None:
    cloud.group()
    cloud.mistaken("anything")
    cloud.fail("RecordLifecycleActionHeartbeat", "Throttling")
    (held,) = cloud.launch(older(*cloud.launch_actions(), seconds=90))
    assert held.state is State.HELD
    assert "no heartbeat" in held.reason
    assert len(cloud.queue.sent) == 1


def test_a_node_whose_hook_gave_up_meanwhile_ends_without_an_error(cloud: Cloud) -> None:
    cloud.group()
    (message,) = cloud.launch_actions()
    action = message.event.action  # type: ignore[union-attr]
    cloud.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName="workers",
        LifecycleHookName=LAUNCH_HOOK,
        LifecycleActionToken=action.token,
        LifecycleActionResult="CONTINUE",
    )
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.READY
    assert cloud.networks_of(outcome.instance_id) == ["n3", "n6"]


def test_what_cannot_be_wired_without_a_hook_is_given_up_after_two_days(cloud: Cloud) -> None:
    cloud.mistaken("anything")
    message = older(cloud.running(cloud.instance()), hours=49)
    (outcome,) = cloud.launch(message)
    assert outcome.state is State.GIVEN_UP
    assert "anything" in outcome.reason
    assert cloud.bus.kinds == ["Node Network Failed"]
    assert not cloud.queue.sent


# ---- none of ours, and special nodes


def test_a_node_of_the_cluster_that_no_group_selects_goes_into_service(cloud: Cloud) -> None:
    cloud.group(tags={"eks:cluster-name": "demo", "eks:nodegroup-name": "web"})
    (outcome,) = cloud.launch(*cloud.launch_actions())
    assert outcome.state is State.IGNORED
    assert "no node group" in outcome.reason
    assert cloud.states() == ["InService"]


def test_an_auto_mode_node_is_refused_by_name(cloud: Cloud) -> None:
    instance_id = cloud.instance()
    shown = cloud.adapter.instances
    cloud.adapter.instances = lambda instance_ids: {  # type: ignore[method-assign]
        key: replace(value, operator="eks.amazonaws.com") for key, value in shown(instance_ids).items()
    }
    (outcome,) = cloud.launch(cloud.running(instance_id))
    assert outcome.state is State.IGNORED
    assert "EKS Auto Mode" in outcome.reason
    assert not cloud.enis()


def test_an_instance_on_its_way_into_a_warm_pool_is_wired_and_on_its_way_out_only_answered(cloud: Cloud) -> None:
    cloud.group(size=0)
    cloud.autoscaling.put_warm_pool(AutoScalingGroupName="workers", MaxGroupPreparedCapacity=1, PoolState="Running")
    (into,) = cloud.launch_actions()
    assert isinstance(into.event, LaunchAction)
    assert into.event.destination == "WarmPool"
    (wired,) = cloud.launch(into)
    assert wired.state is State.READY
    cloud.autoscaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=1)
    out = [message for message in cloud.launch_actions() if message.event.origin == "WarmPool"]  # type: ignore[union-attr]
    (answered,) = cloud.launch(out[0])
    assert answered.state is State.READY
    assert cloud.calls == ["DescribeInstances", "CompleteLifecycleAction"]
    assert cloud.networks_of(answered.instance_id) == ["n3", "n6"]


def test_networks_that_are_kept_go_to_the_next_node_with_their_addresses(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep"})
    first = cloud.instance()
    (before,) = cloud.launch(cloud.running(first))
    cloud.ec2.terminate_instances(InstanceIds=[first])
    cloud.terminate(*cloud.messages("EC2 Instance State-change Notification", state="terminated"))
    assert len(cloud.enis()) == 1
    second = cloud.instance()
    (after,) = cloud.launch(cloud.running(second))
    kept_before = [(wired.interface_id, wired.address) for wired in before.interfaces if wired.network == "n3"]
    assert kept_before == [(wired.interface_id, wired.address) for wired in after.interfaces if wired.network == "n3"]
    (eni,) = [eni for eni in cloud.enis() if eni["NetworkInterfaceId"] == kept_before[0][0]]
    assert {"Key": "nodenet:instance", "Value": second} in eni["TagSet"]


def test_two_nodes_of_a_batch_share_no_kept_interface(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    old = cloud.instance()
    cloud.launch(cloud.running(old))
    cloud.ec2.terminate_instances(InstanceIds=[old])
    pair = [cloud.instance(), cloud.instance()]
    outcomes = cloud.launch(*(cloud.running(each) for each in pair))
    assert [outcome.state for outcome in outcomes] == [State.READY, State.READY]
    assert len({outcome.interfaces[0].interface_id for outcome in outcomes}) == 2


def test_a_kept_interface_that_another_node_takes_first_is_replaced_by_a_new_one(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep"}, names="n3")
    old, rival, node = cloud.instance(), cloud.instance(), cloud.instance()
    cloud.launch(cloud.running(old))
    cloud.ec2.terminate_instances(InstanceIds=[old])
    (kept,) = cloud.enis()

    def snatch() -> None:
        cloud.ec2.attach_network_interface(
            NetworkInterfaceId=kept["NetworkInterfaceId"], InstanceId=rival, DeviceIndex=1
        )

    cloud.fail("AttachNetworkInterface", "", action=snatch)
    (outcome,) = cloud.launch(cloud.running(node))
    assert outcome.state is State.READY
    assert outcome.interfaces[0].interface_id != kept["NetworkInterfaceId"]


def test_a_type_that_is_newer_than_the_shipped_table_is_asked_from_ec2(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodenet.limits.shipped", lambda instance_type: None)
    (outcome,) = cloud.launch(cloud.running(cloud.instance()))
    assert outcome.state is State.READY
    assert cloud.calls.count("DescribeInstanceTypes") == 1
