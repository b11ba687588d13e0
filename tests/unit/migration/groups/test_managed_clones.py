"""What a clone has of its group: each field that the APIs know, with the fate that the reference tells."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from nodenet.errors import HeldError
from nodenet.migration.groups import managed
from nodenet.migration.groups.fates import MANAGED, SELF_MANAGED, Fate, Fates
from nodenet.migration.groups.furnishing import of_eks
from nodenet.migration.groups.naming import new_name, template_name
from nodenet.migration.groups.planning import told_max_pods
from nodenet.migration.groups.wish import Wish
from nodenet.migration.request import GroupWish
from tests.unit.migration.groups.apis import DATA, MARKS, model
from tests.unit.migration.groups.world import World

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "cloned-groups.md"
WISH = Wish("web-1", 6, MARKS, "token")
OLD: dict[str, Any] = {
    "nodegroupName": "web",
    "nodegroupArn": "arn:…",
    "clusterName": "prod",
    "version": "1.36",
    "releaseVersion": "1.36.0-20260101",
    "status": "ACTIVE",
    "capacityType": "SPOT",
    "scalingConfig": {"minSize": 2, "maxSize": 4, "desiredSize": 3},
    "instanceTypes": ["m5.large", "m5a.large"],
    "subnets": ["subnet-a"],
    "amiType": "AL2023_x86_64_STANDARD",
    "nodeRole": "arn:aws:iam::111122223333:role/node",
    "labels": {"team": "a"},
    "taints": [{"key": "own", "effect": "NO_SCHEDULE"}],
    "updateConfig": {"maxUnavailablePercentage": 33},
    "nodeRepairConfig": {"enabled": True},
    "tags": {"aws:cloudformation:stack-name": "s", "cost": "1"},
}


def table(fates: Fates) -> list[str]:
    return [f"| `{name}` | {fate} | {why} |" for name, (fate, why) in fates.items()]


@pytest.mark.parametrize(
    ("fates", "service", "operation"),
    [(MANAGED, "eks", "CreateNodegroup"), (SELF_MANAGED, "autoscaling", "CreateAutoScalingGroup")],
)
def test_each_field_that_the_api_knows_has_a_fate_and_the_reference_tells_it(
    fates: Fates, service: str, operation: str
) -> None:
    known = set(model(service, operation).members)
    assert known - fates.keys() == set()
    assert not [name for name in fates if name not in known and name[0].isupper() and " " not in name]
    lines = REFERENCE.read_text().splitlines()
    assert [line for line in table(fates) if line not in lines] == []


def test_a_managed_group_is_cloned_with_all_its_configuration() -> None:
    clone = managed.clone(OLD, "1.36", None, WISH)
    copied = [name for name, fate in MANAGED.items() if fate == (Fate.COPIED, "as it is") and name in OLD]
    assert {name: clone.request[name] for name in copied} == {name: OLD[name] for name in copied}
    assert {name: value for name, value in clone.request.items() if name not in copied} == {
        "nodegroupName": "web-1",
        "scalingConfig": {"minSize": 0, "maxSize": 6, "desiredSize": 0},
        "subnets": ["subnet-a"],
        "labels": {"team": "a"},
        "taints": [{"key": "own", "effect": "NO_SCHEDULE"}, {"key": "nodenet/unverified", "effect": "NO_SCHEDULE"}],
        "tags": {"cost": "1", **MARKS},
        "clientRequestToken": "token",
    }
    assert clone.request.keys() <= set(model("eks", "CreateNodegroup").members)


def test_disk_size_and_remote_access_are_copied_where_no_launch_template_is_in_the_way() -> None:
    """ "don't directly specify instanceTypes, diskSize, or remoteAccess" (CreateNodegroup, launchTemplate)."""
    old = OLD | {"diskSize": 100, "remoteAccess": {"ec2SshKey": "k"}}
    assert managed.clone(old, "1.36", None, WISH).request["diskSize"] == 100
    told = Wish("web-1", 6, MARKS, "token", max_pods=17)
    with pytest.raises(HeldError, match="web has remoteAccess"):
        managed.clone(old, "1.36", None, told)
    made = managed.clone(OLD | {"diskSize": 20}, "1.36", None, told)
    assert "diskSize" not in made.request
    assert b"maxPods: 17" in b64decode(made.templates[0].data["UserData"])


def test_a_user_s_launch_template_is_taken_as_it_is_or_copied_but_never_changed() -> None:
    old = {key: value for key, value in OLD.items() if key != "instanceTypes"}
    old["launchTemplate"] = {"name": "mine", "id": "lt-1", "version": "3"}
    assert managed.clone(old, "1.36", None, WISH).request["launchTemplate"] == {"id": "lt-1", "version": "3"}
    data = {"InstanceType": "m5.large", "KeyName": "k"}
    clone = managed.clone(old, "1.36", data, Wish("web-1", 6, MARKS, "token", max_pods=17))
    assert "launchTemplate" not in clone.request
    [template] = clone.templates
    assert {**template.data, "UserData": ""} == {**data, "UserData": ""}
    assert template.tainted is None
    assert data == {"InstanceType": "m5.large", "KeyName": "k"}


def test_a_group_with_an_ami_of_its_own_has_neither_ami_type_nor_versions() -> None:
    """ "don't specify amiType, or the node group deployment will fail" (CreateNodegroup)."""
    old = OLD | {"amiType": "CUSTOM", "launchTemplate": {"id": "lt-1", "version": "3"}, "version": "1.35"}
    wish = Wish("web-1", 6, MARKS, "token", max_pods=17, eni_config="pods-a")
    clone = managed.clone(old, "1.36", DATA["lt-1", "7"], wish)
    assert not {"amiType", "version", "releaseVersion"} & clone.request.keys()
    text = b64decode(clone.templates[0].data["UserData"]).decode()
    assert "maxPods: 17" in text
    # EKS puts taints on nodes itself, and could not take one off that the kubelet registers with.
    assert "nodenet/unverified" not in text
    assert clone.request["labels"]["k8s.amazonaws.com/eniConfig"] == "pods-a"


def test_a_group_of_another_version_than_the_cluster_s_is_held() -> None:
    """ "this is the only accepted specified value" (CreateNodegroup, version)."""
    with pytest.raises(HeldError, match=r"web has Kubernetes 1\.36, and EKS makes"):
        managed.clone(OLD, "1.37", None, WISH)


def test_a_warm_pool_is_left_out_and_named() -> None:
    clone = managed.clone(OLD | {"warmPoolConfig": {"enabled": True}}, "1.36", None, WISH)
    assert (clone.left, "warmPoolConfig" in clone.request) == (("warm pool",), False)


def test_what_people_put_on_a_group_of_eks_is_put_on_the_new_one_and_nothing_of_eks_s_own() -> None:
    theirs = {"LifecycleHookName": "mine"}
    own = {"LifecycleHookName": "Launch-LC-Hook"}
    tags = [
        {"Key": "eks:nodegroup-name", "Value": "web", "PropagateAtLaunch": True},
        {"Key": "k8s.io/cluster-autoscaler/prod", "Value": "owned", "PropagateAtLaunch": True},
        {"Key": "networks", "Value": "upf", "PropagateAtLaunch": True},
    ]
    old = {"AutoScalingGroupName": "eks-web", "Tags": tags, "TargetGroupARNs": ["arn:tg"]}
    new = {"AutoScalingGroupName": "eks-web-1", "Tags": []}
    missing = of_eks(old, [own, theirs], new, [own])
    [tag] = missing.tags
    assert tag == {**tags[2], "ResourceId": "eks-web-1", "ResourceType": "auto-scaling-group"}
    assert list(missing.hooks) == [{**theirs, "AutoScalingGroupName": "eks-web-1"}]
    assert list(missing.traffic) == [{"Identifier": "arn:tg", "Type": "elbv2"}]
    done = of_eks(old, [own, theirs], {**new, "Tags": tags, "TargetGroupARNs": ["arn:tg"]}, [own, theirs])
    assert (done.tags, done.hooks, done.traffic) == ([], [], [])


def test_names_are_always_the_same_and_fit() -> None:
    assert new_name("web", "r1") == new_name("web", "r1") != new_name("web", "r2")
    long = new_name("x" * 63, "r1")
    assert len(long) == 63
    assert len({new_name("x" * 60 + tail, "r1") for tail in ("a", "b")}) == 2
    assert template_name("my group: ü", 1) == "nodenet-my-group----1"


@pytest.mark.parametrize(
    ("planned", "networks", "told"),
    [(20, [], None), (17, [], 17), (20, ["upf"], 20)],
    ids=["as EKS says", "another figure", "networks"],
)
def test_eks_s_images_are_told_only_what_eks_does_not_know(planned: int, networks: list[str], told: int | None) -> None:
    """m5.large with custom networking: 2 interfaces of 9 addresses, and 2 (EKS User Guide, "Amazon EKS recommended
    maximum Pods"); EKS takes no account of other interfaces."""
    run = World().run(GroupWish("web"), maxPods={"web": planned}, networks=networks)
    environment = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}
    assert told_max_pods(run, "web", own_image=False, environment=environment) == told
    assert told_max_pods(run, "web", own_image=True, environment=environment) == planned
