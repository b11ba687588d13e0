"""Stacks make EC2 and Auto Scaling resources in the models that answer the API."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": "10.0.1.0/24",
                "AvailabilityZone": "eu-west-1a",
                "Tags": [{"Key": "Name", "Value": "a"}],
            },
        },
        "Nodes": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "nodes", "VpcId": {"Ref": "Vpc"}},
        },
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {
                "LaunchTemplateName": "nodes",
                "LaunchTemplateData": {
                    "ImageId": "ami-12c6146b",
                    "InstanceType": "m5.large",
                    "SecurityGroupIds": [{"Fn::GetAtt": ["Nodes", "GroupId"]}],
                },
            },
        },
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "AutoScalingGroupName": "nodes",
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "Template"},
                    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
                },
                "MinSize": "1",
                "MaxSize": "2",
                "VPCZoneIdentifier": [{"Ref": "Subnet"}],
            },
        },
    },
    "Outputs": {"Subnet": {"Value": {"Ref": "Subnet"}}},
}


def deploy(region: Region, template: dict[str, Any], name: str = "cluster") -> dict[str, Any]:
    formation = region.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    return dict(formation.describe_stacks(StackName=name)["Stacks"][0])


def test_a_network_and_a_group_are_there_and_gone_with_their_stack(fresh_region: Region) -> None:
    stack = deploy(fresh_region, TEMPLATE)
    ec2, autoscaling = fresh_region.client("ec2"), fresh_region.client("autoscaling")
    subnet = stack["Outputs"][0]["OutputValue"]
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    instance = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert (group["VPCZoneIdentifier"], instance["SubnetId"]) == (subnet, subnet)
    assert [one["GroupName"] for one in instance["SecurityGroups"]] == ["cluster-Nodes"]
    formation = fresh_region.client("cloudformation")
    formation.delete_stack(StackName="cluster")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="cluster", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]] == ["172.31.0.0/16"]


def test_a_type_that_the_models_do_not_have_fails_the_stack(fresh_region: Region) -> None:
    template = {"Resources": {"Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {}}}}
    with pytest.raises(ClientError, match="AWS::EKS::Nodegroup"):
        deploy(fresh_region, template, "unknown")
