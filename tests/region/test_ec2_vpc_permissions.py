"""What IAM is asked before a VPC, a route table or a launch template is changed.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon EC2", Resource types of each
action.
"""

from typing import TYPE_CHECKING

from local.plane.resources import checks
from local.world import ACCOUNT, REGION
from tests.region.ec2_client import Place

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def asked(action: str, **named: str) -> list[tuple[str, str]]:
    """(action, resource without account and region) of each decision."""
    params = {"Action": [action]} | {name.replace("_", "."): [value] for name, value in named.items()}
    base = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
    return [(one.action, one.resource.removeprefix(base)) for one in checks("ec2", params, REGION, ACCOUNT)]


def test_blocks_belong_to_their_vpc(ec2: "EC2Client", place: Place) -> None:
    vpc = f"vpc/{place.vpc}"
    assert asked("AssociateVpcCidrBlock", VpcId=place.vpc) == [("ec2:AssociateVpcCidrBlock", vpc)]
    made = ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock="100.64.0.0/16")["CidrBlockAssociation"]
    found = asked("DisassociateVpcCidrBlock", AssociationId=made["AssociationId"])
    assert found == [("ec2:DisassociateVpcCidrBlock", vpc)]


def test_a_subnet_is_made_in_a_vpc_and_tagged_by_a_right_of_its_own(place: Place) -> None:
    tags = {"TagSpecification_1_ResourceType": "subnet", "TagSpecification_1_Tag_1_Key": "Name"}
    assert asked("CreateSubnet", VpcId=place.vpc, **tags) == [
        ("ec2:CreateSubnet", "subnet/*"),
        ("ec2:CreateSubnet", f"vpc/{place.vpc}"),
        ("ec2:CreateTags", "subnet/*"),
    ]
    assert asked("DeleteSubnet", SubnetId=place.subnet) == [("ec2:DeleteSubnet", f"subnet/{place.subnet}")]


def test_a_route_tables_association_is_the_table_and_the_subnet(ec2: "EC2Client", place: Place) -> None:
    table = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=place.subnet)["AssociationId"]
    assert [resource for _, resource in asked("DisassociateRouteTable", AssociationId=association)] == [
        f"route-table/{table}",
        f"subnet/{place.subnet}",
    ]


def test_a_network_acls_association_is_the_acl_and_the_subnet(ec2: "EC2Client", place: Place) -> None:
    (acl, *_) = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [place.subnet]}])[
        "NetworkAcls"
    ]
    (association,) = [one for one in acl["Associations"] if one["SubnetId"] == place.subnet]
    found = asked("ReplaceNetworkAclAssociation", AssociationId=association["NetworkAclAssociationId"])
    assert [resource for _, resource in found] == [f"network-acl/{acl['NetworkAclId']}", f"subnet/{place.subnet}"]


def test_a_template_is_the_same_by_id_and_by_name(ec2: "EC2Client") -> None:
    made = ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData={"ImageId": "ami-1"})
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    wanted = [("ec2:CreateLaunchTemplateVersion", f"launch-template/{template}")]
    assert asked("CreateLaunchTemplateVersion", LaunchTemplateId=template) == wanted
    assert asked("CreateLaunchTemplateVersion", LaunchTemplateName="mine") == wanted
    assert asked("CreateLaunchTemplate", LaunchTemplateName="new") == [
        ("ec2:CreateLaunchTemplate", "launch-template/*")
    ]
