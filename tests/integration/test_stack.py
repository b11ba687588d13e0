"""Events in, interfaces out: the deployed stack in the local region, by nothing but AWS's own calls."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from demo.stack import Stack, deploy
from demo.stage import Stage, build
from demo.watch import at_rest, networks_by_node, until

LONE = {"eks:eks-cluster-name": "demo", "karpenter.sh/nodepool": "fast"}
UPF = {"eks:cluster-name": "demo", "eks:nodegroup-name": "upf-1"}


def hooks(stack: Stack) -> list[Mapping[str, Any]]:
    return [
        {
            "LifecycleHookName": stack.outputs[output],
            "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
            "HeartbeatTimeout": 600,
            "DefaultResult": result,
        }
        for output, transition, result in (
            ("LaunchHook", "LAUNCHING", "ABANDON"),
            ("TerminateHook", "TERMINATING", "CONTINUE"),
        )
    ]


@pytest.fixture
def group(stack: Stack, stage: Stage, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty self-managed group with both hooks, whose nodes get n3 and n6; gone after the test."""
    name = stage.self_managed_group(f"workers-{abs(hash(request.node.name)) % 10**8}", 0, UPF, hooks(stack))
    yield name
    stack.region.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@pytest.fixture(scope="module")
def second(deployed: Stack) -> tuple[Stack, Stage]:
    """A stack beside the first, for a cluster of its own: nothing has been configured in it yet."""
    return deploy(deployed.region, "nodenet-second", "second"), build(deployed.region, "second", block=1)


def in_service(stage: Stage, group: str) -> list[str]:
    return [each["InstanceId"] for each in stage.members(group) if each["LifecycleState"] == "InService"]


def grow(stack: Stack, stage: Stage, group: str, size: int, seconds: float = 30) -> list[str]:
    """Grows the group and waits until its nodes are in service."""
    stage.resize(group, size)
    until(lambda: len(in_service(stage, group)) == size, f"{size} nodes of {group} in service", seconds)
    return in_service(stage, group)


def launch_calls(stack: Stack, after: int) -> list[str]:
    calls = stack.region.control.calls(function=stack.outputs["LaunchFunction"], after=after)
    return [call.operation for call in calls if call.service in ("ec2", "autoscaling")]


def last_call(stack: Stack) -> int:
    calls = stack.region.control.calls()
    return calls[-1].number if calls else 0


def dead_letters(stack: Stack) -> dict[str, int]:
    names = ("LaunchDeadLetterQueue", "TerminateDeadLetterQueue", "UndeliveredQueue")
    return {name: depth for name in names if (depth := stack.depth(stack.outputs[name]))}


def test_a_node_that_waits_at_the_hook_gets_two_networks_for_seven_calls_and_a_describe(
    stack: Stack, stage: Stage, group: str
) -> None:
    before = last_call(stack)
    # The running event of the same node comes apart from its action, and costs a describe at most.
    stack.region.control.disturb_deliveries(detail_type="EC2 Instance State-change Notification", delay=5, times=99)
    (node,) = grow(stack, stage, group, 1)
    assert Counter(launch_calls(stack, before)) == {
        "DescribeInstances": 1,
        "CreateNetworkInterface": 2,
        "AttachNetworkInterface": 2,
        "ModifyNetworkInterfaceAttribute": 3,  # n6 asks for sourceDestCheck: false, which costs one
        "CompleteLifecycleAction": 1,
    }
    assert networks_by_node(stage)[node] == ["n3", "n6"]
    until(lambda: stack.record(node).get("state") == "ready", "the node's record")
    assert stack.record(node)["group"] == "eks:nodegroup-name=upf*"


def test_terminated_by_its_group_a_node_leaves_nothing(stack: Stack, stage: Stage, group: str) -> None:
    (node,) = grow(stack, stage, group, 1)
    stage.resize(group, 0)
    until(lambda: not stage.members(group), "the group to be empty")
    until(lambda: node not in networks_by_node(stage), "the interfaces to go")
    until(lambda: at_rest(stack), "the queues to be empty")
    assert not dead_letters(stack)


def test_a_burst_of_nodes_with_every_event_twice_delayed_and_out_of_order_ends_the_same(
    stack: Stack, stage: Stage, group: str
) -> None:
    control = stack.region.control
    control.disturb_deliveries(copies=1, delay=0.3, reorder=3, times=1000)
    nodes = grow(stack, stage, group, 8, 60)
    until(lambda: at_rest(stack), "the queues to be empty", 60)
    has = networks_by_node(stage)
    assert all(has[node] == ["n3", "n6"] for node in nodes)
    assert set(has) >= set(nodes)
    assert "nothing" not in has
    assert not dead_letters(stack)


@pytest.mark.parametrize("calls", [1, 4, 7, 10])
def test_a_function_killed_in_the_middle_is_taken_up_again_by_the_next_delivery(
    stack: Stack, stage: Stage, group: str, calls: int
) -> None:
    control = stack.region.control
    control.speed = 60
    control.disturb_deliveries(detail_type="EC2 Instance State-change Notification", delay=3000, times=99)
    control.kill(stack.outputs["LaunchFunction"], after=calls)
    (node,) = grow(stack, stage, group, 1, 60)
    assert control.kills()[0]["hits"] == 1
    assert networks_by_node(stage)[node] == ["n3", "n6"]
    assert len([eni for eni in stage.interfaces() if eni.get("Attachment", {}).get("InstanceId") == node]) == 2
    assert "nothing" not in networks_by_node(stage)


def test_a_throttled_account_costs_time_and_no_node(stack: Stack, stage: Stage, group: str) -> None:
    stack.region.control.rates(
        on=True, limits={"ec2:AttachNetworkInterface": (2, 2), "ec2:CreateNetworkInterface": (2, 2)}
    )
    nodes = grow(stack, stage, group, 3, 90)
    has = networks_by_node(stage)
    assert all(has[node] == ["n3", "n6"] for node in nodes)
    assert len(stage.members(group)) == 3, "no node was replaced"
    assert not dead_letters(stack)


def test_a_node_without_a_group_is_wired_and_when_killed_leaves_nothing(stack: Stack, stage: Stage) -> None:
    node = stage.lone_node(LONE)
    until(lambda: networks_by_node(stage).get(node) == ["n6"], "the node's network")
    # As if the launch had been cut off before DeleteOnTermination was set.
    (eni,) = [eni for eni in stage.interfaces() if eni.get("Attachment", {}).get("InstanceId") == node]
    stack.region.client("ec2").modify_network_interface_attribute(
        NetworkInterfaceId=eni["NetworkInterfaceId"],
        Attachment={"AttachmentId": eni["Attachment"]["AttachmentId"], "DeleteOnTermination": False},
    )
    stack.region.client("ec2").terminate_instances(InstanceIds=[node])
    gone = eni["NetworkInterfaceId"]
    until(lambda: gone not in {each["NetworkInterfaceId"] for each in stage.interfaces()}, "the left-over to go")


def test_a_wrong_configuration_touches_no_node_until_it_is_mended(stack: Stack, second: tuple[Stack, Stage]) -> None:
    """In a stack whose functions have read no right one before: that would serve for another minute."""
    its_stack, its_stage = second
    answer = its_stack.configure(its_stage.document().replace("sourceDestCheck", "sourceDestinationCheck"))
    assert answer["configuration"] == "wrong"
    assert "sourceDestinationCheck" in " ".join(answer["mistakes"])
    group = its_stage.self_managed_group("held", 0, {**UPF, "eks:cluster-name": its_stack.cluster}, hooks(its_stack))
    its_stage.resize(group, 1)
    until(lambda: bool(its_stage.members(group)), "a node")
    (member,) = its_stage.members(group)
    node = member["InstanceId"]
    until(lambda: its_stack.record(node).get("state") == "held", "the node to be held")
    assert "sourceDestinationCheck" in its_stack.record(node)["reason"]
    assert not its_stage.interfaces()
    assert [each["LifecycleState"] for each in its_stage.members(group)] == ["Pending:Wait"]
    # What is held is looked at again after a minute.
    stack.region.control.speed = 60
    assert its_stack.configure(its_stage.document())["configuration"] == "good"
    until(lambda: in_service(its_stage, group) == [node], "the node in service")
    assert networks_by_node(its_stage) == {node: ["n3", "n6"]}


def test_hooks_are_put_on_groups_as_they_come_and_once_only(stack: Stack, stage: Stage) -> None:
    group = stage.managed_group("upf-hooked", 0)
    first = {each["group"]: each for each in stack.install_hooks()["groups"]}
    assert len(first[group]["steps"]) == 2
    again = {each["group"]: each for each in stack.install_hooks()["groups"]}
    assert again[group]["steps"] == []
    described = stack.region.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=group)
    names = {hook["LifecycleHookName"] for hook in described["LifecycleHooks"]}
    assert names >= {stack.outputs["LaunchHook"], stack.outputs["TerminateHook"], "Launch-LC-Hook", "Terminate-LC-Hook"}


def test_logs_carry_node_group_and_token_and_no_secret(stack: Stack, stage: Stage, group: str) -> None:
    (node,) = grow(stack, stage, group, 1)
    logs = stack.region.client("logs")
    lines: list[str] = []

    def logged() -> bool:
        lines[:] = [event["message"] for event in logs.filter_log_events(logGroupName="/nodenet/demo/launch")["events"]]
        return any(node in line and '"outcome":"ready"' in line for line in lines)

    until(logged, "the log line of the node")
    (line, *_) = [json.loads(line) for line in lines if node in line and '"outcome":"ready"' in line]
    assert line["instance_id"] == node
    assert line["node_group"] == "eks:nodegroup-name=upf*"
    assert not [each for each in lines if "X-Amz-Security-Token" in each or "Signature" in each]


def test_a_stack_that_goes_takes_its_hooks_along(second: tuple[Stack, Stage]) -> None:
    """Last of all: no other test has a use for the second stack after this one."""
    its_stack, its_stage = second
    its_stack.configure(its_stage.document())
    group = its_stage.managed_group("upf", 0)
    its_stack.install_hooks()
    autoscaling = its_stack.region.client("autoscaling")

    def hooks_of() -> set[str]:
        found = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"]
        return {hook["LifecycleHookName"] for hook in found}

    assert "nodenet-second-launch" in hooks_of()
    cloudformation = its_stack.region.client("cloudformation")
    cloudformation.delete_stack(StackName=its_stack.name)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=its_stack.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert hooks_of() == {"Launch-LC-Hook", "Terminate-LC-Hook"}


def sweep(stack: Stack) -> dict[str, Any]:
    answer = stack.region.client("lambda").invoke(FunctionName=stack.outputs["SweepFunction"], Payload=b"{}")
    assert "FunctionError" not in answer
    payload: dict[str, Any] = json.load(answer["Payload"])
    return payload


def test_each_node_s_pods_have_a_prefix_or_a_slice_that_nobody_else_has(stack: Stack, stage: Stage, group: str) -> None:
    nodes = grow(stack, stage, group, 6)
    until(lambda: at_rest(stack), "the queues to be empty")
    held: dict[str, list[str]] = {"n3": [], "n6": []}
    for node in nodes:
        for interface in stack.record(node)["interfaces"]:
            held[interface["network"]] += interface["ranges"]
    assert [len(set(ranges)) for ranges in held.values()] == [6, 6]
    known = stack.region.client("dynamodb").scan(TableName=stack.outputs["SlicesTable"])["Items"]
    assert set(held["n6"]) <= {f"{entry['begins']['S']}-{entry['ends']['S']}" for entry in known}


def test_a_sweep_frees_nothing_that_a_node_has_and_tells_how_full_the_ranges_are(
    stack: Stack, stage: Stage, group: str
) -> None:
    grow(stack, stage, group, 3)
    swept = sweep(stack)
    assert (swept["freed"], swept["entered"]) == ([], [])
    assert sum(fill["used"] for fill in swept["fills"]) >= 3
    assert {fill["total"] for fill in swept["fills"]} == {239}


def test_slices_of_nodes_that_have_gone_come_free(stack: Stack, stage: Stage, group: str) -> None:
    grow(stack, stage, group, 2)
    dynamodb = stack.region.client("dynamodb")
    entries = dynamodb.scan(TableName=stack.outputs["SlicesTable"])["Items"]
    for entry in entries:
        # As if they had been taken half an hour ago.
        dynamodb.update_item(
            TableName=stack.outputs["SlicesTable"],
            Key={"subnet": entry["subnet"], "begins": entry["begins"]},
            UpdateExpression="SET taken_at = taken_at - :ago",
            ExpressionAttributeValues={":ago": {"N": "1800"}},
        )
    (kept, gone) = in_service(stage, group)
    stage.resize(group, 0)
    until(lambda: not {kept, gone} & networks_by_node(stage).keys(), "the interfaces of both nodes to go")
    freed = sweep(stack)["freed"]
    assert all(any(node in text for text in freed) for node in (kept, gone))
