"""Every function under `sam local invoke`: the built code and layer in the image of the Lambda runtime, from cold."""

import json
from pathlib import Path

import pytest

from demo.stack import Stack
from demo.stage import Stage
from demo.watch import networks_by_node, until
from tests.e2e.engine import missing
from tests.e2e.messages import enveloped, received
from tests.e2e.sam_local import SamLocal
from tests.e2e.samples import BATCHES, DELETED, INVOKED, LAUNCH, SCHEDULED, TERMINATE

if reason := missing():
    pytest.skip(reason, allow_module_level=True)

NOTHING_FAILED: dict[str, list[str]] = {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("function", "event"), [pytest.param(name, path, id=path.stem) for name in BATCHES for path in BATCHES[name]]
)
def test_a_batch_about_nodes_that_are_no_more_is_answered_and_makes_nothing(
    sam: SamLocal, stage: Stage, function: str, event: Path
) -> None:
    """The samples' instances are not in the region."""
    before = networks_by_node(stage)
    assert sam.invoke(function, event) == NOTHING_FAILED
    assert networks_by_node(stage) == before


def test_the_schedule_installs_the_hooks_on_the_groups_that_the_configuration_names(
    sam: SamLocal, stage: Stage
) -> None:
    named, other = stage.managed_group("upf-hooked", 0), stage.managed_group("plain", 0)
    answer = sam.invoke("HooksFunction", SCHEDULED["HooksFunction"])
    assert (answer["configuration"], answer["mistakes"]) == ("good", [])
    done = {group["group"]: group for group in answer["groups"]}
    assert len(done[named]["steps"]) == 2
    assert not done[named]["error"]
    assert hooks(stage, named) == {"nodenet-demo-launch": "ABANDON", "nodenet-demo-terminate": "CONTINUE"}
    assert hooks(stage, other) == {}


@pytest.mark.parametrize("event", [pytest.param(path, id=path.stem) for path in INVOKED["PrepareFunction"]])
def test_the_subnets_are_prepared_or_looked_at_by_hand(sam: SamLocal, event: Path) -> None:
    answer = sam.invoke("PrepareFunction", event)
    assert (answer["configuration"], answer["mistakes"]) == ("good", [])
    assert answer["dryRun"] == json.loads(event.read_text()).get("dryRun", False)


@pytest.mark.parametrize("event", [pytest.param(path, id=path.stem) for path in INVOKED["PlanCapacityFunction"]])
def test_what_a_fleet_needs_is_planned_by_hand(sam: SamLocal, event: Path) -> None:
    answer = sam.invoke("PlanCapacityFunction", event)
    assert (answer["document"], answer["mistakes"]) == ("good", [])
    named = json.loads(event.read_text())["document"]["subnets"]
    assert [subnet["name"] for subnet in answer["subnets"]] == [subnet["name"] for subnet in named]
    assert all(subnet["left"] > 0 for subnet in answer["subnets"])


def test_the_schedule_looks_for_slices_that_nobody_has(sam: SamLocal, stage: Stage) -> None:
    answer = sam.invoke("SweepFunction", SCHEDULED["SweepFunction"])
    assert answer["freed"] == answer["entered"] == []
    assert {fill["network"] for fill in answer["fills"]} == {"n6"}


def test_a_running_node_gets_its_networks(sam: SamLocal, stack: Stack, stage: Stage, tmp_path: Path) -> None:
    """The first node of a managed node group: EKS launches it before anybody can hook the group."""
    node = only_node(stage, stage.managed_group("upf", 1))
    message = received(stack, "LaunchQueue", "EC2 Instance State-change Notification", node)
    assert sam.invoke("LaunchFunction", enveloped(message, LAUNCH, tmp_path)) == NOTHING_FAILED
    assert networks_by_node(stage)[node] == ["n3", "n6"]
    assert stack.record(node)["state"] == "ready"


def test_a_held_node_goes_into_service_with_its_networks_and_leaves_nothing_behind(
    sam: SamLocal, stack: Stack, stage: Stage, tmp_path: Path
) -> None:
    group = stage.self_managed_group("edge", 1, {"nodenet:cluster": stack.cluster, "role": "edge"}, own_hooks(stack))
    node = only_node(stage, group)
    message = received(stack, "LaunchQueue", "EC2 Instance-launch Lifecycle Action", node)
    assert states(stage, group) == {node: "Pending:Wait"}
    assert sam.invoke("LaunchFunction", enveloped(message, LAUNCH, tmp_path)) == NOTHING_FAILED
    until(lambda: states(stage, group) == {node: "InService"}, f"{node} to be in service")
    assert networks_by_node(stage)[node] == ["n3"]

    stage.resize(group, 0)
    message = received(stack, "TerminateQueue", "EC2 Instance-terminate Lifecycle Action", node)
    assert states(stage, group) == {node: "Terminating:Wait"}
    assert sam.invoke("TerminateFunction", enveloped(message, TERMINATE, tmp_path)) == NOTHING_FAILED
    until(lambda: not states(stage, group), f"{node} to leave its group")
    message = received(stack, "TerminateQueue", "EC2 Instance State-change Notification", node)
    assert sam.invoke("TerminateFunction", enveloped(message, TERMINATE, tmp_path)) == NOTHING_FAILED
    until(lambda: not made_for(stage, node), f"nothing to be left of {node}")


def test_when_the_stack_is_deleted_the_hooks_go_and_cloudformation_is_told(
    sam: SamLocal, stack: Stack, stage: Stage, tmp_path: Path
) -> None:
    group = stage.self_managed_group("leaving", 0, {"nodenet:cluster": stack.cluster, "role": "edge"}, own_hooks(stack))
    # CloudFormation's address is a signed one of S3 as well.
    stack.region.client("s3").create_bucket(
        Bucket="answers", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    as_the_container_sees_it = stack.region.client("s3", endpoint_url=sam.endpoint)
    request = json.loads(DELETED["UnhookFunction"].read_text())
    request["ResponseURL"] = as_the_container_sees_it.generate_presigned_url(
        "put_object", {"Bucket": "answers", "Key": "answer"}
    )
    path = tmp_path / "delete.json"
    path.write_text(json.dumps(request))
    sam.invoke("UnhookFunction", path)
    assert hooks(stage, group) == {}
    answer = json.load(stack.region.client("s3").get_object(Bucket="answers", Key="answer")["Body"])
    assert answer["Status"] == "SUCCESS"
    assert answer["RequestId"] == request["RequestId"]


def only_node(stage: Stage, group: str) -> str:
    """The id of the group's one instance, once it is there."""
    until(lambda: len(stage.members(group)) == 1, f"a node of {group}")
    return str(stage.members(group)[0]["InstanceId"])


def states(stage: Stage, group: str) -> dict[str, str]:
    """The lifecycle state of each of the group's instances."""
    return {member["InstanceId"]: member["LifecycleState"] for member in stage.members(group)}


def made_for(stage: Stage, node: str) -> list[str]:
    """The interfaces that were made for a node, attached or not."""
    tag = {"Key": "nodenet:instance", "Value": node}
    return [eni["NetworkInterfaceId"] for eni in stage.interfaces() if tag in eni["TagSet"]]


def hooks(stage: Stage, group: str) -> dict[str, str]:
    """The group's lifecycle hooks with their default results, without those that EKS puts there."""
    described = stage.region.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=group)
    return {
        hook["LifecycleHookName"]: hook["DefaultResult"]
        for hook in described["LifecycleHooks"]
        if hook["LifecycleHookName"].startswith("nodenet-")
    }


def own_hooks(stack: Stack) -> list[dict[str, str]]:
    """What an owner writes into LifecycleHookSpecificationList."""
    return [
        {
            "LifecycleHookName": stack.outputs[output],
            "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
            "DefaultResult": default,
        }
        for output, transition, default in (
            ("LaunchHook", "LAUNCHING", "ABANDON"),
            ("TerminateHook", "TERMINATING", "CONTINUE"),
        )
    ]
