"""Node groups of both kinds are cloned, opened and deleted on the local region's EKS, Auto Scaling and Kubernetes."""

from base64 import b64decode
from collections.abc import Iterator
from functools import partial

import pytest

from local.region import Region
from nodenet.aws.eks_token import token
from nodenet.errors import HeldError, NotYet, Waiting
from nodenet.kubernetes.connection import with_token
from nodenet.migration.cluster import UNVERIFIED, Node
from nodenet.migration.groups.admit import Admit
from nodenet.migration.groups.old_group import OldGroups
from nodenet.migration.groups.waves import Waves
from nodenet.migration.request import GroupWish
from nodenet.migration.run import Run
from tests.integration.migration.group_stage import ClosedProd, Short, Stage, new
from tests.integration.migration.prod import NAME, ZONES
from tests.integration.migration.waiting import until


@pytest.fixture(name="stage")
def stage_of_both_kinds(fresh_region: Region) -> Iterator[Stage]:
    fresh_region.control.kubernetes(controllers=True)
    fresh_region.control.speed = 20
    prod = ClosedProd(fresh_region)
    prod.build()
    prod.managed(size=3, labels={"team": "web"}, tags={"cost": "1"})
    prod.self_managed()
    prod.settled(6)
    eks, sts = prod.client("eks"), prod.client("sts")
    shown = eks.describe_cluster(name=NAME)["cluster"]
    with with_token(shown["endpoint"], shown["certificateAuthority"]["data"], token(NAME, sts)) as connection:
        yield Stage(prod, connection)
    prod.close()
    fresh_region.control.speed = 1
    fresh_region.control.kubernetes(controllers=False)


WEB, API = GroupWish("web"), GroupWish("api")


def test_both_kinds_are_made_tainted_with_the_most_pods_that_they_are_told(stage: Stage) -> None:
    run = stage.run(WEB, API)
    stage.take(stage.new_groups(), run)
    for old in ("web", "api"):
        nodes = stage.of(new(run, old))
        assert len(nodes) == 3
        assert {node.zone for node in nodes} == set(ZONES)
        assert {node.max_pods for node in nodes} == {20}
        assert all([taint.key for taint in node.taints].count(UNVERIFIED) == 1 for node in nodes)
    assert {node.labels.get("team") for node in stage.of(new(run, "web"))} == {"web"}
    tags = stage.groups.group(NAME, new(run, "web")["name"]) or {}
    assert tags["tags"] == {"cost": "1", "nodenet:run": "r1", "nodenet:cluster": NAME}
    about = stage.scaling.groups([new(run, "api")["name"]])[new(run, "api")["name"]]
    assert {(each["Key"], each["Value"], each["PropagateAtLaunch"]) for each in about["Tags"]} >= {
        ("team", "payments", True),
        ("nodenet:run", "r1", False),
    }


def test_opened_groups_start_nodes_without_the_taint(stage: Stage) -> None:
    run = stage.run(WEB, API)
    stage.take(stage.new_groups(), run)
    admit = Admit(stage.groups, stage.scaling, stage.kube)
    assert stage.take(admit, run) == "6 new nodes take pods"
    name = new(run, "api")["name"]
    stage.scaling.change(name, {"DesiredCapacity": 4})
    until(lambda: len(stage.of(new(run, "api"))) == 4, "a node comes")
    for old in ("web", "api"):
        assert not [node for node in stage.of(new(run, old)) if any(each.key == UNVERIFIED for each in node.taints)]


def test_old_groups_go_once_no_pods_are_on_their_nodes(stage: Stage) -> None:
    run = stage.run(WEB, API)
    stage.take(stage.new_groups(), run)
    stage.take(Admit(stage.groups, stage.scaling, stage.kube), run)
    step = OldGroups(stage.groups, stage.scaling, stage.kube, stage.pods, stage.roles)
    with pytest.raises(HeldError, match="pods are on old nodes still: kube-system/coredns"):
        stage.take(step, run)
    _move_pods(stage, run)
    assert stage.take(step, run) == "web, api deleted"
    assert set(stage.prod.groups()) == {
        new(run, "web")["name"],
        new(run, "api")["name"],
        *new(run, "web")["autoScalingGroups"],
    }
    assert "api" in stage.templates_there()
    until(lambda: len(stage.kube.nodes()) == 6, "old nodes are gone")


def test_the_way_back_leaves_what_was_there(stage: Stage) -> None:
    before = (stage.prod.groups(), stage.templates_there(), _names(stage.kube.nodes()))
    run = stage.run(WEB, API)
    stage.take(stage.new_groups(), run)
    stage.take(stage.new_groups(), run, "back")
    until(lambda: len(stage.kube.nodes()) == 6, "new nodes are gone")
    assert (stage.prod.groups(), stage.templates_there(), _names(stage.kube.nodes())) == before


def test_by_waves_old_nodes_make_room_for_new_ones(stage: Stage) -> None:
    stage.ec2 = Short(stage.prod.client("ec2"))
    run = stage.run(WEB, API, waves=True)
    stage.take(stage.new_groups(), run)
    assert [new(run, old)["desired"] for old in ("web", "api")] == [2, 1]
    waves = Waves(stage.groups, stage.scaling)
    for old, behind in (("web", stage.behind("web")), ("api", "api")):
        chosen = stage.scaling.instances([behind])[behind][-1]
        until(partial(_gone, waves, run, chosen), "the chosen one is gone")
        assert len(stage.scaling.instances([behind])[behind]) == 2
        assert waves.grow(run, old, waves.size(run, old) + 1) == new(run, old)["desired"] + 1
        until(partial(lambda old: len(stage.of(new(run, old))) == new(run, old)["desired"] + 1, old), "one more comes")


def test_a_launch_template_s_data_may_be_given_again_as_it_is_described(stage: Stage) -> None:
    ec2 = stage.prod.client("ec2")
    data = {
        "ImageId": "ami-12345678",
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "Encrypted": True}}],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}],
        "UserData": "YQ==",
    }
    made = ec2.create_launch_template(LaunchTemplateName="rich", LaunchTemplateData=data)["LaunchTemplate"]
    read = stage.templates.data(made["LaunchTemplateId"], "$Latest")
    copy = stage.templates.create("copy", read, {"nodenet:run": "r1"}, "once")
    assert stage.templates.create("copy", read, {"nodenet:run": "r1"}, "once") == copy
    assert stage.templates.data(copy, "1") == read
    assert b64decode(read["UserData"]) == b"a"
    assert stage.templates.tagged("nodenet:run", "r1") == [copy]
    stage.templates.delete(copy)
    stage.templates.delete(copy)
    assert stage.templates.find("copy") is None
    with pytest.raises(HeldError, match="version 9 of launch template"):
        stage.templates.data(made["LaunchTemplateId"], "9")


def test_what_is_there_or_gone_already_is_no_failure(stage: Stage) -> None:
    run = stage.run(WEB, API)
    stage.take(stage.new_groups(), run)
    name, about = new(run, "web")["name"], dict(stage.groups.group(NAME, "web") or {})
    request = {"clusterName": NAME, "nodegroupName": name, "nodeRole": about["nodeRole"], "subnets": about["subnets"]}
    stage.groups.create(request)
    scaling = stage.scaling.groups(["api"])["api"]
    source = {key: scaling["LaunchTemplate"][key] for key in ("LaunchTemplateId", "Version")}
    there = {"AutoScalingGroupName": new(run, "api")["name"], "MinSize": 0, "MaxSize": 0, "LaunchTemplate": source}
    stage.scaling.create({**there, "VPCZoneIdentifier": scaling["VPCZoneIdentifier"]})
    assert len(stage.of(new(run, "api"))) == 3
    stage.groups.delete(NAME, "nobody")
    stage.scaling.terminate("api", "i-00000000000000000", decrement=True)
    assert stage.groups.group(NAME, "nobody") is None
    assert stage.scaling.delete("nobody")
    assert not stage.scaling.delete("api")
    assert stage.scaling.hooks("nobody") == []


def _move_pods(stage: Stage, run: Run) -> None:
    """CoreDNS is told to go where it may."""
    new_nodes = {node.name for old in ("web", "api") for node in stage.of(new(run, old))}
    for node in stage.kube.nodes():
        if node.name not in new_nodes:
            stage.kube.cordon(node.name)
    for pod in stage.pods.pods(namespace="kube-system", labels="k8s-app=kube-dns"):
        if pod.node not in new_nodes:
            stage.pods.delete(pod)

    def moved() -> bool:
        pods = stage.pods.pods(namespace="kube-system", labels="k8s-app=kube-dns")
        return all(pod.node in new_nodes for pod in pods)

    until(moved, "CoreDNS is on new nodes")


def _gone(waves: Waves, run: Run, instance: str) -> bool:
    try:
        return waves.shrink_old(run, run.notes("exchange"), [instance]) == 0
    except (Waiting, NotYet):
        return False


def _names(nodes: list[Node]) -> list[str]:
    return sorted(node.name for node in nodes)
