"""Who has addresses in a subnet, as the region's own EC2 shows it."""

from collections.abc import Sequence
from typing import Any

import pytest

from nodenet.aws.subnets import Subnets
from nodenet.plans import AddressPlans, Floating, Prefixes
from tests.unit.cloud import CLUSTER, TAGS, Cloud
from tests.unit.subnet_stage import WANTED, Stage, holders
from tests.unit.subnet_views import configuration, own, ranges


@pytest.fixture
def stage(cloud: Cloud) -> Stage:
    return Stage(cloud)


def make_interface(stage: Stage, **more: Any) -> str:
    made = stage.ec2.create_network_interface(SubnetId=stage.a, **more)["NetworkInterface"]["NetworkInterfaceId"]
    return str(made)


def tagged(tags: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "ResourceType": "network-interface",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
    ]


def test_addresses_in_use_are_named_with_their_owner_whoever_it_is(stage: Stage) -> None:
    """Primary, secondary, a prefix and one of an instance: as DescribeNetworkInterfaces shows them."""
    make_interface(stage, PrivateIpAddress="10.0.16.40", Description="database")
    make_interface(
        stage,
        PrivateIpAddresses=[
            {"PrivateIpAddress": "10.0.16.200", "Primary": True},
            {"PrivateIpAddress": "10.0.16.41", "Primary": False},
        ],
    )
    make_interface(stage, PrivateIpAddress="10.0.16.201", Ipv4Prefixes=[{"Ipv4Prefix": "10.0.16.48/28"}])
    node = stage.ec2.run_instances(
        ImageId="ami-12345678",
        InstanceType="m5.large",
        MinCount=1,
        MaxCount=1,
        SubnetId=stage.a,
        PrivateIpAddress="10.0.16.100",
    )["Instances"][0]["InstanceId"]
    assert sorted(holders(stage.run())) == [
        ("10.0.16.100", node),
        ("10.0.16.40", "nobody: it is not attached"),
        ("10.0.16.41", "nobody: it is not attached"),
        ("10.0.16.48/28", "nobody: it is not attached"),
    ]
    assert stage.reserved() == WANTED[2:]


def test_slices_that_nodes_have_got_already_are_no_obstacle(stage: Stage) -> None:
    make_interface(
        stage,
        PrivateIpAddress="10.0.16.9",
        Ipv4Prefixes=[{"Ipv4Prefix": "10.0.16.48/28"}],
        TagSpecifications=tagged(dict(own())),
    )
    assert stage.run()["refused"] == []
    assert stage.reserved() == WANTED


@pytest.mark.parametrize(
    ("tags", "refused"),
    [({}, False), (TAGS, True), ({"kubernetes.io/cluster/other": "owned"}, True), ({"nodenet:cluster": "x"}, True)],
)
def test_a_prefix_reservation_is_refused_where_a_cluster_s_node_is_and_not_where_an_instance_is(
    stage: Stage, tags: dict[str, str], refused: bool
) -> None:
    stage.cloud.subnets["nodes"][0] = stage.a
    stage.cloud.instance(tags=tags)
    stage.wants = configuration(stage.network(AddressPlans(ipv4=Prefixes(1, reserve=ranges("10.0.16.128/26")))))
    said = stage.run()
    assert bool(said["refused"]) == refused
    assert stage.reserved() == ([] if refused else ["10.0.16.128/26"])


def test_reservations_keep_ec2_from_taking_addresses_there(stage: Stage) -> None:
    """VPC User Guide, "Subnet CIDR reservations": what the whole is for."""
    floating = AddressPlans(ipv4=Floating(ranges("10.0.16.4-10.0.16.99")))
    stage.wants = configuration(stage.network(floating))
    stage.run()
    made = stage.ec2.create_network_interface(SubnetId=stage.a)["NetworkInterface"]
    assert made["PrivateIpAddress"] == "10.0.16.100"


def test_reservations_come_in_pages(stage: Stage) -> None:
    """Of some 255 (terraform-provider-aws, issue 45304); boto3 has no paginator for them."""

    class Paged:
        asked: Sequence[dict[str, Any]] = ()

        def get_subnet_cidr_reservations(self, **request: Any) -> dict[str, Any]:
            self.asked = [*self.asked, request]
            page = len(self.asked)
            item = {
                "SubnetCidrReservationId": f"scr-{page}",
                "SubnetId": "subnet-1",
                "Cidr": f"10.0.0.{page * 16}/28",
                "ReservationType": "explicit",
            }
            return {"SubnetIpv4CidrReservations": [item], **({"NextToken": "more"} if page == 1 else {})}

    client: Any = Paged()
    found = Subnets(client, CLUSTER).reservations("subnet-1")
    assert [each.id for each in found] == ["scr-1", "scr-2"]
    assert list(client.asked) == [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-1", "NextToken": "more"}]


def test_instances_are_asked_for_in_requests_that_ec2_takes(stage: Stage) -> None:
    """Up to 200 values of a filter ("Find your Amazon EC2 resources", EC2 User Guide)."""
    node = stage.cloud.instance()
    stage.cloud.calls.clear()
    found = stage.adapter.cluster_nodes([node, *(f"i-{number:017x}" for number in range(300))])
    assert found == {node}
    assert stage.cloud.calls == ["DescribeInstances"] * 2
