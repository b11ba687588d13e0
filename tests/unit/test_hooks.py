"""The hooks stand where the configuration says, at the region's own Auto Scaling."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.hooks.install import Installed, Kept, install, keep, remove
from nodenet.hooks.plan import HEARTBEAT_SECONDS, Group, LetGo, Put, Remove, plan, wanted
from tests.unit.cloud import LAUNCH_HOOK, TAGS, TERMINATE_HOOK, Cloud
from tests.unit.deliveries import instance_of

HOOKS = wanted(LAUNCH_HOOK, TERMINATE_HOOK)


def group(cloud: Cloud, name: str, tags: dict[str, str], *, reaches_instances: bool = True) -> None:
    if not cloud.ec2.describe_launch_templates()["LaunchTemplates"]:
        cloud.ec2.create_launch_template(
            LaunchTemplateName="nodes", LaunchTemplateData={"ImageId": "ami-1", "InstanceType": "m5.large"}
        )
    cloud.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=0,
        VPCZoneIdentifier=cloud.subnets["nodes"][0],
        LaunchTemplate={"LaunchTemplateName": "nodes", "Version": "$Latest"},
        Tags=[
            {
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": reaches_instances,
                "ResourceId": name,
                "ResourceType": "auto-scaling-group",
            }
            for key, value in tags.items()
        ],
    )


def run(cloud: Cloud) -> dict[str, Installed]:
    cloud.calls.clear()
    return {each.group: each for each in install(cloud.actions, cloud.adapter, cloud.load(), HOOKS)}


def hooks_of(cloud: Cloud, name: str) -> dict[str, dict[str, Any]]:
    described = cloud.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
    return {hook["LifecycleHookName"]: hook for hook in described}


def test_a_group_that_is_selected_gets_both_hooks_with_safe_defaults(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    hooks = hooks_of(cloud, "upf")
    assert {name: hook["DefaultResult"] for name, hook in hooks.items()} == {
        LAUNCH_HOOK: "ABANDON",
        TERMINATE_HOOK: "CONTINUE",
    }
    assert {hook["HeartbeatTimeout"] for hook in hooks.values()} == {HEARTBEAT_SECONDS}
    assert {hook["LifecycleTransition"] for hook in hooks.values()} == {
        "autoscaling:EC2_INSTANCE_LAUNCHING",
        "autoscaling:EC2_INSTANCE_TERMINATING",
    }


def test_a_second_run_changes_nothing(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    assert run(cloud)["upf"].steps == ()
    assert cloud.calls == ["DescribeAutoScalingGroups", "DescribeLifecycleHooks"]


def test_hooks_that_an_update_took_off_come_back(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    cloud.autoscaling.delete_lifecycle_hook(AutoScalingGroupName="upf", LifecycleHookName=LAUNCH_HOOK)
    (step,) = run(cloud)["upf"].steps
    assert isinstance(step, Put)
    assert set(hooks_of(cloud, "upf")) == {LAUNCH_HOOK, TERMINATE_HOOK}


def test_a_hook_that_was_changed_is_put_right(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    cloud.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="upf", LifecycleHookName=LAUNCH_HOOK, DefaultResult="CONTINUE", HeartbeatTimeout=30
    )
    run(cloud)
    assert hooks_of(cloud, "upf")[LAUNCH_HOOK]["DefaultResult"] == "ABANDON"
    assert hooks_of(cloud, "upf")[LAUNCH_HOOK]["HeartbeatTimeout"] == HEARTBEAT_SECONDS


def test_a_group_that_the_configuration_no_longer_names_loses_ours_and_keeps_others(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    cloud.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="upf",
        LifecycleHookName="Launch-LC-Hook",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
    )
    cloud.document = cloud.document.replace("eks:nodegroup-name: upf", "eks:nodegroup-name: other")
    assert {type(step) for step in run(cloud)["upf"].steps} == {Remove}
    assert set(hooks_of(cloud, "upf")) == {"Launch-LC-Hook"}


@pytest.mark.parametrize(
    "tags",
    [
        {"eks:cluster-name": "demo-eu", "eks:nodegroup-name": "upf"},
        {"Name": "demo", "eks:nodegroup-name": "upf"},
        {},
    ],
)
def test_groups_of_other_clusters_are_not_even_looked_at(cloud: Cloud, tags: dict[str, str]) -> None:
    group(cloud, "theirs", tags)
    assert run(cloud) == {}
    assert hooks_of(cloud, "theirs") == {}


def test_a_group_whose_tags_do_not_reach_its_instances_gets_no_hook(cloud: Cloud) -> None:
    """Its nodes would wait and then be known to nobody."""
    group(cloud, "upf", TAGS, reaches_instances=False)
    assert run(cloud) == {}


def test_a_group_may_be_selected_by_its_name(cloud: Cloud) -> None:
    cloud.document = cloud.document.replace("eks:nodegroup-name: upf", "aws:autoscaling:groupName: edge-*")
    group(cloud, "edge-1", {"nodenet:cluster": "demo"})
    run(cloud)
    assert set(hooks_of(cloud, "edge-1")) == {LAUNCH_HOOK, TERMINATE_HOOK}


def test_a_group_that_cannot_be_changed_does_not_keep_the_others_from_it(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        group(cloud, name, TAGS)
    cloud.fail("PutLifecycleHook", "AccessDenied", "not allowed")
    done = run(cloud)
    assert sum(bool(each.error) for each in done.values()) == 1
    assert sum(len(hooks_of(cloud, name)) == 2 for name in "abc") == 2


def test_when_the_stack_goes_all_groups_of_the_cluster_lose_ours(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    group(cloud, "edge", {"nodenet:cluster": "demo", "eks:nodegroup-name": "upf"})
    run(cloud)
    remove(cloud.actions, "demo", HOOKS)
    assert hooks_of(cloud, "upf") == hooks_of(cloud, "edge") == {}


def test_a_hook_that_stays_when_the_stack_goes_is_an_error_that_names_its_group(cloud: Cloud) -> None:
    group(cloud, "upf", TAGS)
    run(cloud)
    cloud.fail("DeleteLifecycleHook", "AccessDenied", "not allowed")
    with pytest.raises(HeldError, match="upf: DeleteLifecycleHook: AccessDenied"):
        remove(cloud.actions, "demo", HOOKS)


# ---- who waits at a hook that is taken off
# DeleteLifecycleHook completes outstanding actions: "ABANDON for launching instances" (Auto Scaling API Reference).


def members(cloud: Cloud) -> dict[str, str]:
    """The lifecycle state of each node: that of a replacement would tell nothing."""
    (found,) = cloud.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"]
    return {each["InstanceId"]: each["LifecycleState"] for each in found["Instances"]}


def select_nothing(cloud: Cloud) -> None:
    cloud.document = cloud.document.replace("eks:nodegroup-name: upf", "eks:nodegroup-name: other")


def test_nodes_that_wait_at_a_hook_which_the_configuration_takes_off_go_into_service(cloud: Cloud) -> None:
    cloud.group(size=2)
    nodes = set(members(cloud))
    select_nothing(cloud)
    steps = run(cloud)["workers"].steps
    assert [type(step) for step in steps] == [LetGo, LetGo, Remove, Remove]
    assert members(cloud) == dict.fromkeys(nodes, "InService")
    assert hooks_of(cloud, "workers") == {}


def test_nodes_that_wait_when_the_stack_goes_go_into_service(cloud: Cloud) -> None:
    cloud.group(size=2)
    nodes = set(members(cloud))
    remove(cloud.actions, "demo", HOOKS)
    assert members(cloud) == dict.fromkeys(nodes, "InService")
    assert hooks_of(cloud, "workers") == {}


def test_nodes_that_wait_at_somebody_else_s_hook_are_not_answered_when_ours_goes(cloud: Cloud) -> None:
    cloud.group(size=1, hook="Launch-LC-Hook")
    run(cloud)
    select_nothing(cloud)
    assert run(cloud)["workers"].error == ""
    assert cloud.states() == ["Pending:Wait"]
    assert set(hooks_of(cloud, "workers")) == {"Launch-LC-Hook"}


def test_nobody_is_let_go_where_the_launch_hook_is_not_ours() -> None:
    waiting = Group("workers", TAGS, ("i-1",))
    theirs = replace(HOOKS[0], name="Launch-LC-Hook")
    assert [type(step) for step in plan(waiting, False, [theirs, HOOKS[1]], HOOKS)] == [Remove]


def test_nobody_is_let_go_while_the_hook_stays(cloud: Cloud) -> None:
    cloud.group(size=1)
    run(cloud)
    assert cloud.states() == ["Pending:Wait"]


def test_a_node_that_leaves_while_its_hook_is_taken_off_stops_nothing(cloud: Cloud) -> None:
    cloud.group(size=1)
    select_nothing(cloud)
    (action,) = cloud.launch_actions()

    def complete() -> None:
        cloud.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName="workers",
            LifecycleHookName=LAUNCH_HOOK,
            InstanceId=instance_of(action),
            LifecycleActionResult="CONTINUE",
        )

    cloud.fail("CompleteLifecycleAction", "", action=complete)
    assert run(cloud)["workers"].error == ""
    assert members(cloud) == {instance_of(action): "InService"}
    assert hooks_of(cloud, "workers") == {}


def test_when_a_node_cannot_be_let_go_the_hook_stays(cloud: Cloud) -> None:
    cloud.group(size=1)
    select_nothing(cloud)
    cloud.fail("CompleteLifecycleAction", "Throttling")
    assert "Throttling" in run(cloud)["workers"].error
    assert cloud.states() == ["Pending:Wait"]
    assert LAUNCH_HOOK in hooks_of(cloud, "workers")


def test_a_notification_target_on_our_hook_is_taken_off_and_then_nothing_is_put_again(cloud: Cloud) -> None:
    """An empty NotificationTargetARN overrides the one that is there (Auto Scaling API Reference, PutLifecycleHook)."""
    group(cloud, "upf", TAGS)
    run(cloud)
    cloud.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName="upf",
        LifecycleHookName=LAUNCH_HOOK,
        NotificationTargetARN="arn:aws:sqs:eu-west-1:111122223333:theirs",
        RoleARN="arn:aws:iam::111122223333:role/theirs",
    )
    (step,) = run(cloud)["upf"].steps
    assert isinstance(step, Put)
    assert not hooks_of(cloud, "upf")[LAUNCH_HOOK].get("NotificationTargetARN")
    assert run(cloud)["upf"].steps == ()


def test_a_group_that_goes_away_meanwhile_stops_no_other(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        group(cloud, name, TAGS)

    def delete() -> None:
        cloud.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="b", ForceDelete=True)

    cloud.fail("DescribeLifecycleHooks", "", action=delete)
    done = run(cloud)
    assert done["a"].error == done["c"].error == ""
    assert set(hooks_of(cloud, "a")) == set(hooks_of(cloud, "c")) == {LAUNCH_HOOK, TERMINATE_HOOK}


# ---- what cannot fit is named before a node launches


def keep_hooks(cloud: Cloud) -> Kept:
    cloud.calls.clear()
    return keep(cloud, cloud.actions, cloud.adapter, HOOKS)


def of_type(cloud: Cloud, instance_type: str) -> None:
    """A group without an instance whose launch template names this type."""
    cloud.ec2.create_launch_template(
        LaunchTemplateName="nodes", LaunchTemplateData={"ImageId": "ami-1", "InstanceType": instance_type}
    )
    group(cloud, "upf", TAGS)


SLICES = {"n3": "addresses: {ipv4: {slice: 16, from: [10.0.16.32/27, 10.0.17.32/27, 10.0.18.32/27]}}"}


def test_a_slice_too_large_for_a_group_s_type_is_a_mistake_before_a_node_launches(cloud: Cloud) -> None:
    cloud.configure(networks=SLICES, names="n3")
    of_type(cloud, "m4.large")
    (mistake,) = keep_hooks(cloud).mistakes
    assert "n3" in mistake
    assert "m4.large" in mistake
    assert "upf" in mistake


def test_a_group_whose_type_fits_has_no_mistake_and_its_template_is_read_once(cloud: Cloud) -> None:
    cloud.configure(networks=SLICES, names="n3")
    of_type(cloud, "m5.large")
    assert keep_hooks(cloud).mistakes == ()
    assert cloud.calls.count("DescribeLaunchTemplateVersions") == 1


def test_types_of_a_mixed_group_s_overrides_are_looked_at_without_a_call(cloud: Cloud) -> None:
    """Auto Scaling API Reference, LaunchTemplateOverrides."""
    cloud.configure(networks=SLICES, names="n3")
    of_type(cloud, "m5.large")
    cloud.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="upf",
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "$Latest"},
                "Overrides": [{"InstanceType": "m5.xlarge"}, {"InstanceType": "m4.large"}],
            }
        },
    )
    (mistake,) = keep_hooks(cloud).mistakes
    assert "m4.large" in mistake
    assert "DescribeLaunchTemplateVersions" not in cloud.calls


def test_networks_that_ask_for_no_addresses_need_no_look_at_types(cloud: Cloud) -> None:
    of_type(cloud, "m4.large")
    keep_hooks(cloud)
    assert Counter(cloud.calls) == {"DescribeAutoScalingGroups": 1, "DescribeLifecycleHooks": 1, "PutLifecycleHook": 2}


def test_a_type_without_places_for_the_interfaces_is_a_mistake_too(cloud: Cloud) -> None:
    cloud.configure(networks=SLICES)
    of_type(cloud, "m4.large")
    slices, places = keep_hooks(cloud).mistakes
    assert "slice" in slices
    assert "n3, n6: 2 interfaces" in places


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "InvalidLaunchTemplateId.NotFound"])
def test_the_hooks_stand_though_the_types_cannot_be_read(cloud: Cloud, code: str) -> None:
    cloud.configure(networks=SLICES)
    of_type(cloud, "m5.large")
    cloud.fail("DescribeLaunchTemplateVersions", code, times=9)
    (done,) = keep_hooks(cloud).groups
    assert code in done.error
    assert set(hooks_of(cloud, "upf")) == {LAUNCH_HOOK, TERMINATE_HOOK}
