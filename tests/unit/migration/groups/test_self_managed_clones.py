"""What a clone of an Auto Scaling group has of it."""

from base64 import b64decode
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.groups import self_managed
from nodenet.migration.groups.wish import Wish
from tests.unit.migration.groups.apis import DATA, MARKS, model

WISH = Wish("api-1", 6, MARKS, "token")
SCALING: dict[str, Any] = {
    "AutoScalingGroupName": "api",
    "AutoScalingGroupARN": "arn:…",
    "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "api", "Version": "7"},
    "MinSize": 1,
    "MaxSize": 3,
    "DesiredCapacity": 2,
    "DefaultCooldown": 0,
    "AvailabilityZones": ["eu-west-1a"],
    "TargetGroupARNs": ["arn:tg"],
    "HealthCheckType": "ELB",
    "HealthCheckGracePeriod": 30,
    "VPCZoneIdentifier": "subnet-a",
    "TerminationPolicies": ["OldestInstance"],
    "NewInstancesProtectedFromScaleIn": True,
    "ServiceLinkedRoleARN": "arn:aws:iam::1:role/aws-service-role/autoscaling/AWSServiceRoleForAutoScaling",
    "CapacityRebalance": False,
    "DeletionProtection": "prevent-all-deletion",
    "Tags": [
        {"Key": "team", "Value": "x", "PropagateAtLaunch": True, "ResourceId": "api"},
        {"Key": "aws:cloudformation:stack-name", "Value": "s", "PropagateAtLaunch": True},
        {"Key": "nodenet:cluster", "Value": "prod", "PropagateAtLaunch": True},
    ],
}
HOOK = {
    "LifecycleHookName": "mine",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 60,
    "DefaultResult": "CONTINUE",
    "GlobalTimeout": 6000,
}


def test_an_auto_scaling_group_is_cloned_with_all_its_configuration() -> None:
    wish = Wish("api-1", 5, MARKS, "token", max_pods=17)
    clone = self_managed.clone(SCALING, [HOOK], DATA, wish)
    assert {key: value for key, value in clone.request.items() if SCALING.get(key) != value} == {
        "AutoScalingGroupName": "api-1",
        "MinSize": 0,
        "MaxSize": 5,
        "DesiredCapacity": 0,
        "Tags": [
            {"Key": "team", "Value": "x", "PropagateAtLaunch": True},
            {"Key": "nodenet:cluster", "Value": "prod", "PropagateAtLaunch": True},
            {"Key": "nodenet:run", "Value": "r1", "PropagateAtLaunch": False},
        ],
        "LifecycleHookSpecificationList": [{key: value for key, value in HOOK.items() if key != "GlobalTimeout"}],
    }
    assert SCALING.keys() - clone.request.keys() == {
        "AutoScalingGroupARN",
        "AvailabilityZones",
        "DeletionProtection",
        "ServiceLinkedRoleARN",
    }
    assert clone.request["DefaultCooldown"] == 0
    assert clone.left == ("deletion protection",)
    assert clone.request.keys() <= set(model("autoscaling", "CreateAutoScalingGroup").members)


def test_its_launch_template_has_a_version_for_good_and_one_with_the_taint() -> None:
    clone = self_managed.clone(SCALING, [], DATA, Wish("api-1", 5, MARKS, "token", max_pods=17))
    [template] = clone.templates
    assert template.tainted
    for data, tainted in ((template.data, False), (template.tainted, True)):
        text = b64decode(data["UserData"]).decode()
        assert ("maxPods: 17" in text, "nodenet/unverified" in text, data["KeyName"]) == (True, tainted, "k")
    made = self_managed.with_templates(clone.request, SCALING, ["lt-new"], "2")
    assert made["LaunchTemplate"] == {"LaunchTemplateId": "lt-new", "Version": "2"}
    assert self_managed.of_version(made, "1") == {"LaunchTemplate": {"LaunchTemplateId": "lt-new", "Version": "1"}}


def test_overrides_of_a_mixed_instances_policy_have_templates_of_their_own_copied_too() -> None:
    def named(template: str, version: str) -> dict[str, str]:
        return {"LaunchTemplateId": template, "Version": version}

    arm = {"InstanceType": "m6g.large", "LaunchTemplateSpecification": named("lt-2", "1")}
    launch = {"LaunchTemplateSpecification": named("lt-1", "7"), "Overrides": [{"InstanceType": "m5.large"}, arm]}
    policy = {"LaunchTemplate": launch, "InstancesDistribution": {"OnDemandBaseCapacity": 1}}
    old = {key: value for key, value in SCALING.items() if key != "LaunchTemplate"} | {"MixedInstancesPolicy": policy}
    assert self_managed.sources(old) == [("lt-1", "7"), ("lt-2", "1")]
    clone = self_managed.clone(old, [], DATA | {("lt-2", "1"): DATA["lt-1", "7"]}, Wish("api-1", 5, MARKS, "t"))
    assert [each.name for each in clone.templates] == ["nodenet-api-1-1", "nodenet-api-1-2"]
    made = self_managed.with_templates(clone.request, old, ["lt-x", "lt-y"], "2")["MixedInstancesPolicy"]
    assert made["InstancesDistribution"] == {"OnDemandBaseCapacity": 1}
    assert made["LaunchTemplate"] == {
        "LaunchTemplateSpecification": named("lt-x", "2"),
        "Overrides": [
            {"InstanceType": "m5.large"},
            {"InstanceType": "m6g.large", "LaunchTemplateSpecification": named("lt-y", "2")},
        ],
    }


def test_traffic_sources_are_given_where_one_has_no_parameter_of_its_own() -> None:
    """TrafficSources are not given together with TargetGroupARNs (CreateAutoScalingGroup)."""
    sources = [{"Identifier": "arn:tg", "Type": "elbv2"}, {"Identifier": "arn:lattice", "Type": "vpc-lattice"}]
    plain = self_managed.clone(SCALING | {"TrafficSources": sources[:1]}, [], DATA, Wish("n", 1, MARKS, "t")).request
    assert (plain["TargetGroupARNs"], "TrafficSources" in plain) == (["arn:tg"], False)
    lattice = self_managed.clone(SCALING | {"TrafficSources": sources}, [], DATA, Wish("n", 1, MARKS, "t")).request
    assert (lattice["TrafficSources"], "TargetGroupARNs" in lattice) == (sources, False)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"LaunchConfigurationName": "lc"}, "launch configuration lc"),
        ({"Operator": {"Principal": "ecs"}}, "belongs to a service of AWS"),
        ({"DesiredCapacityType": "vcpu"}, "counts its size in weights"),
    ],
)
def test_what_cannot_be_carried_is_held_with_what_to_do(more: dict[str, Any], why: str) -> None:
    with pytest.raises(HeldError, match=f"{why}.*replacement"):
        self_managed.clone(SCALING | more, [], DATA, WISH)
