"""Filters and pages of the Describe calls. Sources: API reference; EC2 User Guide, "Filter Amazon EC2 resources"."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import refusal
from tests.region.ec2_client import Place, described, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture
def fleet(ec2: "EC2Client", place: Place) -> dict[str, str]:
    """A node with its primary and one more interface, and one interface of nobody in another zone."""
    node = run(
        ec2, place.subnet, TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "n", "Value": "1"}]}]
    )
    tags: Any = [{"ResourceType": "network-interface", "Tags": [{"Key": "cluster", "Value": "prod-eu"}]}]
    extra = interface(
        ec2,
        place.subnet,
        Description="Multus (n3)",
        Groups=[place.group],
        TagSpecifications=tags,
        PrivateIpAddresses=[
            {"Primary": True, "PrivateIpAddress": "10.0.0.90"},
            {"Primary": False, "PrivateIpAddress": "10.0.0.91"},
        ],
    )["NetworkInterfaceId"]
    ec2.attach_network_interface(NetworkInterfaceId=extra, InstanceId=node, DeviceIndex=2)
    ec2.modify_network_interface_attribute(NetworkInterfaceId=extra, SourceDestCheck={"Value": False})
    return {"node": node, "extra": extra, "free": interface(ec2, place.other_zone)["NetworkInterfaceId"]}


def found(ec2: "EC2Client", name: str, *values: str) -> set[str]:
    answer = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": list(values)}])
    return {eni["NetworkInterfaceId"] for eni in answer["NetworkInterfaces"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tag:cluster", "prod-eu"),
        ("tag:cluster", "prod*"),
        ("tag:cluster", "pro?-e?"),
        ("tag-key", "cluster"),
        ("tag-key", "clu*"),
        ("attachment.device-index", "2"),
        ("attachment.delete-on-termination", "false"),
        ("addresses.private-ip-address", "10.0.0.91"),
        ("private-ip-address", "10.0.0.90"),
        ("addresses.primary", "false"),
        ("description", "Multus (n3)"),
        ("description", "*(n3)"),
        ("source-dest-check", "false"),
        ("group-name", "nodes"),
    ],
)
def test_a_filter_finds_the_one_that_it_is_for(ec2: "EC2Client", fleet: dict[str, str], name: str, value: str) -> None:
    assert found(ec2, name, value) == {fleet["extra"]}


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("attachment.status", "attached", 2),
        ("status", "available", 1),
        ("status", "in-use", 2),
        ("availability-zone", "eu-west-1b", 1),
        ("owner-id", "111122223333", 3),
        ("requester-managed", "true", 0),
        ("interface-type", "interface", 3),
        ("ipv6-addresses.ipv6-address", "*", 0),
        ("mac-address", "02:*", 3),
        ("private-ip-address", "10.0.0.91", 0),
        ("tag:cluster", "PROD-EU", 0),
        ("tag:cluster", "prod", 0),
        ("tag:absent", "*", 0),
        ("description", r"Multus \(n3\)", 1),
        ("description", r"\*", 0),
        ("attachment.device-index", "0", 1),
    ],
)
def test_a_filter_finds_as_many_as_there_are(
    ec2: "EC2Client", fleet: dict[str, str], name: str, value: str, count: int
) -> None:
    assert len(found(ec2, name, value)) == count


def test_filters_by_ids(ec2: "EC2Client", place: Place, fleet: dict[str, str]) -> None:
    attachment = described(ec2, fleet["extra"])["Attachment"]["AttachmentId"]
    assert found(ec2, "attachment.attachment-id", attachment) == {fleet["extra"]}
    assert found(ec2, "group-id", place.group) == {fleet["extra"]}
    assert len(found(ec2, "attachment.instance-id", fleet["node"])) == 2
    assert found(ec2, "subnet-id", place.other_zone) == {fleet["free"]}
    assert len(found(ec2, "vpc-id", place.vpc)) == 3
    assert found(ec2, "network-interface-id", fleet["free"], fleet["extra"]) == {fleet["free"], fleet["extra"]}


def test_values_are_alternatives_and_filters_add_up(ec2: "EC2Client", fleet: dict[str, str]) -> None:
    assert len(found(ec2, "status", "available", "in-use")) == 3
    both = ec2.describe_network_interfaces(
        Filters=[{"Name": "status", "Values": ["in-use"]}, {"Name": "tag:cluster", "Values": ["*"]}]
    )
    assert [eni["NetworkInterfaceId"] for eni in both["NetworkInterfaces"]] == [fleet["extra"]]


def test_an_unknown_filter_is_refused(ec2: "EC2Client") -> None:
    filters: Any = [{"Name": "colour", "Values": ["red"]}]
    with refusal("InvalidParameterValue", "The filter 'colour' is invalid"):
        ec2.describe_network_interfaces(Filters=filters)
    with refusal("InvalidParameterValue", "The filter 'colour' is invalid"):
        ec2.describe_instances(Filters=filters)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tag:n", "1"),
        ("instance-state-name", "running"),
        ("instance-state-code", "16"),
        ("instance-type", "m5.*"),
        ("network-interface.description", "Multus*"),
        ("network-interface.addresses.private-ip-address", "10.0.0.91"),
        ("network-interface.attachment.device-index", "2"),
        ("network-interface.group-name", "nodes"),
        ("private-ip-address", "10.0.0.90"),
        ("availability-zone", "eu-west-1a"),
    ],
)
def test_instances_are_found_by_theirs(ec2: "EC2Client", fleet: dict[str, str], name: str, value: str) -> None:
    run(
        ec2,
        ec2.create_subnet(VpcId=_vpc(ec2), CidrBlock="10.0.8.0/24", AvailabilityZone="eu-west-1b")["Subnet"][
            "SubnetId"
        ],
        "t3.micro",
    )
    ec2.stop_instances(InstanceIds=[_last(ec2)])
    answer = ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])["Reservations"]
    assert [one["InstanceId"] for group in answer for one in group["Instances"]] == [fleet["node"]]


def test_pages_hold_as_many_as_asked_and_miss_nobody(ec2: "EC2Client", place: Place) -> None:
    made = [interface(ec2, place.subnet)["NetworkInterfaceId"] for _ in range(12)]
    seen: list[str] = []
    answer: Any = ec2.describe_network_interfaces(MaxResults=5)
    seen += [eni["NetworkInterfaceId"] for eni in answer["NetworkInterfaces"]]
    ec2.delete_network_interface(NetworkInterfaceId=made[4])
    while "NextToken" in answer:
        answer = ec2.describe_network_interfaces(MaxResults=5, NextToken=answer["NextToken"])
        seen += [eni["NetworkInterfaceId"] for eni in answer["NetworkInterfaces"]]
    assert seen == made
    pages = ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "subnet-id", "Values": [place.subnet]}], PaginationConfig={"PageSize": 5}
    )
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 5, 1]


def test_pages_have_their_bounds(ec2: "EC2Client", place: Place) -> None:
    for size in (4, 1001):
        with refusal("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid"):
            ec2.describe_instances(MaxResults=size)
    with refusal("InvalidParameterValue", "Value ( 1001 ) for parameter maxResults is invalid"):
        ec2.describe_network_interfaces(MaxResults=1001)
    with refusal("InvalidParameterCombination"):
        ec2.describe_network_interfaces(
            MaxResults=5, NetworkInterfaceIds=[interface(ec2, place.subnet)["NetworkInterfaceId"]]
        )
    with refusal("InvalidNextToken"):
        ec2.describe_network_interfaces(NextToken="nothing of ours")


def test_instances_come_in_pages_too(ec2: "EC2Client", place: Place) -> None:
    made = {run(ec2, place.subnet, "t3.micro") for _ in range(7)}
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Reservations"]) for page in pages] == [5, 2]
    assert {one["InstanceId"] for page in pages for group in page["Reservations"] for one in group["Instances"]} == made


def test_too_many_filter_values_are_refused(ec2: "EC2Client") -> None:
    with refusal("FilterLimitExceeded"):
        found(ec2, "network-interface-id", *[f"eni-{n:017x}" for n in range(201)])


def test_malformed_ids_are_refused(ec2: "EC2Client") -> None:
    """API reference, error codes: InvalidNetworkInterfaceId.Malformed, InvalidInstanceID.Malformed."""
    with refusal("InvalidNetworkInterfaceId.Malformed"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=["subnet-0123456789abcdef0"])
    with refusal("InvalidInstanceID.Malformed"):
        ec2.describe_instances(InstanceIds=["node"])
    with refusal("InvalidNetworkInterfaceAttachmentId.Malformed"):
        ec2.detach_network_interface(AttachmentId="eni-0123456789abcdef0")


def test_unknown_ids_are_named(ec2: "EC2Client", fleet: dict[str, str]) -> None:
    with refusal("InvalidNetworkInterfaceID.NotFound", "eni-0123456789abcdef0"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[fleet["extra"], "eni-0123456789abcdef0"])
    with refusal("InvalidInstanceID.NotFound", "i-0123456789abcdef0"):
        ec2.describe_instances(InstanceIds=[fleet["node"], "i-0123456789abcdef0"])


def _vpc(ec2: "EC2Client") -> str:
    return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"][0]["VpcId"]


def _last(ec2: "EC2Client") -> str:
    return ec2.describe_instances()["Reservations"][-1]["Instances"][0]["InstanceId"]
