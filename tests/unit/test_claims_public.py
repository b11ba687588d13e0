"""Elastic IPs for floating addresses: by tag or from a pool, moved along, taken back, never two for one."""

from typing import Any

import pytest

from nodenet.claims.outcome import Outcome, State
from nodenet.plans import PublicAddresses
from tests.unit.claiming import Claiming
from tests.unit.cloud import CLUSTER, Cloud, Killed

FIRST, SECOND = "10.0.16.100", "10.0.16.101"
TAGS = {"use": "upf"}


def with_gateway(cloud: Cloud) -> Cloud:
    """AssociateAddress needs an internet gateway at the VPC (VPC User Guide, "Elastic IP addresses")."""
    gateway = cloud.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    cloud.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=cloud.vpc)
    return cloud


@pytest.fixture
def by_tag(cloud: Cloud) -> Claiming:
    return Claiming(with_gateway(cloud), PublicAddresses(TAGS))


@pytest.fixture
def by_pool(cloud: Cloud) -> Claiming:
    return Claiming(with_gateway(cloud), PublicAddresses({}, pool="amazon"))


def allocate(claiming: Claiming, **tags: str) -> str:
    every = {"nodenet:cluster": CLUSTER, **TAGS, **tags}
    answer = claiming.cloud.ec2.allocate_address(
        Domain="vpc",
        TagSpecifications=[
            {"ResourceType": "elastic-ip", "Tags": [{"Key": key, "Value": value} for key, value in every.items()]}
        ],
    )
    return str(answer["PublicIp"])


def elastic(claiming: Claiming) -> list[dict[str, Any]]:
    return list(claiming.cloud.ec2.describe_addresses()["Addresses"])


def associations(claiming: Claiming) -> dict[str, str]:
    """Private addresses by public ones."""
    return {each["PublicIp"]: each["PrivateIpAddress"] for each in elastic(claiming) if each.get("AssociationId")}


def test_a_registered_address_gets_an_elastic_ip_with_the_network_s_tags(by_tag: Claiming) -> None:
    allocate(by_tag, use="other")
    public = allocate(by_tag)
    node = by_tag.node()
    (outcome,) = by_tag.deliver(by_tag.claim(node, FIRST))
    assert outcome.state is State.REGISTERED
    assert outcome.public == {FIRST: public}
    assert associations(by_tag) == {public: FIRST}
    assert by_tag.mutations == ["AssignPrivateIpAddresses", "AssociateAddress"]


def test_a_burst_shares_one_describe_and_nobody_gets_another_s(by_tag: Claiming) -> None:
    publics = {allocate(by_tag) for _ in range(3)}
    node = by_tag.node()
    burst = [by_tag.claim(node, f"10.0.16.{100 + number}", pod=f"core/{number}") for number in range(3)]
    outcomes = by_tag.deliver(*burst)
    assert by_tag.cloud.calls.count("DescribeAddresses") == 1
    assert {public for outcome in outcomes for public in outcome.public.values()} == publics


def test_where_no_elastic_ip_is_free_the_private_address_is_registered_and_it_is_told(by_tag: Claiming) -> None:
    allocate(by_tag, **{"nodenet:cluster": "another"})
    node = by_tag.node()
    (outcome,) = by_tag.deliver(by_tag.claim(node, FIRST))
    assert (outcome.state, outcome.lacks_public, outcome.public) == (State.REGISTERED, True, {})
    assert "no Elastic IP with the tags" in outcome.reason
    assert by_tag.addresses(node) == [FIRST]


def test_one_that_somebody_else_takes_first_is_left_to_them(by_tag: Claiming) -> None:
    first, second = sorted(each for each in (allocate(by_tag), allocate(by_tag)))
    node, other = by_tag.node(), by_tag.cloud.instance()
    primary = by_tag.cloud.ec2.describe_instances(InstanceIds=[other])["Reservations"][0]["Instances"][0]
    eni = primary["NetworkInterfaces"][0]["NetworkInterfaceId"]

    def snatch() -> None:
        lowest = min(elastic(by_tag), key=lambda each: str(each["AllocationId"]))
        by_tag.cloud.ec2.associate_address(AllocationId=lowest["AllocationId"], NetworkInterfaceId=eni)

    by_tag.cloud.fail("AssociateAddress", "", action=snatch)
    (outcome,) = by_tag.deliver(by_tag.claim(node, FIRST))
    assert len(outcome.public) == 1
    assert set(associations(by_tag)) == {first, second}
    assert by_tag.mutations.count("AssociateAddress") == 2


def test_an_address_that_moves_keeps_its_elastic_ip_without_a_call(by_tag: Claiming) -> None:
    """ "any Elastic IP address that is associated with the IP address is also moved" (AssignPrivateIpAddresses)."""
    public = allocate(by_tag)
    allocate(by_tag)
    one, other = by_tag.node(), by_tag.node()
    by_tag.deliver(by_tag.claim(one, FIRST))
    (outcome,) = by_tag.deliver(by_tag.claim(other, FIRST, generation=2))
    assert by_tag.mutations == ["AssignPrivateIpAddresses"]
    assert list(outcome.public) == [FIRST]
    (association,) = [each for each in elastic(by_tag) if each.get("AssociationId")]
    assert association["NetworkInterfaceId"] == by_tag.interface(other)["NetworkInterfaceId"]
    assert public in {each["PublicIp"] for each in elastic(by_tag)}


def test_a_released_address_gives_its_elastic_ip_back_to_the_others(by_tag: Claiming) -> None:
    public = allocate(by_tag)
    node = by_tag.node()
    by_tag.deliver(by_tag.claim(node, FIRST))
    by_tag.deliver(by_tag.release(node, FIRST))
    assert by_tag.mutations == ["DisassociateAddress", "UnassignPrivateIpAddresses"]
    (left,) = elastic(by_tag)
    assert (left["PublicIp"], left.get("AssociationId")) == (public, None)


def test_from_a_pool_one_is_allocated_tagged_and_on_release_given_back(by_pool: Claiming) -> None:
    node = by_pool.node()
    by_pool.deliver(by_pool.claim(node, FIRST))
    (one,) = elastic(by_pool)
    assert {tag["Key"]: tag["Value"] for tag in one["Tags"]} == {
        "nodenet:cluster": CLUSTER,
        "nodenet:network": "n3",
        "nodenet:address": FIRST,
    }
    assert associations(by_pool) == {one["PublicIp"]: FIRST}
    by_pool.deliver(by_pool.release(node, FIRST))
    assert elastic(by_pool) == []


def test_a_pool_that_is_empty_leaves_the_private_address_registered(by_pool: Claiming) -> None:
    node = by_pool.node()
    by_pool.cloud.fail("AllocateAddress", "AddressLimitExceeded")
    (outcome,) = by_pool.deliver(by_pool.claim(node, FIRST))
    assert (outcome.state, outcome.lacks_public) == (State.REGISTERED, True)
    assert "AddressLimitExceeded" in outcome.reason


def test_a_throttled_elastic_ip_is_given_when_the_claim_comes_again(by_tag: Claiming) -> None:
    public = allocate(by_tag)
    node = by_tag.node()
    by_tag.cloud.fail("AssociateAddress", "RequestLimitExceeded")
    outcomes = by_tag.settle(by_tag.claim(node, FIRST))
    assert [outcome.state for outcome in outcomes] == [State.WAITING, State.REGISTERED]
    assert associations(by_tag) == {public: FIRST}


@pytest.mark.parametrize("calls", range(1, 8))
def test_a_claim_that_is_cut_off_after_any_call_ends_with_one_elastic_ip(by_pool: Claiming, calls: int) -> None:
    """AllocateAddress has no client token: the tag tells the next delivery what is there already."""
    claim = by_pool.claim(by_pool.node(), FIRST)
    by_pool.cloud.kill_after = calls
    with pytest.raises(Killed):
        by_pool.deliver(claim)
    by_pool.cloud.kill_after = None
    by_pool.redeliver(claim)
    (one,) = elastic(by_pool)
    assert associations(by_pool) == {one["PublicIp"]: FIRST}


@pytest.mark.parametrize("calls", range(1, 8))
def test_a_release_that_is_cut_off_after_any_call_leaves_no_elastic_ip(by_pool: Claiming, calls: int) -> None:
    node = by_pool.node()
    by_pool.deliver(by_pool.claim(node, FIRST))
    release = by_pool.release(node, FIRST)
    by_pool.cloud.kill_after = calls
    with pytest.raises(Killed):
        by_pool.deliver(release)
    by_pool.cloud.kill_after = None
    by_pool.redeliver(release)
    assert elastic(by_pool) == []
    assert by_pool.addresses(node) == []


def test_an_elastic_ip_that_was_allocated_for_a_node_that_is_gone_is_given_back(by_pool: Claiming) -> None:
    node = by_pool.node()
    by_pool.deliver(by_pool.claim(node, FIRST))
    by_pool.cloud.ec2.terminate_instances(InstanceIds=[node])
    assert len(elastic(by_pool)) == 1
    outcomes: list[Outcome] = by_pool.deliver(by_pool.ended(node))
    assert [outcome.state for outcome in outcomes] == [State.RELEASED]
    assert elastic(by_pool) == []
