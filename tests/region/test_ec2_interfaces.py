"""CreateNetworkInterface, DescribeNetworkInterfaces, DeleteNetworkInterface, held to the EC2 API reference."""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import Delays, Quotas, world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, described, instance, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

TAGS: Any = [{"ResourceType": "network-interface", "Tags": [{"Key": "network", "Value": "n3"}]}]


def test_an_interface_is_described_as_aws_describes_it(ec2: "EC2Client", place: Place) -> None:
    made = interface(
        ec2, place.subnet, Description="n3", Groups=[place.group], PrivateIpAddress="10.0.0.40", TagSpecifications=TAGS
    )
    seen = described(ec2, made["NetworkInterfaceId"])
    assert seen == made
    assert seen["Status"] == "available"
    assert seen["InterfaceType"] == "interface"
    assert seen["OwnerId"] == "111122223333"
    assert seen["RequesterManaged"] is False
    assert seen["SourceDestCheck"] is True
    assert (seen["SubnetId"], seen["VpcId"], seen["AvailabilityZone"]) == (place.subnet, place.vpc, "eu-west-1a")
    assert seen["Groups"] == [{"GroupId": place.group, "GroupName": "nodes"}]
    assert seen["PrivateIpAddresses"] == [{"Primary": True, "PrivateIpAddress": "10.0.0.40"}]
    assert (seen["Ipv4Prefixes"], seen["Ipv6Prefixes"], seen["Ipv6Addresses"]) == ([], [], [])
    assert seen["TagSet"] == [{"Key": "network", "Value": "n3"}]
    assert "Attachment" not in seen


def test_without_groups_it_has_the_default_group_of_its_vpc(ec2: "EC2Client", place: Place) -> None:
    (group,) = interface(ec2, place.subnet)["Groups"]
    found = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]
    assert (found["GroupName"], found["VpcId"]) == ("default", place.vpc)


def test_private_dns_name_only_where_the_vpc_has_host_names(ec2: "EC2Client", place: Place) -> None:
    """VPC User Guide, "DNS attributes for your VPC": enableDnsHostnames."""
    assert "PrivateDnsName" not in interface(ec2, place.subnet)
    ec2.modify_vpc_attribute(VpcId=place.vpc, EnableDnsHostnames={"Value": True})
    made = interface(ec2, place.subnet, PrivateIpAddress="10.0.0.40")
    assert made["PrivateDnsName"] == "ip-10-0-0-40.eu-west-1.compute.internal"


@pytest.mark.parametrize(
    ("address", "code", "message"),
    [
        ("10.0.9.4", "InvalidParameterValue", "does not fall within the subnet's address range"),
        ("10.0.0.3", "InvalidParameterValue", "is in subnet's reserved address range"),
        ("10.0.0.255", "InvalidParameterValue", "is in subnet's reserved address range"),
        ("10.0.0.77", "InvalidIPAddress.InUse", "10.0.0.77"),
        ("ten", "InvalidParameterValue", ""),
    ],
)
def test_an_address_must_be_free_and_of_the_subnet(
    ec2: "EC2Client", place: Place, address: str, code: str, message: str
) -> None:
    interface(ec2, place.subnet, PrivateIpAddress="10.0.0.77")
    with refusal(code, message):
        interface(ec2, place.subnet, PrivateIpAddress=address)
    with refusal(code, message):
        interface(
            ec2,
            place.subnet,
            PrivateIpAddresses=[
                {"Primary": True, "PrivateIpAddress": "10.0.0.50"},
                {"Primary": False, "PrivateIpAddress": address},
            ],
        )
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_secondary_addresses_by_count_and_by_name(ec2: "EC2Client", place: Place) -> None:
    counted = interface(ec2, place.subnet, SecondaryPrivateIpAddressCount=3)
    assert [one["Primary"] for one in counted["PrivateIpAddresses"]] == [True, False, False, False]
    named = interface(
        ec2,
        place.subnet,
        PrivateIpAddresses=[
            {"Primary": False, "PrivateIpAddress": "10.0.0.91"},
            {"Primary": True, "PrivateIpAddress": "10.0.0.90"},
        ],
    )
    assert named["PrivateIpAddress"] == "10.0.0.90"
    assert [one["PrivateIpAddress"] for one in named["PrivateIpAddresses"]] == ["10.0.0.90", "10.0.0.91"]


def test_without_a_primary_among_named_addresses_ec2_chooses_one(ec2: "EC2Client", place: Place) -> None:
    """CloudFormation reference, AWS::EC2::NetworkInterface PrivateIpAddressSpecification."""
    named = [{"PrivateIpAddress": "10.0.0.90"}, {"PrivateIpAddress": "10.0.0.91", "Primary": False}]
    made = interface(ec2, place.subnet, PrivateIpAddresses=named)
    assert [one["PrivateIpAddress"] for one in made["PrivateIpAddresses"]] == ["10.0.0.4", "10.0.0.90", "10.0.0.91"]
    spec = {"DeviceIndex": 0, "SubnetId": place.subnet, "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.95"}]}
    launched = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        InstanceType="m5.large",
        NetworkInterfaces=[spec],  # type: ignore[list-item]
    )
    (eni,) = launched["Instances"][0]["NetworkInterfaces"]
    assert [one["PrivateIpAddress"] for one in eni["PrivateIpAddresses"]] == ["10.0.0.5", "10.0.0.95"]


def test_a_full_subnet_has_no_address_left(ec2: "EC2Client", place: Place) -> None:
    small = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    assert _free(ec2, small) == 11
    interface(ec2, small, SecondaryPrivateIpAddressCount=10)
    assert _free(ec2, small) == 0
    with refusal("InsufficientFreeAddressesInSubnet"):
        interface(ec2, small)


def test_groups_must_be_known_of_the_vpc_and_five_at_most(ec2: "EC2Client", place: Place) -> None:
    """EKS User Guide, "Security groups for Pods", quotes the code for CreateNetworkInterface; VPC quotas: 5."""
    with refusal("InvalidSecurityGroupID.NotFound", "sg-0123456789abcdef0"):
        interface(ec2, place.subnet, Groups=["sg-0123456789abcdef0"])
    foreign = ec2.create_security_group(GroupName="foreign", Description="in the default VPC")["GroupId"]
    with refusal("InvalidParameter"):
        interface(ec2, place.subnet, Groups=[foreign])
    six = [ec2.create_security_group(GroupName=f"g{n}", Description="g", VpcId=place.vpc)["GroupId"] for n in range(6)]
    assert len(interface(ec2, place.subnet, Groups=six[:5])["Groups"]) == 5
    with refusal("SecurityGroupsPerInterfaceLimitExceeded"):
        interface(ec2, place.subnet, Groups=six)


def test_an_unknown_subnet_is_refused(ec2: "EC2Client") -> None:
    with refusal("InvalidSubnetID.NotFound"):
        interface(ec2, "subnet-0123456789abcdef0")


def test_prefixes_are_assigned_and_counted(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Prefix delegation": /28, aligned; AvailableIpAddressCount loses all sixteen."""
    free = _free(ec2, place.subnet)
    by_count = interface(ec2, place.subnet, Ipv4PrefixCount=2)
    assert by_count["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.16/28"}, {"Ipv4Prefix": "10.0.0.32/28"}]
    by_name = interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.64/28"}])
    assert by_name["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.64/28"}]
    assert _free(ec2, place.subnet) == free - 3 * 16 - 2
    with refusal("InvalidIPAddress.InUse"):
        interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": "10.0.0.64/28"}])
    with refusal("InvalidIPAddress.InUse"):
        interface(ec2, place.subnet, PrivateIpAddress="10.0.0.70")


@pytest.mark.parametrize("prefix", ["10.0.0.64/27", "10.0.0.65/28", "10.0.0.0/28", "10.0.8.0/28", "x"])
def test_a_prefix_must_be_an_aligned_28_of_the_subnet(ec2: "EC2Client", place: Place, prefix: str) -> None:
    with refusal("InvalidParameterValue"):
        interface(ec2, place.subnet, Ipv4Prefixes=[{"Ipv4Prefix": prefix}])


@pytest.mark.parametrize(
    "both",
    [
        {"Ipv4PrefixCount": 1, "SecondaryPrivateIpAddressCount": 1},
        {"Ipv4PrefixCount": 1, "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.64/28"}]},
        {
            "Ipv4PrefixCount": 1,
            "PrivateIpAddresses": [
                {"Primary": True, "PrivateIpAddress": "10.0.0.9"},
                {"Primary": False, "PrivateIpAddress": "10.0.0.10"},
            ],
        },
        {"Ipv6PrefixCount": 1, "Ipv6AddressCount": 1},
        {"Ipv6AddressCount": 1, "Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}]},
    ],
)
def test_prefixes_and_addresses_of_one_family_exclude_each_other(
    ec2: "EC2Client", place: Place, both: dict[str, Any]
) -> None:
    with refusal("InvalidParameterCombination"):
        interface(ec2, place.subnet, **both)


def test_ipv6_addresses_and_prefixes(ec2: "EC2Client", place: Place) -> None:
    with refusal("InvalidParameterValue"):
        interface(ec2, place.subnet, Ipv6AddressCount=1)
    dual = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.7.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    counted = interface(ec2, dual["SubnetId"], Ipv6AddressCount=2)
    assert counted["Ipv6Addresses"] == [{"Ipv6Address": "2001:db8::4"}, {"Ipv6Address": "2001:db8::5"}]
    named = interface(ec2, dual["SubnetId"], Ipv6Addresses=[{"Ipv6Address": "2001:db8::99"}])
    assert named["Ipv6Addresses"] == [{"Ipv6Address": "2001:db8::99"}]
    prefixed = interface(ec2, dual["SubnetId"], Ipv6PrefixCount=1)
    assert prefixed["Ipv6Prefixes"] == [{"Ipv6Prefix": "2001:db8:0:0:1::/80"}]
    with refusal("InvalidIPAddress.InUse"):
        interface(ec2, dual["SubnetId"], Ipv6Addresses=[{"Ipv6Address": "2001:db8::99"}])


def test_the_same_token_makes_one_interface(ec2: "EC2Client", place: Place) -> None:
    """EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests"."""
    first = interface(ec2, place.subnet, ClientToken="t", Description="a")
    again = interface(ec2, place.subnet, ClientToken="t", Description="a")
    assert again == first
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1
    with refusal("IdempotentParameterMismatch"):
        interface(ec2, place.subnet, ClientToken="t", Description="b")
    assert (
        interface(ec2, place.subnet, ClientToken="T", Description="a")["NetworkInterfaceId"]
        != (first["NetworkInterfaceId"])
    )
    with refusal("InvalidParameterValue"):
        interface(ec2, place.subnet, ClientToken="x" * 65)


def test_a_failed_request_leaves_its_token_free(ec2: "EC2Client", place: Place) -> None:
    interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9", ClientToken="first")
    with refusal("InvalidIPAddress.InUse"):
        interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9", ClientToken="second")
    interface(ec2, place.subnet, ClientToken="second")


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": f"k{n}", "Value": ""} for n in range(51)], "TagLimitExceeded"),
        ([{"Key": "aws:mine", "Value": ""}], "InvalidParameterValue"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidParameterValue"),
        ([{"Key": "k" * 129, "Value": ""}], "InvalidParameterValue"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidParameterValue"),
    ],
)
def test_tags_obey_the_restrictions(ec2: "EC2Client", place: Place, tags: Any, code: str) -> None:
    """EC2 User Guide, "Tag your Amazon EC2 resources", tag restrictions."""
    with refusal(code):
        interface(ec2, place.subnet, TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}])
    made = interface(ec2, place.subnet)["NetworkInterfaceId"]
    with refusal(code):
        ec2.create_tags(Resources=[made], Tags=tags)
    assert described(ec2, made)["TagSet"] == []


def test_the_fifty_tags_count_together(ec2: "EC2Client", place: Place) -> None:
    made = interface(ec2, place.subnet)["NetworkInterfaceId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    ec2.create_tags(Resources=[made], Tags=[{"Key": "k1", "Value": "changed"}])
    with refusal("TagLimitExceeded"):
        ec2.create_tags(Resources=[made], Tags=[{"Key": "one more", "Value": ""}])


def test_only_what_exists_is_tagged(ec2: "EC2Client") -> None:
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        ec2.create_tags(Resources=["eni-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])
    with refusal("InvalidInstanceID.NotFound"):
        ec2.create_tags(Resources=["i-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])


def test_a_tag_specification_for_something_else_is_refused(ec2: "EC2Client", place: Place) -> None:
    with refusal("InvalidParameterValue", "is not a valid taggable resource type"):
        interface(ec2, place.subnet, TagSpecifications=[{"ResourceType": "instance", "Tags": []}])


def test_a_new_interface_is_unknown_for_a_while(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EC2 Developer Guide, "Eventual consistency in the Amazon EC2 API"."""
    instance_id = run(ec2, place.subnet)
    monkeypatch.setattr(world, "delays", Delays(visibility=5))
    made = interface(ec2, place.subnet)["NetworkInterfaceId"]
    before = len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    calls: list[Any] = [
        lambda: described(ec2, made),
        lambda: ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=instance_id, DeviceIndex=1),
        lambda: ec2.modify_network_interface_attribute(NetworkInterfaceId=made, Description={"Value": "x"}),
        lambda: ec2.delete_network_interface(NetworkInterfaceId=made),
        lambda: ec2.create_tags(Resources=[made], Tags=[{"Key": "a", "Value": "b"}]),
    ]
    for call in calls:
        with refusal("InvalidNetworkInterfaceID.NotFound", made):
            call()
    clock.advance(5)
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == before + 1
    assert described(ec2, made)["Status"] == "available"


def test_deleting_frees_the_address_when_it_is_done(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "delays", Delays(delete=3))
    made = interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9")["NetworkInterfaceId"]
    ec2.delete_network_interface(NetworkInterfaceId=made)
    assert described(ec2, made)["Status"] == "available"
    with refusal("InvalidIPAddress.InUse"):
        interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9")
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        ec2.delete_network_interface(NetworkInterfaceId=made)
    clock.advance(3)
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        described(ec2, made)
    interface(ec2, place.subnet, PrivateIpAddress="10.0.0.9")
    assert not ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [made]}])["Tags"]


def test_a_subnet_with_an_interface_cannot_be_deleted(ec2: "EC2Client", place: Place) -> None:
    """API reference, DeleteSubnet."""
    made = interface(ec2, place.subnet)["NetworkInterfaceId"]
    with refusal("DependencyViolation"):
        ec2.delete_subnet(SubnetId=place.subnet)
    ec2.delete_network_interface(NetworkInterfaceId=made)
    ec2.delete_subnet(SubnetId=place.subnet)


def test_a_dry_run_does_nothing(ec2: "EC2Client", place: Place) -> None:
    with refusal("DryRunOperation"):
        ec2.create_network_interface(SubnetId=place.subnet, DryRun=True)
    assert not ec2.describe_network_interfaces()["NetworkInterfaces"]


def test_what_this_region_has_not_is_an_invalid_action(ec2: "EC2Client") -> None:
    with refusal("InvalidAction"):
        ec2.describe_local_gateways()


def _free(ec2: "EC2Client", subnet: str) -> int:
    return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"]


def test_an_account_has_so_many_interfaces(ec2: "EC2Client", place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """VPC User Guide, "Amazon VPC quotas": 5,000 network interfaces per Region; those of instances count too."""
    assert Quotas().network_interfaces == 5000
    monkeypatch.setattr(world, "quotas", Quotas(network_interfaces=2))
    run(ec2, place.subnet)
    first = interface(ec2, place.subnet)["NetworkInterfaceId"]
    for refused in (lambda: interface(ec2, place.subnet), lambda: run(ec2, place.subnet)):
        with refusal("NetworkInterfaceLimitExceeded"):
            refused()
    ec2.delete_network_interface(NetworkInterfaceId=first)
    interface(ec2, place.subnet)


def test_tags_of_aws_do_not_count(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Tag your Amazon EC2 resources": tags with the prefix aws: do not count against the limit."""
    data = {"ImageId": "ami-12345678", "InstanceType": "m5.large"}
    ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=data)  # type: ignore[arg-type]
    node = run(ec2, place.subnet, LaunchTemplate={"LaunchTemplateName": "nodes"})
    assert any(tag["Key"].startswith("aws:") for tag in instance(ec2, node)["Tags"])
    ec2.create_tags(Resources=[node], Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    with refusal("TagLimitExceeded"):
        ec2.create_tags(Resources=[node], Tags=[{"Key": "k50", "Value": ""}])
