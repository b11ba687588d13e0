"""Clusters, access entries, add-ons and tags. Sources: EKS API reference under the name of each call; EKS user guide,
"Grant IAM users access to Kubernetes with EKS access entries" and "Amazon EKS add-ons".
"""

import json
from typing import Any

import pytest

from local.eks.timing import timing
from local.world import ACCOUNT
from tests.in_process import refusal
from tests.region.autoscaling_client import Aws, aws_region  # noqa: F401
from tests.region.eks_cluster import ROLE, cluster, make_cluster, make_nodegroup  # noqa: F401

OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/operator"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"
CNI: dict[str, Any] = {"clusterName": "prod", "addonName": "vpc-cni"}


def test_a_cluster_becomes_active_in_its_time(aws: Aws) -> None:
    timing.cluster = 600
    assert make_cluster(aws)["status"] == "CREATING"
    with refusal("InvalidRequestException", "not in ACTIVE status"):
        make_nodegroup(aws)
    aws.wait(600)
    assert aws.eks.describe_cluster(name="prod")["cluster"]["status"] == "ACTIVE"


def test_a_cluster_knows_its_network(aws: Aws) -> None:
    config = make_cluster(aws)["resourcesVpcConfig"]
    vpc = aws.ec2.describe_subnets(SubnetIds=aws.subnets[:1])["Subnets"][0]["VpcId"]
    (group,) = aws.ec2.describe_security_groups(GroupIds=[config["clusterSecurityGroupId"]])["SecurityGroups"]
    assert (config["vpcId"], group["VpcId"]) == (vpc, vpc)
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"]) == (True, False)


def test_a_name_is_taken_once_and_found_by_it(aws: Aws) -> None:
    make_cluster(aws)
    with refusal("ResourceInUseException", "Cluster already exists with name: prod"):
        make_cluster(aws)
    with refusal("ResourceNotFoundException", "No cluster found for name: none."):
        aws.eks.describe_cluster(name="none")


def test_a_configuration_update_merges_and_is_recorded(aws: Aws) -> None:
    made = make_cluster(aws)
    change = {"endpointPrivateAccess": True}
    update = aws.eks.update_cluster_config(name="prod", resourcesVpcConfig=change)["update"]
    assert (update["type"], update["status"]) == ("EndpointAccessUpdate", "InProgress")
    config = aws.eks.describe_cluster(name="prod")["cluster"]["resourcesVpcConfig"]
    assert config == made["resourcesVpcConfig"] | change
    assert aws.eks.describe_update(name="prod", updateId=update["id"])["update"]["status"] == "Successful"
    with refusal("InvalidParameterException"):
        aws.eks.update_cluster_config(name="prod")


def test_kubernetes_goes_up_one_minor_version_at_a_time(aws: Aws) -> None:
    make_cluster(aws, version="1.32")
    with refusal("InvalidParameterException", "Unsupported Kubernetes minor version update from 1.32 to 1.34"):
        aws.eks.update_cluster_version(name="prod", version="1.34")
    aws.eks.update_cluster_version(name="prod", version="1.33")
    assert aws.eks.describe_cluster(name="prod")["cluster"]["version"] == "1.33"


def test_access_entries_need_the_api_authentication_mode(aws: Aws) -> None:
    """API reference, CreateAccessConfigRequest: CONFIG_MAP by default; the mode never goes back."""
    make_cluster(aws)
    with refusal("InvalidRequestException", "must be set to one of [API, API_AND_CONFIG_MAP]"):
        aws.eks.list_access_entries(clusterName="prod")
    aws.eks.update_cluster_config(name="prod", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    assert aws.eks.list_access_entries(clusterName="prod")["accessEntries"] == []
    with refusal("InvalidParameterException", "Unsupported authentication mode update"):
        aws.eks.update_cluster_config(name="prod", accessConfig={"authenticationMode": "CONFIG_MAP"})


@pytest.mark.usefixtures("cluster")
class TestAccessEntries:
    def test_an_entry_lives_from_creation_to_deletion(self, aws: Aws) -> None:
        one = {"clusterName": "prod", "principalArn": ROLE}
        made = aws.eks.create_access_entry(**one, kubernetesGroups=["operators"])["accessEntry"]
        assert made["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/node/{{{{SessionName}}}}"
        assert made["accessEntryArn"].startswith(
            f"arn:aws:eks:eu-west-1:{ACCOUNT}:access-entry/prod/role/{ACCOUNT}/node/"
        )
        with refusal("ResourceInUseException", "already in use on this cluster"):
            aws.eks.create_access_entry(**one)
        aws.eks.update_access_entry(**one, kubernetesGroups=["viewers"])
        assert aws.eks.describe_access_entry(**one)["accessEntry"]["kubernetesGroups"] == ["viewers"]
        assert aws.eks.list_access_entries(clusterName="prod")["accessEntries"] == [ROLE]
        aws.eks.delete_access_entry(**one)
        with refusal("ResourceNotFoundException"):
            aws.eks.describe_access_entry(**one)

    def test_policies_are_bound_with_a_scope(self, aws: Aws) -> None:
        one = {"clusterName": "prod", "principalArn": ROLE}
        aws.eks.create_access_entry(**one)
        scope = {"type": "namespace", "namespaces": ["core"]}
        bound = aws.eks.associate_access_policy(**one, policyArn=ADMIN, accessScope=scope)["associatedAccessPolicy"]
        assert (bound["policyArn"], bound["accessScope"]) == (ADMIN, scope)
        listed = aws.eks.list_associated_access_policies(**one)["associatedAccessPolicies"]
        assert [policy["policyArn"] for policy in listed] == [ADMIN]
        by_policy = aws.eks.list_access_entries(clusterName="prod", associatedPolicyArn=ADMIN)
        assert by_policy["accessEntries"] == [ROLE]
        with refusal("InvalidParameterException"):
            aws.eks.associate_access_policy(**one, policyArn=ADMIN, accessScope={"type": "namespace"})
        aws.eks.disassociate_access_policy(**one, policyArn=ADMIN)
        assert aws.eks.list_associated_access_policies(**one)["associatedAccessPolicies"] == []

    def test_node_entries_have_fixed_names_and_no_policies(self, aws: Aws) -> None:
        one = {"clusterName": "prod", "principalArn": ROLE}
        with refusal("InvalidParameterException"):
            aws.eks.create_access_entry(**one, type="EC2_LINUX", kubernetesGroups=["operators"])
        made = aws.eks.create_access_entry(**one, type="EC2_LINUX")["accessEntry"]
        assert made["username"] == "system:node:{{EC2PrivateDNSName}}"
        with refusal("InvalidRequestException"):
            aws.eks.associate_access_policy(**one, policyArn=ADMIN, accessScope={"type": "cluster"})

    def test_a_managed_node_group_brings_the_entry_of_its_role(self, aws: Aws) -> None:
        make_nodegroup(aws, size=0)
        entry = aws.eks.describe_access_entry(clusterName="prod", principalArn=ROLE)["accessEntry"]
        assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])

    def test_reserved_groups_and_foreign_arns_are_refused(self, aws: Aws) -> None:
        with refusal("InvalidParameterException"):
            aws.eks.create_access_entry(clusterName="prod", principalArn=ROLE, kubernetesGroups=["system:masters"])
        with refusal("InvalidParameterException"):
            aws.eks.create_access_entry(clusterName="prod", principalArn="arn:aws:s3:::bucket")


@pytest.mark.usefixtures("cluster")
class TestAddons:
    def test_an_addon_is_installed_in_its_default_version(self, aws: Aws) -> None:
        timing.addon = 60
        assert aws.eks.create_addon(**CNI)["addon"]["status"] == "CREATING"
        aws.wait(60)
        addon = aws.eks.describe_addon(**CNI)["addon"]
        (info,) = aws.eks.describe_addon_versions(addonName="vpc-cni", kubernetesVersion="1.34")["addons"]
        default = next(v for v in info["addonVersions"] if v["compatibilities"][0]["defaultVersion"])
        assert (addon["status"], addon["addonVersion"]) == ("ACTIVE", default["addonVersion"])
        with refusal("ResourceInUseException", "Addon already exists."):
            aws.eks.create_addon(**CNI)

    def test_configuration_values_are_kept_as_given_and_replaced_as_a_whole(self, aws: Aws) -> None:
        text = json.dumps({"env": {"WARM_ENI_TARGET": "2"}}, indent=4)
        aws.eks.create_addon(**CNI, configurationValues=text)
        assert aws.eks.describe_addon(**CNI)["addon"]["configurationValues"] == text
        zone = {"id": aws.subnets[0], "securityGroups": ["sg-1"]}
        custom = json.dumps(
            {
                "env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"},
                "eniConfig": {"create": True, "region": "eu-west-1", "subnets": {"eu-west-1a": zone}},
            }
        )
        update = aws.eks.update_addon(**CNI, configurationValues=custom, resolveConflicts="OVERWRITE")["update"]
        assert (update["type"], update["status"]) == ("AddonUpdate", "InProgress")
        assert {"type": "ConfigurationValues", "value": custom} in update["params"]
        assert aws.eks.describe_addon(**CNI)["addon"]["configurationValues"] == custom
        one = {"name": "prod", "addonName": "vpc-cni"}
        assert aws.eks.list_updates(**one)["updateIds"] == [update["id"]]
        assert aws.eks.describe_update(**one, updateId=update["id"])["update"]["status"] == "Successful"

    def test_yaml_is_taken_too(self, aws: Aws) -> None:
        aws.eks.create_addon(**CNI, configurationValues="env:\n  WARM_IP_TARGET: '3'\n")

    @pytest.mark.parametrize(
        "values", ['{"env": {"WARM_ENI_TARGET": 2}}', '{"env": {"NOT_A_SETTING": "1"}}', '{"nodeSelector": {}}', "{"]
    )
    def test_values_that_do_not_fit_the_schema_are_refused(self, aws: Aws, values: str) -> None:
        with refusal("InvalidParameterException", "ConfigurationValue provided in request is not supported"):
            aws.eks.create_addon(**CNI, configurationValues=values)
        assert aws.eks.list_addons(clusterName="prod")["addons"] == []

    def test_the_schema_can_be_read(self, aws: Aws) -> None:
        answer = aws.eks.describe_addon_configuration(addonName="vpc-cni", addonVersion="v1.23.1-eksbuild.1")
        schema = json.loads(answer["configurationSchema"])
        assert schema["additionalProperties"] is False
        assert "ENABLE_PREFIX_DELEGATION" in schema["properties"]["env"]["properties"]

    def test_what_eks_does_not_offer_is_refused(self, aws: Aws) -> None:
        with refusal("InvalidParameterException", "is not supported"):
            aws.eks.create_addon(clusterName="prod", addonName="none")
        with refusal("InvalidParameterException", "Addon version specified is not supported"):
            aws.eks.create_addon(**CNI, addonVersion="v0.0.1")

    def test_no_update_while_another_runs(self, aws: Aws) -> None:
        aws.eks.create_addon(**CNI)
        timing.update = 60
        aws.eks.update_addon(**CNI, configurationValues="{}")
        assert aws.eks.describe_addon(**CNI)["addon"]["status"] == "UPDATING"
        with refusal("ResourceInUseException"):
            aws.eks.update_addon(**CNI, configurationValues="{}")

    def test_a_deleted_addon_is_gone(self, aws: Aws) -> None:
        aws.eks.create_addon(**CNI)
        assert aws.eks.delete_addon(**CNI)["addon"]["status"] == "DELETING"
        with refusal("ResourceNotFoundException", "No addon: vpc-cni found in cluster: prod"):
            aws.eks.describe_addon(**CNI)


def test_every_resource_can_be_tagged(aws: Aws, cluster: dict[str, Any]) -> None:  # noqa: F811
    """API reference, TagResource."""
    arns = [
        cluster["arn"],
        make_nodegroup(aws, size=0)["nodegroupArn"],
        aws.eks.create_addon(**CNI)["addon"]["addonArn"],
        aws.eks.create_access_entry(clusterName="prod", principalArn=OPERATOR)["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        aws.eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        aws.eks.untag_resource(resourceArn=arn, tagKeys=["b"])
        assert aws.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    with refusal("NotFoundException"):
        aws.eks.list_tags_for_resource(resourceArn=arns[0] + "x")
