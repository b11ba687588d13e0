"""Instances: their states and events, their interfaces, their launch. Sources: EC2 User Guide; API reference."""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import Delays, world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, described, instance, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def states(events: list[dict[str, Any]], instance_id: str) -> list[str]:
    return [one["detail"]["state"] for one in events if one["detail"]["instance-id"] == instance_id]


def test_an_instance_tells_its_states_in_order(
    ec2: "EC2Client",
    place: Place,
    clock: SteppedClock,
    events: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """EC2 User Guide, "State change events for your instances"."""
    told: list[tuple[str, str]] = []
    world.on_instance_state.append(lambda one, state: told.append((one, state)))
    monkeypatch.setattr(world, "delays", Delays(pending=20, shutting_down=30))
    node = run(ec2, place.subnet)
    assert instance(ec2, node)["State"] == {"Code": 0, "Name": "pending"}
    clock.advance(20)
    assert instance(ec2, node)["State"] == {"Code": 16, "Name": "running"}
    answer = ec2.terminate_instances(InstanceIds=[node])["TerminatingInstances"][0]
    assert (answer["PreviousState"]["Name"], answer["CurrentState"]["Name"]) == ("running", "shutting-down")
    assert instance(ec2, node)["State"]["Name"] == "shutting-down"
    clock.advance(30)
    assert instance(ec2, node)["State"] == {"Code": 48, "Name": "terminated"}
    assert states(events, node) == ["pending", "running", "shutting-down", "terminated"]
    assert told == [(node, state) for state in states(events, node)]
    assert events[0] == {
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "detail": {"instance-id": node, "state": "pending"},
        "resources": [f"arn:aws:ec2:eu-west-1:111122223333:instance/{node}"],
    }


def test_without_delays_the_order_is_the_same(ec2: "EC2Client", place: Place, events: list[dict[str, Any]]) -> None:
    node = run(ec2, place.subnet)
    ec2.stop_instances(InstanceIds=[node])
    ec2.start_instances(InstanceIds=[node])
    ec2.terminate_instances(InstanceIds=[node])
    ec2.terminate_instances(InstanceIds=[node])
    first = ["pending", "running", "stopping", "stopped"]
    assert states(events, node) == [*first, "pending", "running", "shutting-down", "terminated"]


def test_an_instance_terminated_while_pending_never_runs(
    ec2: "EC2Client",
    place: Place,
    clock: SteppedClock,
    events: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world, "delays", Delays(pending=20))
    node = run(ec2, place.subnet)
    with refusal("IncorrectInstanceState"):
        ec2.stop_instances(InstanceIds=[node])
    ec2.terminate_instances(InstanceIds=[node])
    clock.advance(60)
    assert states(events, node) == ["pending", "shutting-down", "terminated"]


def test_who_is_told_of_a_state_may_change_it_at_once(
    ec2: "EC2Client", place: Place, events: list[dict[str, Any]]
) -> None:
    """As Auto Scaling does, which terminates an instance that somebody stops."""
    node = run(ec2, place.subnet)

    def terminate(one: str, state: str) -> None:
        if state == "stopping":
            ec2.terminate_instances(InstanceIds=[one])

    world.on_instance_state.append(terminate)
    ec2.stop_instances(InstanceIds=[node])
    assert states(events, node) == ["pending", "running", "stopping", "shutting-down", "terminated"]
    assert instance(ec2, node)["State"]["Name"] == "terminated"


def test_termination_takes_the_interfaces_that_are_to_go(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Delete on termination": set for the primary, not for what is attached later."""
    node = run(ec2, place.subnet)
    stays, goes = (interface(ec2, place.subnet)["NetworkInterfaceId"] for _ in range(2))
    for index, eni in enumerate((stays, goes), start=1):
        ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=node, DeviceIndex=index)
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=goes,
        Attachment={
            "AttachmentId": described(ec2, goes)["Attachment"]["AttachmentId"],
            "DeleteOnTermination": True,
        },
    )
    primary = instance(ec2, node)["NetworkInterfaces"][0]
    assert primary["Attachment"]["DeleteOnTermination"] is True
    ec2.terminate_instances(InstanceIds=[node])
    for gone in (primary["NetworkInterfaceId"], goes):
        with refusal("InvalidNetworkInterfaceID.NotFound"):
            described(ec2, gone)
    assert described(ec2, stays)["Status"] == "available"
    assert "Attachment" not in described(ec2, stays)
    ended = instance(ec2, node)
    assert ended["NetworkInterfaces"] == []
    assert "PrivateIpAddress" not in ended


def test_a_terminated_instance_is_forgotten_after_an_hour(ec2: "EC2Client", place: Place, clock: SteppedClock) -> None:
    """EC2 User Guide, "Terminate Amazon EC2 instances": visible for about an hour."""
    node = run(ec2, place.subnet)
    ec2.terminate_instances(InstanceIds=[node])
    clock.advance(3599)
    assert instance(ec2, node)["State"]["Name"] == "terminated"
    clock.advance(2)
    with refusal("InvalidInstanceID.NotFound", node):
        instance(ec2, node)
    assert ec2.describe_instances()["Reservations"] == []


def test_the_primary_interface_obeys_the_rules_of_all(ec2: "EC2Client", place: Place) -> None:
    run(ec2, place.subnet, PrivateIpAddress="10.0.0.50")
    for address, code in (
        ("10.0.0.50", "InvalidIPAddress.InUse"),
        ("10.0.0.2", "InvalidParameterValue"),
        ("10.9.0.2", "InvalidParameterValue"),
    ):
        with refusal(code):
            run(ec2, place.subnet, PrivateIpAddress=address)
    with refusal("InvalidGroup.NotFound"):
        run(ec2, place.subnet, SecurityGroupIds=["sg-0123456789abcdef0"])
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_interfaces_named_at_launch(ec2: "EC2Client", place: Place) -> None:
    ready = interface(ec2, place.subnet)["NetworkInterfaceId"]
    answer = ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        InstanceType="m5.large",
        NetworkInterfaces=[
            {"DeviceIndex": 0, "SubnetId": place.subnet, "Groups": [place.group], "Ipv4PrefixCount": 1},
            {"DeviceIndex": 1, "NetworkInterfaceId": ready},
            {"DeviceIndex": 2, "SubnetId": place.subnet, "DeleteOnTermination": True, "Description": "extra"},
        ],
        TagSpecifications=[
            {"ResourceType": kind, "Tags": [{"Key": "made", "Value": kind}]}
            for kind in ("instance", "volume", "network-interface")
        ],
    )["Instances"][0]
    assert answer["State"]["Name"] == "pending"
    assert answer["Tags"] == [{"Key": "made", "Value": "instance"}]
    first, second, third = answer["NetworkInterfaces"]
    assert first["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.16/28"}]
    assert [one["Attachment"]["DeleteOnTermination"] for one in (first, second, third)] == [True, False, True]
    assert second["NetworkInterfaceId"] == ready
    assert third["Description"] == "extra"
    assert described(ec2, third["NetworkInterfaceId"])["TagSet"] == [{"Key": "made", "Value": "network-interface"}]
    assert described(ec2, ready)["TagSet"] == []
    volume = ec2.describe_volumes()["Volumes"][0]
    assert volume["Tags"] == [{"Key": "made", "Value": "volume"}]


@pytest.mark.parametrize(
    ("interfaces", "code"),
    [
        ([{"DeviceIndex": 0}, {"DeviceIndex": 0}], "InvalidParameterValue"),
        ([{"DeviceIndex": n} for n in range(4)], "AttachmentLimitExceeded"),
        ([{"DeviceIndex": 1}], "InvalidParameterCombination"),
        ([{"DeviceIndex": 0}, {"DeviceIndex": 1, "NetworkCardIndex": 1}], "InvalidParameterValue"),
        ([{"DeviceIndex": 0, "SecondaryPrivateIpAddressCount": 10}], "PrivateIpAddressLimitExceeded"),
    ],
)
def test_a_launch_keeps_to_the_limits_of_the_type_and_leaves_nothing(
    ec2: "EC2Client", place: Place, interfaces: list[dict[str, Any]], code: str
) -> None:
    specifications: Any = [{"SubnetId": place.subnet, **one} for one in interfaces]
    with refusal(code):
        ec2.run_instances(
            ImageId="ami-12345678",
            MinCount=1,
            MaxCount=1,
            InstanceType="m5.large",
            NetworkInterfaces=specifications,
        )
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_instances()["Reservations"] == []


def test_interfaces_and_an_instance_level_subnet_exclude_each_other(ec2: "EC2Client", place: Place) -> None:
    with refusal("InvalidParameterCombination"):
        run(ec2, place.subnet, NetworkInterfaces=[{"DeviceIndex": 0}])


def test_as_many_as_the_subnet_holds_but_not_fewer_than_the_least(ec2: "EC2Client", place: Place) -> None:
    """API reference, RunInstances, MaxCount and MinCount."""
    small = ec2.create_subnet(VpcId=place.vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    some = ec2.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=20, SubnetId=small)
    assert len(some["Instances"]) == 11
    with refusal("InsufficientFreeAddressesInSubnet"):
        ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=small)


def test_the_same_token_launches_once(ec2: "EC2Client", place: Place) -> None:
    first = run(ec2, place.subnet, ClientToken="t")
    assert run(ec2, place.subnet, ClientToken="t") == first
    with refusal("IdempotentParameterMismatch"):
        run(ec2, place.subnet, "m5.xlarge", ClientToken="t")


def test_an_unknown_type_is_refused(ec2: "EC2Client", place: Place) -> None:
    with refusal("InvalidParameterValue", "Invalid value 'm5.tiny' for InstanceType"):
        run(ec2, place.subnet, "m5.tiny")


def test_a_launch_template_completes_the_request(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Launch an instance using a launch template"."""
    template = ec2.create_launch_template(
        LaunchTemplateName="nodes",
        LaunchTemplateData={
            "ImageId": "ami-0123456789abcdef0",
            "InstanceType": "m5.xlarge",
            "SecurityGroupIds": [place.group],
            "IamInstanceProfile": {"Name": "node"},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]},
                {"ResourceType": "network-interface", "Tags": [{"Key": "of", "Value": "template"}]},
            ],
        },
    )["LaunchTemplate"]
    node = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        SubnetId=place.subnet,
        LaunchTemplate={"LaunchTemplateName": "nodes"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "b", "Value": "2"}]}],
    )["Instances"][0]
    assert (node["ImageId"], node["InstanceType"]) == ("ami-0123456789abcdef0", "m5.xlarge")
    assert node["SecurityGroups"] == [{"GroupId": place.group, "GroupName": "nodes"}]
    assert node["IamInstanceProfile"]["Arn"] == "arn:aws:iam::111122223333:instance-profile/node"
    assert node["MetadataOptions"]["HttpTokens"] == "required"
    assert {tag["Key"]: tag["Value"] for tag in node["Tags"]} == {
        "a": "1",
        "b": "2",
        "aws:ec2launchtemplate:id": template["LaunchTemplateId"],
        "aws:ec2launchtemplate:version": "1",
    }
    eni = node["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert described(ec2, eni)["TagSet"] == [{"Key": "of", "Value": "template"}]


def test_groups_and_source_check_of_an_instance_are_its_primary_interfaces(ec2: "EC2Client", place: Place) -> None:
    node = run(ec2, place.subnet)
    ec2.modify_instance_attribute(InstanceId=node, Groups=[place.group])
    ec2.modify_instance_attribute(InstanceId=node, SourceDestCheck={"Value": False})
    seen = instance(ec2, node)
    assert seen["SourceDestCheck"] is False
    assert seen["NetworkInterfaces"][0]["SourceDestCheck"] is False
    assert seen["NetworkInterfaces"][0]["Groups"] == seen["SecurityGroups"]
    assert seen["SecurityGroups"] == [{"GroupId": place.group, "GroupName": "nodes"}]
    with refusal("InvalidGroup.NotFound"):
        ec2.modify_instance_attribute(InstanceId=node, Groups=["sg-0123456789abcdef0"])


def test_only_a_stopped_instance_changes_its_type(ec2: "EC2Client", place: Place) -> None:
    """EC2 User Guide, "Change the instance type"."""
    node = run(ec2, place.subnet, "m5.large")
    with refusal("IncorrectInstanceState"):
        ec2.modify_instance_attribute(InstanceId=node, InstanceType={"Value": "m5.xlarge"})
    ec2.stop_instances(InstanceIds=[node])
    with refusal("InvalidParameterValue", "for InstanceType"):
        ec2.modify_instance_attribute(InstanceId=node, InstanceType={"Value": "m5.tiny"})
    ec2.modify_instance_attribute(InstanceId=node, InstanceType={"Value": "m5.xlarge"})
    assert instance(ec2, node)["InstanceType"] == "m5.xlarge"
