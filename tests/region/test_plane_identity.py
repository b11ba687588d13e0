"""IAM in the region: who called, and with enforcement on, whether a policy allows it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.region import Region

ACCOUNT = "111122223333"


class Role:
    """A role whose inline policy a test sets, and clients that have assumed it."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._iam = region.client("iam")
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        self._iam.create_role(RoleName="tester", AssumeRolePolicyDocument=json.dumps(trust))
        arn = f"arn:aws:iam::{ACCOUNT}:role/tester"
        self._keys = region.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]

    def allow(self, *statements: dict[str, Any]) -> None:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        self._iam.put_role_policy(RoleName="tester", PolicyName="it", PolicyDocument=json.dumps(document))

    def client(self, service: str) -> Any:
        return self._region.client(
            service,
            aws_access_key_id=self._keys["AccessKeyId"],
            aws_secret_access_key=self._keys["SecretAccessKey"],
            aws_session_token=self._keys["SessionToken"],
        )


@pytest.fixture
def role(fresh_region: Region) -> Iterator[Role]:
    made = Role(fresh_region)
    fresh_region.control.enforce_identity(on=True)
    yield made
    fresh_region.control.enforce_identity(on=False)


def denied(call: Any) -> bool:
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"):
            raise
        return True
    return False


def network(region: Region) -> tuple[str, str]:
    """A subnet and a security group of the default VPC's making."""
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    return subnet, group


def arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{kind}/{name}"


def test_the_log_says_which_role_made_a_call(fresh_region: Region) -> None:
    Role(fresh_region).client("ec2").describe_vpcs()
    assert [call.caller for call in fresh_region.control.calls("ec2")] == [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/tester/me"
    ]


def test_without_enforcement_a_role_may_do_anything(fresh_region: Region) -> None:
    assert not denied(Role(fresh_region).client("ec2").describe_vpcs)


def test_with_enforcement_a_role_needs_a_policy_and_the_root_does_not(fresh_region: Region, role: Role) -> None:
    assert denied(role.client("ec2").describe_vpcs)
    role.allow({"Action": "ec2:DescribeVpcs", "Resource": "*"})
    assert not denied(role.client("ec2").describe_vpcs)
    assert denied(role.client("sqs").list_queues)
    assert not denied(fresh_region.client("sqs").list_queues)


def test_creating_an_interface_is_checked_on_the_interface_the_subnet_and_the_groups(
    fresh_region: Region, role: Role
) -> None:
    """Service authorization reference, Amazon EC2, CreateNetworkInterface."""
    subnet, group = network(fresh_region)
    ec2 = role.client("ec2")

    def create() -> None:
        ec2.create_network_interface(SubnetId=subnet, Groups=[group])

    wanted = [arn("network-interface", "*"), arn("subnet", subnet), arn("security-group", group)]
    for missing in wanted:
        role.allow({"Action": "ec2:CreateNetworkInterface", "Resource": [one for one in wanted if one != missing]})
        assert denied(create), missing
    role.allow({"Action": "ec2:CreateNetworkInterface", "Resource": wanted})
    assert not denied(create)


def test_tags_at_creation_need_create_tags_and_are_seen_as_request_tags(fresh_region: Region, role: Role) -> None:
    """EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"."""
    subnet, _ = network(fresh_region)
    ec2 = role.client("ec2")

    def create(owner: str) -> None:
        tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "owner", "Value": owner}]}]
        ec2.create_network_interface(SubnetId=subnet, TagSpecifications=tags)

    make = {"Action": "ec2:CreateNetworkInterface", "Resource": "*"}
    tag: dict[str, Any] = {"Action": "ec2:CreateTags", "Resource": arn("network-interface", "*")}
    role.allow(make)
    assert denied(lambda: create("us"))
    role.allow(make, {**tag, "Condition": {"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}}})
    assert not denied(lambda: create("us"))
    role.allow(make, {**tag, "Condition": {"StringEquals": {"aws:RequestTag/owner": "us"}}})
    assert not denied(lambda: create("us"))
    assert denied(lambda: create("them"))


def test_request_tags_say_nothing_about_the_subnet(fresh_region: Region, role: Role) -> None:
    """The reference lists aws:RequestTag for the interface of CreateNetworkInterface, not for subnets and groups."""
    subnet, _ = network(fresh_region)
    condition = {"StringEquals": {"aws:RequestTag/owner": "us"}}
    role.allow(
        {"Action": "ec2:CreateNetworkInterface", "Resource": "*", "Condition": condition},
        {"Action": "ec2:CreateTags", "Resource": "*"},
    )
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "owner", "Value": "us"}]}]
    assert denied(lambda: role.client("ec2").create_network_interface(SubnetId=subnet, TagSpecifications=tags))


def test_deleting_can_depend_on_the_interfaces_tags(fresh_region: Region, role: Role) -> None:
    subnet, _ = network(fresh_region)
    ec2 = fresh_region.client("ec2")
    ours, theirs = (
        ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"] for _ in range(2)
    )
    ec2.create_tags(Resources=[ours], Tags=[{"Key": "owner", "Value": "us"}])
    for key in ("aws:ResourceTag/owner", "ec2:ResourceTag/owner"):
        condition = {"StringEquals": {key: "us"}}
        role.allow({"Action": "ec2:DeleteNetworkInterface", "Resource": "*", "Condition": condition})
        assert denied(lambda: role.client("ec2").delete_network_interface(NetworkInterfaceId=theirs))
    assert not denied(lambda: role.client("ec2").delete_network_interface(NetworkInterfaceId=ours))


def test_attaching_is_checked_on_the_instance_and_on_the_interface(fresh_region: Region, role: Role) -> None:
    """Service authorization reference, Amazon EC2, AttachNetworkInterface."""
    subnet, _ = network(fresh_region)
    ec2 = fresh_region.client("ec2")
    instance = ec2.run_instances(
        ImageId="ami-12c6146b", InstanceType="m5.large", SubnetId=subnet, MinCount=1, MaxCount=1
    )["Instances"][0]["InstanceId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]

    def attach() -> None:
        role.client("ec2").attach_network_interface(InstanceId=instance, NetworkInterfaceId=interface, DeviceIndex=1)

    wanted = [arn("instance", instance), arn("network-interface", interface)]
    for only in wanted:
        role.allow({"Action": "ec2:AttachNetworkInterface", "Resource": only})
        assert denied(attach), only
    role.allow({"Action": "ec2:AttachNetworkInterface", "Resource": wanted})
    assert not denied(attach)


def test_launching_is_checked_on_what_is_made_and_what_it_is_made_of(fresh_region: Region, role: Role) -> None:
    """Service authorization reference, Amazon EC2, RunInstances; an image's ARN names no account."""
    subnet, group = network(fresh_region)
    ec2 = role.client("ec2")

    def launch(owner: str = "us") -> None:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": owner}]}]
        ec2.run_instances(
            ImageId="ami-12c6146b",
            InstanceType="m5.large",
            SubnetId=subnet,
            SecurityGroupIds=[group],
            MinCount=1,
            MaxCount=1,
            TagSpecifications=tags,
        )

    made = [arn("instance", "*"), arn("network-interface", "*"), arn("volume", "*")]
    wanted = [*made, arn("subnet", subnet), arn("security-group", group), "arn:aws:ec2:eu-west-1::image/ami-12c6146b"]
    tag = {"Action": "ec2:CreateTags", "Resource": arn("instance", "*")}
    for missing in wanted:
        role.allow({"Action": "ec2:RunInstances", "Resource": [one for one in wanted if one != missing]}, tag)
        assert denied(launch), missing
    role.allow({"Action": "ec2:RunInstances", "Resource": wanted})
    assert denied(launch)
    role.allow({"Action": "ec2:RunInstances", "Resource": wanted}, tag)
    assert not denied(launch)
    condition = {"StringEquals": {"aws:RequestTag/owner": "us"}}
    role.allow(
        {"Action": "ec2:RunInstances", "Resource": wanted[1:]},
        tag,
        {"Action": "ec2:RunInstances", "Resource": wanted[0], "Condition": condition},
    )
    assert not denied(launch)
    assert denied(lambda: launch("them"))


def test_tagging_is_checked_on_every_resource(fresh_region: Region, role: Role) -> None:
    subnet, group = network(fresh_region)
    role.allow({"Action": "ec2:CreateTags", "Resource": arn("subnet", subnet)})
    tags = [{"Key": "a", "Value": "b"}]
    assert denied(lambda: role.client("ec2").create_tags(Resources=[subnet, group], Tags=tags))
    assert not denied(lambda: role.client("ec2").create_tags(Resources=[subnet], Tags=tags))


def test_calls_to_a_group_can_depend_on_its_name_and_its_tags(fresh_region: Region, role: Role) -> None:
    """Service authorization reference, Amazon EC2 Auto Scaling: autoScalingGroup, aws:ResourceTag."""
    subnet, _ = network(fresh_region)
    root = fresh_region.client("autoscaling")
    root.create_launch_configuration(LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="m5.large")
    for name in ("ours", "theirs"):
        root.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="l",
            MinSize=0,
            MaxSize=1,
            VPCZoneIdentifier=subnet,
            Tags=[{"Key": "owner", "Value": name, "PropagateAtLaunch": False}],
        )
    autoscaling = role.client("autoscaling")

    def resize(name: str) -> None:
        autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=0)

    every = f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/"
    tagged = {"Condition": {"StringEquals": {"aws:ResourceTag/owner": "ours"}}}
    for policy in ({"Resource": every + "ours"}, {"Resource": every + "*", **tagged}):
        role.allow({"Action": "autoscaling:SetDesiredCapacity", **policy})
        assert not denied(lambda: resize("ours"))
        assert denied(lambda: resize("theirs"))


def test_publishing_events_can_depend_on_their_source(fresh_region: Region, role: Role) -> None:
    """Amazon EventBridge user guide, "Using IAM policy conditions": events:source."""
    role.allow(
        {"Action": "events:PutEvents", "Resource": "*", "Condition": {"StringEquals": {"events:source": "mine"}}}
    )

    def put(*sources: str) -> None:
        entries = [{"Source": source, "DetailType": "d", "Detail": "{}"} for source in sources]
        role.client("events").put_events(Entries=entries)

    assert not denied(lambda: put("mine"))
    assert denied(lambda: put("yours"))
    assert denied(lambda: put("mine", "yours"))


def test_elastic_ips_are_checked_with_the_interface(fresh_region: Region, role: Role) -> None:
    """Service authorization reference: AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress."""
    subnet, _ = network(fresh_region)
    root, ec2 = fresh_region.client("ec2"), role.client("ec2")
    gateway = root.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    vpc = root.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    root.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    eni = root.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    role.allow({"Action": "ec2:AllocateAddress", "Resource": arn("elastic-ip", "*")})
    allocation = ec2.allocate_address()["AllocationId"]
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "use", "Value": "upf"}]}]
    assert denied(lambda: ec2.allocate_address(TagSpecifications=tags))

    def associate() -> None:
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni)

    def disassociate() -> None:
        (address,) = root.describe_addresses(AllocationIds=[allocation])["Addresses"]
        ec2.disassociate_address(AssociationId=address["AssociationId"])

    both = [arn("elastic-ip", allocation), arn("network-interface", eni)]
    for action, call in (("ec2:AssociateAddress", associate), ("ec2:DisassociateAddress", disassociate)):
        for one in both:
            role.allow({"Action": action, "Resource": one})
            assert denied(call), one
        role.allow({"Action": action, "Resource": both})
        assert not denied(call)
    role.allow({"Action": "ec2:ReleaseAddress", "Resource": arn("elastic-ip", "eipalloc-other")})
    assert denied(lambda: ec2.release_address(AllocationId=allocation))
    role.allow({"Action": "ec2:ReleaseAddress", "Resource": both})
    assert not denied(lambda: ec2.release_address(AllocationId=allocation))


def test_assigning_addresses_is_checked_on_the_interface_and_where_it_lives(fresh_region: Region, role: Role) -> None:
    """Service authorization reference, AssignPrivateIpAddresses: network-interface, with ec2:Subnet and ec2:Vpc."""
    subnet, _ = network(fresh_region)
    eni = fresh_region.client("ec2").create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2 = role.client("ec2")

    def assign() -> None:
        ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)

    for where, refused in ((arn("subnet", "subnet-other"), True), (arn("subnet", subnet), False)):
        condition = {"ArnEquals": {"ec2:Subnet": where}}
        role.allow(
            {
                "Action": "ec2:AssignPrivateIpAddresses",
                "Resource": arn("network-interface", "*"),
                "Condition": condition,
            }
        )
        assert denied(assign) is refused


def test_what_prepares_a_subnet_is_checked_on_it_and_on_its_route_table(fresh_region: Region, role: Role) -> None:
    """Service authorization reference: CreateSubnetCidrReservation and ModifySubnetAttribute on subnet, CreateRoute,
    ReplaceRoute and DeleteRoute on route-table; both with ec2:Vpc; tags by ec2:CreateTags on the reservation."""
    subnet, _ = network(fresh_region)
    root, ec2 = fresh_region.client("ec2"), role.client("ec2")
    vpc = root.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    table = root.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    egress = root.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    route = {
        "RouteTableId": table,
        "DestinationIpv6CidrBlock": "::/0",
        "EgressOnlyInternetGatewayId": egress["EgressOnlyInternetGatewayId"],
    }
    tags = [{"ResourceType": "subnet-cidr-reservation", "Tags": [{"Key": "cluster", "Value": "prod"}]}]
    reserve = {"SubnetId": subnet, "Cidr": "10.0.0.128/25", "ReservationType": "explicit", "TagSpecifications": tags}
    calls: dict[str, tuple[str, Any]] = {
        "CreateRoute": (arn("route-table", table), lambda: ec2.create_route(**route)),
        "ReplaceRoute": (arn("route-table", table), lambda: ec2.replace_route(**route)),
        "DeleteRoute": (
            arn("route-table", table),
            lambda: ec2.delete_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0"),
        ),
        "ModifySubnetAttribute": (
            arn("subnet", subnet),
            lambda: ec2.modify_subnet_attribute(SubnetId=subnet, EnableDns64={"Value": True}),
        ),
    }
    for action, (resource, call) in calls.items():
        for where, refused in (("vpc-other", True), (vpc, False)):
            condition = {"ArnEquals": {"ec2:Vpc": arn("vpc", where)}}
            role.allow({"Action": f"ec2:{action}", "Resource": resource, "Condition": condition})
            assert denied(call) is refused, action
        role.allow({"Action": f"ec2:{action}", "Resource": f"{resource}x"})
        assert denied(call), action
    made = {"Action": "ec2:CreateSubnetCidrReservation", "Resource": arn("subnet", subnet)}
    role.allow(made)
    assert denied(lambda: ec2.create_subnet_cidr_reservation(**reserve))
    role.allow(
        made,
        {
            "Action": "ec2:CreateTags",
            "Resource": arn("subnet-cidr-reservation", "*"),
            "Condition": {"StringEquals": {"ec2:CreateAction": "CreateSubnetCidrReservation"}},
        },
    )
    assert not denied(lambda: ec2.create_subnet_cidr_reservation(**reserve))


def test_calls_count_as_encrypted_as_those_of_aws_s_endpoints_are(fresh_region: Region, role: Role) -> None:
    """ "AWS global condition context keys", IAM User Guide: aws:SecureTransport."""
    s3, bucket = fresh_region.client("s3"), "arn:aws:s3:::reports"
    s3.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    role.allow({"Action": "s3:PutObject", "Resource": f"{bucket}/*"})

    def written_unless(secure: str) -> bool:
        condition = {"Bool": {"aws:SecureTransport": secure}}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{bucket}/*", "Condition": condition}
        document = {"Version": "2012-10-17", "Statement": [deny]}
        s3.put_bucket_policy(Bucket="reports", Policy=json.dumps(document))
        return not denied(lambda: role.client("s3").put_object(Bucket="reports", Key="r", Body=b"."))

    assert written_unless("false")
    assert not written_unless("true")
