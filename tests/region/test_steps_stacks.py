"""State machines in stacks, and the types that stand beside them in a template.

CloudFormation template reference: AWS::StepFunctions::StateMachine, AWS::EKS::AccessEntry, AWS::EKS::Addon,
AWS::S3::Bucket, AWS::Events::Rule.
"""

import json

import pytest
from botocore.exceptions import WaiterError

from local.region import Region
from tests.region.steps_machines import ROLE, Machines, eventually, expression, output, passing
from tests.region.steps_stacks import Stacks, outputs

DEFINITION = """
QueryLanguage: JSONata
StartAt: Give
States:
  Give:
    Type: Pass
    Output:
      name: ${Name}
      given: "{% $states.input %}"
    End: true
"""


def test_a_definition_in_yaml_from_a_bucket_with_substitutions(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    stacks.keep("machine.asl.yaml", DEFINITION)
    properties = {
        "DefinitionS3Location": {"Bucket": "templates", "Key": "machine.asl.yaml"},
        "DefinitionSubstitutions": {"Name": "drain"},
        "RoleArn": ROLE,
        "LoggingConfiguration": {"Level": "ALL"},
        "TracingConfiguration": {"Enabled": True},
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template = {"Resources": {"Machine": machine}, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}}
    arn = outputs(stacks.create(template))["Arn"]
    machines = Machines(fresh_region)
    assert output(machines.ended(machines.start(arn, 1))) == {"name": "drain", "given": 1}
    assert isinstance(json.loads(machines.steps.describe_state_machine(stateMachineArn=arn)["definition"]), dict)
    ignored = {one["property"] for one in fresh_region.control.ignored() if one["resource"] == "Machine"}
    assert ignored == {"LoggingConfiguration", "TracingConfiguration"}


def test_a_definition_that_cannot_be_fails_the_stack(fresh_region: Region) -> None:
    stacks = Stacks(fresh_region)
    definition = {"StartAt": "Nowhere", "States": {"Give": {"Type": "Pass", "End": True}}}
    properties = {"Definition": definition, "RoleArn": ROLE}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    with pytest.raises(WaiterError):
        stacks.create({"Resources": {"Machine": machine}})
    reasons = stacks.formation.describe_stack_events(StackName="outer")["StackEvents"]
    assert any("MISSING_TRANSITION_TARGET" in event.get("ResourceStatusReason", "") for event in reasons)


def test_access_entries_and_add_ons_are_those_of_eks(fresh_region: Region) -> None:
    stacks, eks = Stacks(fresh_region), fresh_region.client("eks")
    subnets = [one["SubnetId"] for one in fresh_region.client("ec2").describe_subnets()["Subnets"]][:2]
    eks.create_cluster(
        name="prod",
        roleArn=ROLE,
        resourcesVpcConfig={"subnetIds": subnets},
        accessConfig={"authenticationMode": "API"},
    )
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
    entry = {
        "ClusterName": "prod",
        "PrincipalArn": ROLE,
        "KubernetesGroups": ["movers"],
        "AccessPolicies": [{"PolicyArn": view, "AccessScope": {"Type": "cluster"}}],
    }
    addon = {"ClusterName": "prod", "AddonName": "vpc-cni", "ResolveConflicts": "OVERWRITE"}
    template = {
        "Resources": {
            "Entry": {"Type": "AWS::EKS::AccessEntry", "Properties": entry},
            "Cni": {"Type": "AWS::EKS::Addon", "Properties": addon},
        },
        "Outputs": {
            "Entry": {"Value": {"Fn::GetAtt": ["Entry", "AccessEntryArn"]}},
            "Cni": {"Value": {"Ref": "Cni"}},
        },
    }
    found = outputs(stacks.create(template))
    described = eks.describe_access_entry(clusterName="prod", principalArn=ROLE)["accessEntry"]
    assert (described["accessEntryArn"], described["kubernetesGroups"]) == (found["Entry"], ["movers"])
    associated = eks.list_associated_access_policies(clusterName="prod", principalArn=ROLE)
    assert [one["policyArn"] for one in associated["associatedAccessPolicies"]] == [view]
    assert found["Cni"] == "prod|vpc-cni"
    assert eks.describe_addon(clusterName="prod", addonName="vpc-cni")["addon"]["status"] == "ACTIVE"
    entry |= {"KubernetesGroups": ["others"], "AccessPolicies": []}
    addon["ConfigurationValues"] = json.dumps({"env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}})
    stacks.update(template)
    described = eks.describe_access_entry(clusterName="prod", principalArn=ROLE)["accessEntry"]
    assert described["kubernetesGroups"] == ["others"]
    changed = eks.describe_addon(clusterName="prod", addonName="vpc-cni")["addon"]
    assert "CUSTOM_NETWORK" in changed["configurationValues"]
    stacks.delete()
    assert eks.list_access_entries(clusterName="prod")["accessEntries"] == []
    assert eks.list_addons(clusterName="prod")["addons"] == []


def test_a_bucket_has_its_policy_encryption_and_lifecycle(fresh_region: Region) -> None:
    stacks, s3 = Stacks(fresh_region), fresh_region.client("s3")
    rule = {"Id": "old", "Status": "Enabled", "ExpirationInDays": 30}
    default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    closed = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    bucket = {
        "BucketName": "reports",
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [default]},
        "LifecycleConfiguration": {"Rules": [rule]},
        "PublicAccessBlockConfiguration": closed,
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    template = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        }
    }
    stacks.create(template)
    encryption = s3.get_bucket_encryption(Bucket="reports")["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket="reports")["Rules"]
    assert (found["ID"], found["Expiration"]["Days"]) == ("old", 30)
    assert s3.get_public_access_block(Bucket="reports")["PublicAccessBlockConfiguration"] == closed
    assert "arn:aws:s3:::reports/*" in s3.get_bucket_policy(Bucket="reports")["Policy"]
    assert [one for one in fresh_region.control.ignored() if one["resource"] in ("Bucket", "Policy")] == []


def test_a_rule_of_a_stack_starts_a_machine_with_what_its_transformer_makes(fresh_region: Region) -> None:
    stacks, machines = Stacks(fresh_region), Machines(fresh_region)
    machine = machines.create({"Give": passing(expression("$states.input.who"))})
    transformer = {"InputPathsMap": {"who": "$.detail.name"}, "InputTemplate": '{"who": "<who>"}'}
    target = {"Id": "machine", "Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}
    pattern = {"source": ["aws.states"], "detail": {"status": ["FAILED"]}}
    rule = {"EventPattern": pattern, "Targets": [target]}
    stacks.create({"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": rule}}})
    failed = machines.run({"Break": {"Type": "Fail"}})
    (listed,) = eventually(lambda: machines.steps.list_executions(stateMachineArn=machine)["executions"])
    assert output(machines.ended(listed["executionArn"])) == failed["name"]
    assert fresh_region.control.ignored() == []
