"""Launch templates, and node groups that are made with one.

Sources: EC2 API reference, CreateLaunchTemplate, CreateLaunchTemplateVersion (SourceVersion),
DescribeLaunchTemplateVersions, ModifyLaunchTemplate; EKS User Guide, "Customize managed nodes with launch templates";
EKS API reference, CreateNodegroup, Nodegroup.
"""

import base64
from typing import Any

import pytest

from tests.in_process import refusal
from tests.region.autoscaling_client import Aws
from tests.region.autoscaling_client import aws_region as aws_region  # the fixture `aws`
from tests.region.eks_cluster import cluster as cluster  # a fixture
from tests.region.eks_cluster import make_nodegroup, nodegroup

MIME = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B"

--B
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec: {kubelet: {config: {maxPods: 58}}}
--B--
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


DATA: dict[str, Any] = {
    "ImageId": "ami-12c6146b",
    "InstanceType": "m5.large",
    "UserData": encoded(MIME),
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 40, "VolumeType": "gp3"}}],
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
    "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-0123"], "AssociatePublicIpAddress": False}],
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "core"}]}],
}


def make(aws: Aws, name: str = "mine", **more: Any) -> str:
    made = aws.ec2.create_launch_template(**{"LaunchTemplateName": name, "LaunchTemplateData": DATA} | more)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def versions(aws: Aws, **asked: Any) -> list[Any]:
    return list(aws.ec2.describe_launch_template_versions(**asked)["LaunchTemplateVersions"])


def test_a_template_is_shown_as_it_was_made_and_its_own_tags_are_not_its_instances(aws: Aws) -> None:
    own = [{"ResourceType": "launch-template", "Tags": [{"Key": "owner", "Value": "us"}]}]
    template = make(aws, TagSpecifications=own, VersionDescription="first")
    (version,) = versions(aws, LaunchTemplateId=template, Versions=["$Latest"])
    assert (version["LaunchTemplateData"], version["VersionDescription"]) == (DATA, "first")
    (shown,) = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    assert shown["Tags"] == own[0]["Tags"]


def test_a_version_takes_from_its_source_what_it_does_not_name(aws: Aws) -> None:
    template = make(aws)
    data = {"UserData": encoded("other"), "NetworkInterfaces": [{"DeviceIndex": 0}]}
    made = aws.ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData=data
    )["LaunchTemplateVersion"]
    assert (made["VersionNumber"], made["DefaultVersion"]) == (2, False)
    assert made["LaunchTemplateData"] == DATA | data
    bare = aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    assert bare["LaunchTemplateVersion"]["LaunchTemplateData"] == data
    with refusal("InvalidLaunchTemplateId.VersionNotFound"):
        aws.ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="9", LaunchTemplateData=data)


def test_versions_are_found_by_number_latest_and_default(aws: Aws) -> None:
    template, image = make(aws), {"ImageId": "ami-2"}
    for _ in range(3):
        aws.ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData=image)
    aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")

    def numbers(**asked: Any) -> list[int]:
        return [one["VersionNumber"] for one in versions(aws, LaunchTemplateId=template, **asked)]

    assert numbers() == [4, 3, 2, 1]
    assert numbers(Versions=["$Latest"]) == [4]
    assert numbers(Versions=["$Default"]) == [2]
    assert numbers(MinVersion="2", MaxVersion="3") == [3, 2]
    pages = aws.ec2.get_paginator("describe_launch_template_versions").paginate(
        LaunchTemplateId=template, PaginationConfig={"PageSize": 2}
    )
    assert [[one["VersionNumber"] for one in page["LaunchTemplateVersions"]] for page in pages] == [[4, 3], [2, 1]]
    assert {one["LaunchTemplateName"] for one in versions(aws, Versions=["$Latest"])} == {"mine", "workers"}
    for version in ("0", "5", "x"):
        with refusal("InvalidLaunchTemplateId.VersionNotFound"):
            numbers(Versions=[version])


def test_many_templates_come_in_pages(aws: Aws) -> None:
    for number in range(20):
        make(aws, f"t{number}")
    assert len(aws.ec2.describe_launch_templates()["LaunchTemplates"]) == 21
    pages = aws.ec2.get_paginator("describe_launch_templates").paginate(PaginationConfig={"PageSize": 8})
    assert [len(page["LaunchTemplates"]) for page in pages] == [8, 8, 5]


def test_a_client_token_makes_one_template_and_one_version(aws: Aws) -> None:
    first, second = (make(aws, ClientToken="one") for _ in range(2))
    assert first == second
    with refusal("IdempotentParameterMismatch"):
        make(aws, "other", ClientToken="one")
    with refusal("InvalidLaunchTemplateName.AlreadyExistsException"):
        make(aws)
    asked: Any = {"LaunchTemplateId": first, "LaunchTemplateData": {"ImageId": "ami-2"}, "ClientToken": "two"}
    made = [aws.ec2.create_launch_template_version(**asked)["LaunchTemplateVersion"] for _ in range(2)]
    assert [one["VersionNumber"] for one in made] == [2, 2]


def test_a_deleted_template_is_gone_by_id_and_name(aws: Aws) -> None:
    template = make(aws)
    aws.ec2.delete_launch_template(LaunchTemplateId=template)
    with refusal("InvalidLaunchTemplateId.NotFound"):
        aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])
    with refusal("InvalidLaunchTemplateId.NotFound"):
        aws.ec2.delete_launch_template(LaunchTemplateId=template)
    with refusal("InvalidLaunchTemplateName.NotFoundException"):
        versions(aws, LaunchTemplateName="mine")
    make(aws)


@pytest.mark.usefixtures("cluster")
class TestNodeGroups:
    def test_a_type_in_the_template_is_started_and_not_repeated(self, aws: Aws) -> None:
        make(aws, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "m5.large"})
        make_nodegroup(aws, size=1, launchTemplate={"name": "mine"})
        shown = nodegroup(aws)
        assert not {"instanceTypes", "diskSize", "remoteAccess"} & shown.keys()
        assert (shown["amiType"], shown["releaseVersion"]) == ("CUSTOM", "ami-12c6146b")
        name = shown["resources"]["autoScalingGroups"][0]["name"]
        assert aws.ec2_instance(aws.ids(name)[0])["InstanceType"] == "m5.large"

    def test_without_a_template_the_defaults_are_eks_own(self, aws: Aws) -> None:
        make_nodegroup(aws, size=0)
        shown = nodegroup(aws)
        assert (shown["amiType"], shown["instanceTypes"]) == ("AL2023_x86_64_STANDARD", ["t3.medium"])

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({"instanceTypes": ["m5.xlarge"]}, "instance types"),
            ({"amiType": "AL2023_x86_64_STANDARD"}, "AMI Type other than CUSTOM"),
            ({"version": "1.34"}, "kubernetesVersion"),
            ({"releaseVersion": "1.34.0-20260101"}, "releaseVersion"),
        ],
    )
    def test_what_the_template_says_the_request_may_not(self, aws: Aws, asked: Any, message: str) -> None:
        make(aws)
        with refusal("InvalidRequestException", message):
            make_nodegroup(aws, launchTemplate={"name": "mine"}, **asked)
        assert aws.eks.list_nodegroups(clusterName="prod")["nodegroups"] == []

    @pytest.mark.parametrize("asked", [{"diskSize": 40}, {"remoteAccess": {"ec2SshKey": "key"}}])
    def test_disk_and_remote_access_belong_into_the_template(self, aws: Aws, asked: Any) -> None:
        make(aws)
        with refusal("InvalidParameterException"):
            make_nodegroup(aws, launchTemplate={"name": "mine"}, **asked)

    @pytest.mark.parametrize(
        ("kind", "data", "message"),
        [
            ("AL2023_x86_64_STANDARD", "#!/bin/sh\ntrue\n", "MIME multipart"),
            ("AL2023_x86_64_STANDARD", MIME, None),
            ("BOTTLEROCKET_x86_64", MIME, "TOML"),
            ("BOTTLEROCKET_x86_64", "[settings.kubernetes]\nmax-pods = 58\n", None),
        ],
    )
    def test_user_data_that_eks_cannot_merge_fails_the_group(
        self, aws: Aws, kind: str, data: str, message: str | None
    ) -> None:
        given = {"InstanceType": "m5.large", "UserData": encoded(data)}
        make(aws, LaunchTemplateData=given)
        make_nodegroup(aws, size=0, launchTemplate={"name": "mine"}, amiType=kind)
        shown = nodegroup(aws)
        if message is None:
            assert (shown["status"], shown["health"]["issues"]) == ("ACTIVE", [])
            return
        (issue,) = shown["health"]["issues"]
        assert (shown["status"], issue["code"]) == ("CREATE_FAILED", "Ec2LaunchTemplateInvalidConfiguration")
        assert message in issue["message"]
        aws.eks.delete_nodegroup(clusterName="prod", nodegroupName="upf")
        assert aws.eks.list_nodegroups(clusterName="prod")["nodegroups"] == []

    def test_another_version_brings_its_own_image(self, aws: Aws) -> None:
        template = make(aws)
        make_nodegroup(aws, size=0, launchTemplate={"name": "mine"})
        aws.ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": "ami-03cf127a"}
        )
        named: Any = {"clusterName": "prod", "nodegroupName": "upf", "launchTemplate": {"id": template, "version": "2"}}
        with refusal("InvalidRequestException", "releaseVersion"):
            aws.eks.update_nodegroup_version(**named, releaseVersion="1.34.0-20260101")
        aws.eks.update_nodegroup_version(**named)
        aws.wait(5)
        shown = nodegroup(aws)
        assert (shown["releaseVersion"], shown["launchTemplate"]["version"]) == ("ami-03cf127a", "2")

    def test_a_cluster_has_so_many_groups(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
        from local.world import world

        monkeypatch.setattr(world.quotas, "nodegroups", 1)
        make_nodegroup(aws, size=0)
        with refusal("ResourceLimitExceededException"):
            make_nodegroup(aws, "more", size=0)
