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


HOOKED: dict[str, Any] = {
    "Parameters": {
        "Image": {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
        },
        "Wait": {"Type": "String", "Default": True, "AllowedValues": [True, False]},
    },
    "Resources": {
        **{name: TEMPLATE["Resources"][name] for name in ("Vpc", "Subnet", "Nodes")},
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": {"Ref": "Image"}, "InstanceType": "m5.large"}},
        },
        "Group": TEMPLATE["Resources"]["Group"],
        "Hook": {
            "Type": "AWS::AutoScaling::LifecycleHook",
            "Properties": {
                "AutoScalingGroupName": {"Ref": "Group"},
                "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
                "HeartbeatTimeout": "300",
                "DefaultResult": "ABANDON",
            },
        },
        "Rule": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {
                "GroupId": {"Ref": "Nodes"},
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "DestinationSecurityGroupId": {"Ref": "Nodes"},
            },
        },
        "Counter": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": "arn:aws:iam::111122223333:role/tester",
                "Code": {
                    "ZipFile": "import cfnresponse\n"
                    "def handler(event, context):\n"
                    "    wait = event['ResourceProperties']['Wait']\n"
                    "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Wait': wait}, 'counted')\n"
                },
            },
        },
        "Count": {
            "Type": "Custom::Count",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Counter", "Arn"]}, "Wait": {"Ref": "Wait"}},
        },
    },
    "Outputs": {"Hook": {"Value": {"Ref": "Hook"}}, "Wait": {"Value": {"Fn::GetAtt": ["Count", "Wait"]}}},
}


def test_a_node_group_as_public_templates_write_it(fresh_region: Region) -> None:
    """Hooks and rules as resources of their own, an image by its public parameter, an inline custom resource.

    CloudFormation template reference, AWS::AutoScaling::LifecycleHook and AWS::EC2::SecurityGroupEgress; user guide,
    "cfn-response module".
    """
    stack = deploy(fresh_region, HOOKED)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    ec2, autoscaling = fresh_region.client("ec2"), fresh_region.client("autoscaling")
    (hook,) = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="nodes")["LifecycleHooks"]
    assert (hook["LifecycleHookName"], hook["HeartbeatTimeout"]) == (outputs["Hook"], 300)
    # Written as the boolean of JSON; a parameter is a string, and a boolean's is in lower case.
    assert outputs["Wait"] == "true"
    (instance,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    assert instance["ImageId"].startswith("ami-")
    named = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["cluster-Nodes"]}])
    (group,) = named["SecurityGroups"]
    assert [rule["FromPort"] for rule in group["IpPermissionsEgress"] if "FromPort" in rule] == [443]
    formation = fresh_region.client("cloudformation")
    formation.delete_stack(StackName="cluster")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="cluster", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_an_updated_hook_changes_and_a_removed_one_is_taken_off(fresh_region: Region) -> None:
    deploy(fresh_region, HOOKED)
    formation, autoscaling = fresh_region.client("cloudformation"), fresh_region.client("autoscaling")
    changed = json.loads(json.dumps(HOOKED))
    changed["Resources"]["Hook"]["Properties"]["HeartbeatTimeout"] = "600"
    without = {name: one for name, one in HOOKED["Resources"].items() if name != "Hook"}
    for template, timeouts in ((changed, [600]), ({**HOOKED, "Resources": without, "Outputs": {}}, [])):
        formation.update_stack(StackName="cluster", TemplateBody=json.dumps(template))
        formation.get_waiter("stack_update_complete").wait(
            StackName="cluster", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="nodes")["LifecycleHooks"]
        assert [hook["HeartbeatTimeout"] for hook in hooks] == timeouts


def network() -> dict[str, Any]:
    """A VPC with a public subnet, as the templates of EKS's user guide make it, and an instance in it."""

    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::EC2::{kind}", "Properties": properties}

    vpc, table, gateway, subnet = ({"Ref": name} for name in ("Vpc", "Table", "Gateway", "Subnet"))
    nic = {"DeviceIndex": "0", "SubnetId": subnet, "GroupSet": [{"Ref": "Nodes"}], "AssociatePublicIpAddress": "true"}
    return {
        "Resources": {
            "Vpc": resource("VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True, EnableDnsSupport=True),
            "Subnet": TEMPLATE["Resources"]["Subnet"],
            "Nodes": TEMPLATE["Resources"]["Nodes"],
            "Gateway": resource("InternetGateway"),
            "Attachment": resource("VPCGatewayAttachment", VpcId=vpc, InternetGatewayId=gateway),
            "Table": resource("RouteTable", VpcId=vpc),
            "Route": {
                **resource("Route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway),
                "DependsOn": "Attachment",
            },
            "Association": resource("SubnetRouteTableAssociation", RouteTableId=table, SubnetId=subnet),
            "Address": resource("EIP", Domain="vpc"),
            "Nat": resource("NatGateway", SubnetId=subnet, AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]}),
            "Multus": resource("NetworkInterface", SubnetId=subnet),
            "Template": resource("LaunchTemplate", LaunchTemplateData={"InstanceType": "m5.large"}),
            "Host": resource("Instance", ImageId="ami-12c6146b", InstanceType="m5.large", NetworkInterfaces=[nic]),
        },
        "Outputs": {"Host": {"Value": {"Fn::GetAtt": ["Host", "PublicIp"]}}},
    }


def test_all_that_a_stack_made_goes_with_it(fresh_region: Region) -> None:
    """CloudFormation user guide, "Delete a stack": it deletes the stack and all its resources."""
    ec2, formation = fresh_region.client("ec2"), fresh_region.client("cloudformation")
    stack = deploy(fresh_region, network())
    (host,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    (nic,) = host["NetworkInterfaces"]
    assert nic["PrivateDnsName"].startswith("ip-10-0-1-")
    assert nic["Association"]["PublicIp"] == stack["Outputs"][0]["OutputValue"]
    assert [group["GroupName"] for group in nic["Groups"]] == ["cluster-Nodes"]
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 3
    formation.delete_stack(StackName="cluster")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="cluster", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    left = {
        "NetworkInterfaces": ec2.describe_network_interfaces(),
        "Addresses": ec2.describe_addresses(),
        "InternetGateways": ec2.describe_internet_gateways(),
        "LaunchTemplates": ec2.describe_launch_templates(),
    }
    assert {name: answer[name] for name, answer in left.items()} == {name: [] for name in left}
    assert [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]] == ["172.31.0.0/16"]
    assert len(ec2.describe_route_tables()["RouteTables"]) == 1
    assert fresh_region.control.ignored() == []
