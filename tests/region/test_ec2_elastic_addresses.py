"""Elastic IP addresses. Sources: API reference, AllocateAddress, AssociateAddress, DisassociateAddress,
ReleaseAddress, AssignPrivateIpAddresses; its error codes; what a terminated instance leaves behind is what
OpenStack's ec2-api expects of Amazon in its own tests (test_addresses.py, test_auto_diassociate_address)."""

from typing import TYPE_CHECKING, Any

import pytest

from local.world import world
from tests.in_process import SteppedClock, refusal
from tests.region.ec2_client import Place, described, instance, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture(autouse=True)
def gateway(ec2: "EC2Client", place: Place) -> str:
    """Without it no address of the VPC can be public."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    return gateway


def allocate(ec2: "EC2Client", **more: Any) -> str:
    return ec2.allocate_address(Domain="vpc", **more)["AllocationId"]


def eni_with(ec2: "EC2Client", place: Place, *addresses: str) -> str:
    """An interface whose primary address EC2 chooses and whose secondary ones these are."""
    named = [{"PrivateIpAddress": one} for one in addresses]
    more = {"PrivateIpAddresses": named} if named else {}
    return str(interface(ec2, place.subnet, **more)["NetworkInterfaceId"])


def public(ec2: "EC2Client", eni: str) -> dict[str, str]:
    """{private address: Elastic IP} as DescribeNetworkInterfaces shows it."""
    seen = described(ec2, eni)["PrivateIpAddresses"]
    return {one["PrivateIpAddress"]: one["Association"]["PublicIp"] for one in seen if "Association" in one}


def one(ec2: "EC2Client", allocation: str) -> Any:
    return ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]


def test_an_allocated_address_has_its_tags_and_its_pool(ec2: "EC2Client") -> None:
    tags: Any = [{"Key": "use", "Value": "upf"}]
    made = ec2.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert made["Domain"] == "vpc"
    assert made["PublicIpv4Pool"] == "amazon"
    (seen,) = ec2.describe_addresses(Filters=[{"Name": "tag:use", "Values": ["upf"]}])["Addresses"]
    assert (seen["AllocationId"], seen["PublicIp"], seen["Tags"]) == (made["AllocationId"], made["PublicIp"], tags)
    assert "AssociationId" not in seen
    ec2.create_tags(Resources=[made["AllocationId"]], Tags=[{"Key": "more", "Value": "yes"}])
    assert len(one(ec2, made["AllocationId"])["Tags"]) == 2
    assert ec2.describe_addresses(Filters=[{"Name": "tag:use", "Values": ["x"]}])["Addresses"] == []
    with refusal("InvalidParameterValue"):
        ec2.describe_addresses(Filters=[{"Name": "colour", "Values": ["x"]}])


def test_an_account_has_five_addresses_of_amazons_and_all_of_its_own(ec2: "EC2Client") -> None:
    for _ in range(5):
        allocate(ec2)
    with refusal("AddressLimitExceeded"):
        allocate(ec2)
    ec2.provision_byoip_cidr(Cidr="203.0.113.0/24")
    (pool,) = ec2.describe_public_ipv4_pools()["PublicIpv4Pools"]
    mine = ec2.allocate_address(PublicIpv4Pool=pool["PoolId"])
    assert (mine["PublicIp"], mine["PublicIpv4Pool"]) == ("203.0.113.0", pool["PoolId"])
    (pool,) = ec2.describe_public_ipv4_pools(PoolIds=[pool["PoolId"]])["PublicIpv4Pools"]
    assert (pool["TotalAddressCount"], pool["TotalAvailableAddressCount"]) == (256, 255)
    with refusal("InvalidPublicIpv4PoolID.NotFound"):
        ec2.allocate_address(PublicIpv4Pool="ipv4pool-ec2-00000000")


def test_each_private_address_may_have_one(ec2: "EC2Client", place: Place) -> None:
    eni = eni_with(ec2, place, "10.0.0.20", "10.0.0.21")
    primary = described(ec2, eni)["PrivateIpAddress"]
    first, second = allocate(ec2), allocate(ec2)
    ec2.associate_address(AllocationId=first, NetworkInterfaceId=eni)
    association = ec2.associate_address(AllocationId=second, NetworkInterfaceId=eni, PrivateIpAddress="10.0.0.21")
    seen = one(ec2, second)
    assert seen["AssociationId"] == association["AssociationId"]
    assert (seen["NetworkInterfaceId"], seen["PrivateIpAddress"]) == (eni, "10.0.0.21")
    assert public(ec2, eni) == {primary: one(ec2, first)["PublicIp"], "10.0.0.21": seen["PublicIp"]}
    shown = described(ec2, eni)
    assert shown["Association"]["AllocationId"] == first
    assert shown["PrivateIpAddresses"][2]["Association"]["AssociationId"] == association["AssociationId"]
    filtered: Any = [{"Name": "private-ip-address", "Values": ["10.0.0.21"]}]
    assert [found["AllocationId"] for found in ec2.describe_addresses(Filters=filtered)["Addresses"]] == [second]


def test_the_same_association_again_is_no_other(ec2: "EC2Client", place: Place) -> None:
    eni, allocation = eni_with(ec2, place), allocate(ec2)
    first = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni)
    assert (
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni, AllowReassociation=False)[
            "AssociationId"
        ]
        == first["AssociationId"]
    )


def test_reassociation_is_automatic_unless_it_is_refused(ec2: "EC2Client", place: Place) -> None:
    old, new, allocation = eni_with(ec2, place), eni_with(ec2, place), allocate(ec2)
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=old)
    with refusal("Resource.AlreadyAssociated"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=new, AllowReassociation=False)
    assert one(ec2, allocation)["NetworkInterfaceId"] == old
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=new)
    assert one(ec2, allocation)["NetworkInterfaceId"] == new
    assert public(ec2, old) == {}


def test_a_second_address_for_a_private_one_takes_the_firsts_place(ec2: "EC2Client", place: Place) -> None:
    eni, first, second = eni_with(ec2, place), allocate(ec2), allocate(ec2)
    ec2.associate_address(AllocationId=first, NetworkInterfaceId=eni)
    ec2.associate_address(AllocationId=second, NetworkInterfaceId=eni)
    assert list(public(ec2, eni).values()) == [one(ec2, second)["PublicIp"]]
    assert "AssociationId" not in one(ec2, first)


def test_what_cannot_be_associated(ec2: "EC2Client", place: Place, gateway: str) -> None:
    eni, allocation = eni_with(ec2, place), allocate(ec2)
    with refusal("InvalidAllocationID.NotFound"):
        ec2.associate_address(AllocationId="eipalloc-0123456789abcdef0", NetworkInterfaceId=eni)
    with refusal("InvalidAddress.NotFound"):
        ec2.describe_addresses(PublicIps=["192.0.2.9"])
    with refusal("InvalidNetworkInterfaceID.NotFound"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId="eni-0123456789abcdef0")
    with refusal("InvalidParameterValue"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni, PrivateIpAddress="10.0.0.77")
    with refusal("MissingParameter"):
        ec2.associate_address(AllocationId=allocation)
    with refusal("InvalidParameterCombination"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni, InstanceId="i-0123456789abcdef0")
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    with refusal("Gateway.NotAttached"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni)


def test_an_instance_with_several_interfaces_needs_the_interface_named(ec2: "EC2Client", place: Place) -> None:
    node, allocation = run(ec2, place.subnet), allocate(ec2)
    ec2.associate_address(AllocationId=allocation, InstanceId=node)
    assert instance(ec2, node)["PublicIpAddress"] == one(ec2, allocation)["PublicIp"]
    assert one(ec2, allocation)["InstanceId"] == node
    ec2.attach_network_interface(NetworkInterfaceId=eni_with(ec2, place), InstanceId=node, DeviceIndex=1)
    with refusal("InvalidInstanceID"):
        ec2.associate_address(AllocationId=allocation, InstanceId=node)


def test_an_elastic_ip_moves_with_its_private_address(ec2: "EC2Client", place: Place) -> None:
    old, new, allocation = eni_with(ec2, place, "10.0.0.20"), eni_with(ec2, place), allocate(ec2)
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=old, PrivateIpAddress="10.0.0.20")
    ec2.assign_private_ip_addresses(NetworkInterfaceId=new, PrivateIpAddresses=["10.0.0.20"], AllowReassignment=True)
    assert public(ec2, new) == {"10.0.0.20": one(ec2, allocation)["PublicIp"]}
    assert public(ec2, old) == {}
    assert one(ec2, allocation)["NetworkInterfaceId"] == new


def test_remapping_takes_its_time(
    ec2: "EC2Client", place: Place, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.delays, "remap", 3.0)
    old, new, allocation = eni_with(ec2, place, "10.0.0.20"), eni_with(ec2, place), allocate(ec2)
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=old, PrivateIpAddress="10.0.0.20")
    answer = ec2.assign_private_ip_addresses(
        NetworkInterfaceId=new, PrivateIpAddresses=["10.0.0.20", "10.0.0.30"], AllowReassignment=True
    )
    assert [one["PrivateIpAddress"] for one in answer["AssignedPrivateIpAddresses"]] == ["10.0.0.20", "10.0.0.30"]
    assert "10.0.0.20" in public(ec2, old)
    clock.advance(3)
    assert "10.0.0.20" in public(ec2, new)
    assert [one["PrivateIpAddress"] for one in described(ec2, old)["PrivateIpAddresses"]][1:] == []


def test_an_unassigned_private_address_gives_its_elastic_ip_back(ec2: "EC2Client", place: Place) -> None:
    eni, allocation = eni_with(ec2, place, "10.0.0.20"), allocate(ec2)
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni, PrivateIpAddress="10.0.0.20")
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.0.0.20"])
    assert "AssociationId" not in one(ec2, allocation)


def test_a_terminated_instance_frees_the_elastic_ips_of_the_interfaces_that_go(ec2: "EC2Client", place: Place) -> None:
    node, kept = run(ec2, place.subnet), eni_with(ec2, place)
    ec2.attach_network_interface(NetworkInterfaceId=kept, InstanceId=node, DeviceIndex=1)
    first, second = allocate(ec2), allocate(ec2)
    going = instance(ec2, node)["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.associate_address(AllocationId=first, NetworkInterfaceId=going)
    ec2.associate_address(AllocationId=second, NetworkInterfaceId=kept)
    ec2.terminate_instances(InstanceIds=[node])
    assert "AssociationId" not in one(ec2, first)
    assert one(ec2, second)["NetworkInterfaceId"] == kept


def test_release_waits_for_disassociation(ec2: "EC2Client", place: Place) -> None:
    eni, allocation = eni_with(ec2, place), allocate(ec2)
    association = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni)["AssociationId"]
    with refusal("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=allocation)
    ec2.disassociate_address(AssociationId=association)
    assert public(ec2, eni) == {}
    ec2.disassociate_address(AssociationId=association)
    with refusal("InvalidAssociationID.NotFound"):
        ec2.disassociate_address(AssociationId="eipassoc-0123456789abcdef0")
    ec2.release_address(AllocationId=allocation)
    with refusal("InvalidAllocationID.NotFound"):
        ec2.describe_addresses(AllocationIds=[allocation])


def test_a_nat_gateways_address_is_not_to_be_taken(ec2: "EC2Client", place: Place) -> None:
    allocation, eni = allocate(ec2), eni_with(ec2, place)
    ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation)
    with refusal("AuthFailure"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=eni)
    with refusal("AuthFailure"):
        ec2.disassociate_address(AssociationId=one(ec2, allocation)["AssociationId"])
